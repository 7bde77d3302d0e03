import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from boatyard.catalog.db import Outbox
from boatyard.catalog.service import SERVICE
from boatyard.shared import migrations
from boatyard.shared.db import Database
from boatyard.shared.logging import set_up_logging
from tests.unit.catalog.kit import Catalog


@pytest.fixture(scope="session", autouse=True)
def logs() -> None:
    """Plain lines: structlog's own colours draw every local variable of a traceback."""
    set_up_logging(level="info", format="json")


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database at the newest version, which tests copy, and a folder with keys beside it."""
    folder = tmp_path_factory.mktemp("catalog")

    async def migrate() -> None:
        database = Database(f"sqlite+aiosqlite:///{folder}/catalog.db", outbox=Outbox)
        await migrations.upgrade(SERVICE, database)
        await database.close()

    asyncio.run(migrate())
    return folder


@pytest.fixture
async def make_catalog(migrated: Path, tmp_path: Path) -> AsyncIterator[Callable[..., Catalog]]:
    """Makes catalogs with settings of their own, each with an empty database."""
    running: list[Catalog] = []

    def make(**settings: Any) -> Catalog:
        file = tmp_path / f"catalog-{len(running)}.db"
        shutil.copy(migrated / "catalog.db", file)
        catalog = Catalog(database_url=f"sqlite+aiosqlite:///{file}", data_dir=migrated, **settings)
        running.append(catalog)
        return catalog

    yield make
    for catalog in running:
        await catalog.stop()


@pytest.fixture
def catalog(make_catalog: Callable[..., Catalog]) -> Catalog:
    return make_catalog()
