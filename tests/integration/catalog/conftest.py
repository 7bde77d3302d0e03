from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fastapi import FastAPI

from boatyard.catalog.db import Outbox
from boatyard.catalog.service import SERVICE
from boatyard.shared import migrations
from boatyard.shared.db import Database
from boatyard.shared.logging import set_up_logging
from tests.unit.catalog.kit import Catalog, make_routes


@pytest.fixture(scope="module")
def app() -> FastAPI:
    set_up_logging(level="info", format="json")
    return make_routes()


@pytest.fixture
async def catalog(app: FastAPI, database_url: str, tmp_path: Path) -> AsyncIterator[Catalog]:
    """A catalog on each kind of database."""
    database = Database(database_url, outbox=Outbox)
    await migrations.upgrade(SERVICE, database)
    await database.close()
    catalog = Catalog(app, database_url=database_url, data_dir=tmp_path)
    yield catalog
    await catalog.stop()
