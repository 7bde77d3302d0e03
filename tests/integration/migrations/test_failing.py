"""A migration that fails: nothing of it stays, and what runs goes on."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest
import sqlalchemy as sa

from boatyard.registry_notifier.models import Tag
from boatyard.registry_notifier.position import NEVER
from boatyard.registry_notifier.service import SERVICE
from boatyard.shared import migrations
from boatyard.shared.db import Database
from boatyard.shared.service import Service

BROKEN = """
import sqlalchemy as sa
from alembic import op

revision = "9001"
down_revision = "{head}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("half_done", sa.Column("id", sa.Integer(), primary_key=True))
    op.execute("UPDATE tag SET digest = NULL, tag = 'lost'")
    op.execute("SELECT nothing_like_this()")
"""


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, outbox=SERVICE.tables.outbox)
    await migrations.upgrade(SERVICE, database)
    yield database
    await database.close()


@pytest.fixture
def next_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Service:
    """The service as the next release has it, with a migration that fails in its middle."""
    folder = tmp_path / "next_migrations"
    shutil.copytree(str(files(SERVICE.tables.migrations)), folder)
    head = max(path.name[:4] for path in (folder / "versions").glob("[0-9]*.py"))
    (folder / "versions" / "9001_broken.py").write_text(BROKEN.format(head=head))
    monkeypatch.syspath_prepend(tmp_path)
    return replace(SERVICE, tables=replace(SERVICE.tables, migrations="next_migrations"))


async def write(database: Database, name: str) -> None:
    row = {"repository": "team/app", "tag": name, "media_type": "", "sequence": 1, "as_of": NEVER}
    async with database.unit_of_work() as uow:
        await uow.session.execute(sa.insert(Tag).values(digest="sha256:1", **row))


async def test_a_migration_that_fails_changes_nothing_and_the_version_before_runs_on(
    database: Database, next_version: Service
) -> None:
    await write(database, "before")
    with pytest.raises(migrations.MigrationError, match="can't be brought up to date"):
        await migrations.upgrade(next_version, database)
    await write(database, "after")
    async with database.reading() as session:
        tags = await session.execute(sa.text("SELECT tag FROM tag ORDER BY tag"))
        assert list(tags.scalars()) == ["after", "before"]
        connection = await session.connection()
        names = await connection.run_sync(lambda sync: sa.inspect(sync).get_table_names())
    assert "half_done" not in names
    await migrations.upgrade(SERVICE, database)  # it can be started again, too
