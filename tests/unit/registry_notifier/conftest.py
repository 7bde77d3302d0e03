import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from boatyard.registry_notifier.db import Outbox
from boatyard.registry_notifier.service import SERVICE
from boatyard.shared import migrations
from boatyard.shared.db import Database
from tests.unit.registry_notifier.kit import Notifier


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database at the newest version, which tests copy."""
    file = tmp_path_factory.mktemp("registry-notifier") / "empty.db"

    async def migrate() -> None:
        database = Database(f"sqlite+aiosqlite:///{file}", outbox=Outbox)
        await migrations.upgrade(SERVICE, database)
        await database.close()

    asyncio.run(migrate())
    return file


@pytest.fixture
async def notifier(migrated: Path, tmp_path: Path) -> AsyncIterator[Notifier]:
    file = shutil.copy(migrated, tmp_path / "registry-notifier.db")
    notifier = Notifier(f"sqlite+aiosqlite:///{file}")
    yield notifier
    await notifier.stop()
