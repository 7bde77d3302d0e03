"""What a restore refuses, and what it leaves to a person."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from boatyard.catalog.db import Outbox
from boatyard.shared import migrations
from boatyard.shared.clock import SystemClock
from boatyard.shared.db import Database
from boatyard.shared.mendable import MendableError
from boatyard.shared.service import Service
from boatyard.shared.settings import variable_name
from boatyard.shared.testing.installation import Installation
from boatyard.shared.testing.postgres import Postgres
from boatyard.standalone.archive import ArchiveWriter, Head
from boatyard.standalone.backup import Backup
from boatyard.standalone.folder import RESTORING, DataFolder
from boatyard.standalone.progress import Progress
from boatyard.standalone.restore import Restore
from boatyard.standalone.services import SERVICES
from boatyard.standalone.settings import StandaloneSettings


def back_up(data: Path, target: Path) -> Path:
    return Backup(StandaloneSettings.load(data_dir=data), Progress()).write(target)


def restore(data: Path, source: Path, *, replace: bool = False) -> list[str]:
    putting = Restore(StandaloneSettings.load(data_dir=data), Progress())
    putting.read(source, replace=replace)
    return putting.notes


@pytest.mark.parametrize(
    "head",
    [{"version": "99.0"}, {"revisions": {"catalog": "9999"}}, {"format": 9}],
    ids=["version", "database", "format"],
)
def test_a_backup_of_a_newer_boatyard_is_refused(tmp_path: Path, head: dict[str, Any]) -> None:
    made: dict[str, Any] = {"version": "0.0.1", "taken_at": "", "revisions": {}}
    file = tmp_path / "newer.tar"
    with file.open("wb") as target:
        ArchiveWriter(target, Head(**made | head), done=lambda size: None).close()
    with pytest.raises(MendableError, match="newer"):
        restore(tmp_path / "var", file)


def test_nothing_starts_on_half_a_restore(tmp_path: Path) -> None:
    (tmp_path / RESTORING).mkdir()
    with pytest.raises(MendableError, match="run `boatyard restore` again"):
        DataFolder(tmp_path).open()


async def test_postgresql_is_dumped_by_its_own_program_and_loaded_as_is_said(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "var"
    data.mkdir()
    (data / "secrets.json").write_text("{}")
    for service in SERVICES:
        url = postgres.new_database()
        monkeypatch.setenv(variable_name(service.name, "database_url"), url)
        await fill(service, url)
    programs = postgres._programs / "bin"  # as new as the server
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    monkeypatch.setenv("LD_LIBRARY_PATH", postgres._environment["LD_LIBRARY_PATH"])
    file = back_up(data, tmp_path)
    target = postgres.new_database()
    for service in SERVICES:
        monkeypatch.setenv(variable_name(service.name, "database_url"), postgres.new_database())
    monkeypatch.setenv("BOATYARD_CATALOG_DATABASE_URL", target)
    notes = restore(tmp_path / "new", file)
    assert len(notes) == len(SERVICES)
    loading = notes[0].partition("into an empty one: ")[2]
    done = await asyncio.create_subprocess_shell(loading)
    assert await done.wait() == 0
    assert await published_at(target) > MONTH_AGO + dt.timedelta(days=29)


MONTH_AGO = SystemClock().now() - dt.timedelta(days=30)


async def fill(service: Service, url: str) -> None:
    """Make the tables of a service, and have a message be sent a month ago."""
    database = Database(url)
    await migrations.upgrade(service, database)
    async with database.unit_of_work() as uow:
        row = {"message_id": "1", "subject": "s", "body": b"b", "created_at": MONTH_AGO}
        sent = {**row, "published_at": MONTH_AGO}
        await uow.session.execute(sa.insert(service.tables.outbox), sent)
    await database.close()


async def published_at(url: str) -> dt.datetime:
    database = Database(url)
    async with database.reading() as session:
        found = await session.execute(sa.select(Outbox))
        moment = found.scalars().one().published_at
    await database.close()
    assert moment is not None
    return moment


def test_a_missing_pg_dump_is_named(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secrets.json").write_text("{}")
    for service in SERVICES:
        monkeypatch.setenv(variable_name(service.name, "database_url"), postgres.new_database())
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MendableError, match="pg_dump is missing: install PostgreSQL's client"):
        back_up(tmp_path, tmp_path / "backup.tar")
    assert not list(tmp_path.glob("*.tar*")), "nothing half is left"


@pytest.fixture
def ours(tmp_path: Path) -> Iterator[Installation]:
    installation = Installation(tmp_path)
    installation.start()
    yield installation
    installation.remove()


def test_what_would_do_harm_is_refused(ours: Installation, tmp_path: Path) -> None:
    ours.sign_up("ada")
    data, file = ours.folder / "var", tmp_path / "backup.tar"
    back_up(data, file)
    with pytest.raises(MendableError, match="exists already"):
        back_up(data, file)
    with pytest.raises(MendableError, match="there is no installation"):
        back_up(tmp_path, tmp_path / "nothing.tar")
    with pytest.raises(MendableError, match="another Boatyard uses"):
        restore(data, file, replace=True)
    ours.stop()
    with pytest.raises(MendableError, match="is not empty"):
        restore(data, file)

    damaged = tmp_path / "damaged.tar"
    content = bytearray(file.read_bytes())
    content[content.index(b"BEGIN PRIVATE KEY")] ^= 1
    damaged.write_bytes(content)
    with pytest.raises(MendableError, match="is damaged: keys/"):
        restore(data, damaged, replace=True)
    damaged.write_bytes(content[: len(content) // 2])
    with pytest.raises(MendableError, match="not the whole"):
        restore(tmp_path / "new", damaged)
    assert (data / "catalog.db").exists(), "nothing was touched"

    [note] = restore(data, file, replace=True)
    assert "delete it once you don't need it" in note
    assert len(list(data.glob("replaced-*/catalog.db"))) == 1
    ours.start()
    assert ours.sign_in("ada").get("/account")["username"] == "ada"
