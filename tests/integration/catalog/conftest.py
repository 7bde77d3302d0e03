from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fastapi import FastAPI

from boatyard.catalog.db import Outbox
from boatyard.catalog.service import SERVICE
from boatyard.shared import migrations
from boatyard.shared.db import Database
from boatyard.shared.logging import set_up_logging
from boatyard.shared.testing.postgres import Postgres
from tests.unit.catalog.kit import Catalog, make_routes


@pytest.fixture(scope="module")
def app() -> FastAPI:
    set_up_logging(level="info", format="json")
    return make_routes()


@pytest.fixture
async def catalog(app: FastAPI, database_url: str, tmp_path: Path) -> AsyncIterator[Catalog]:
    """A catalog on each kind of database."""
    catalog = await begin(app, database_url, tmp_path)
    yield catalog
    await catalog.stop()


@pytest.fixture
async def on_postgresql(app: FastAPI, postgres: Postgres, tmp_path: Path) -> AsyncIterator[Catalog]:
    """A catalog on PostgreSQL, for what only PostgreSQL does."""
    catalog = await begin(app, postgres.new_database(), tmp_path)
    yield catalog
    await catalog.stop()


async def begin(app: FastAPI, database_url: str, folder: Path) -> Catalog:
    database = Database(database_url, outbox=Outbox)
    await migrations.upgrade(SERVICE, database)
    await database.close()
    return Catalog(app, database_url=database_url, data_dir=folder)
