"""What the tests of builder share."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from boatyard.builder.db import Outbox
from boatyard.builder.service import SERVICE
from boatyard.shared import migrations
from boatyard.shared.db import Database
from boatyard.shared.logging import set_up_logging
from tests.unit.builder.kit import Kit


@pytest.fixture(scope="session", autouse=True)
def logs() -> None:
    """Plain lines: structlog's own colours draw every local variable of a traceback."""
    set_up_logging(level="info", format="json")


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database that is migrated already."""
    file = tmp_path_factory.mktemp("builder") / "builder.db"

    async def migrate() -> None:
        database = Database(f"sqlite+aiosqlite:///{file}", outbox=Outbox)
        await migrations.upgrade(SERVICE, database)
        await database.close()

    asyncio.run(migrate())
    return file


@pytest.fixture
def kit(template: Path, tmp_path: Path) -> Kit:
    shutil.copy(template, tmp_path / "builder.db")
    return Kit(tmp_path)
