from pathlib import Path

import pytest
import sqlalchemy as sa

from boatyard.builder.service import SERVICE
from boatyard.shared import migrations
from boatyard.shared.db import Database


async def test_a_database_that_a_newer_version_used_is_refused(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/builder.db")
    await migrations.upgrade(SERVICE, database)
    async with database.unit_of_work() as uow:
        await uow.session.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(migrations.MigrationError, match="used by a newer Boatyard"):
        await migrations.upgrade(SERVICE, database)
    await database.close()
