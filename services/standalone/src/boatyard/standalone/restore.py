"""`boatyard restore`: an installation out of a backup, whole or not at all."""

from __future__ import annotations

import datetime as dt
import shlex
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import sqlalchemy as sa
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlmodel import col

from boatyard.shared.clock import Clock, SystemClock
from boatyard.shared.mendable import StartError
from boatyard.shared.service import Service
from boatyard.standalone import archive
from boatyard.standalone.archive import ArchiveError, Head
from boatyard.standalone.backup import database_urls, sqlite_file
from boatyard.standalone.dumps import address
from boatyard.standalone.folder import RESTORING, DataFolder
from boatyard.standalone.progress import Progress
from boatyard.standalone.services import SERVICES
from boatyard.standalone.settings import StandaloneSettings

NO_DATA = frozenset({"lock", "upkeep.lock", "lost+found", RESTORING})
"""What may be in a folder that counts as empty."""
SET_ASIDE = "replaced-"


class Restore:
    """A restore into one data folder. `read` does it; `notes` is what is left to do for a person."""

    def __init__(
        self, settings: StandaloneSettings, progress: Progress, *, clock: Clock | None = None
    ) -> None:
        self._settings, self._progress = settings, progress
        self._folder = DataFolder(settings.data_dir)
        self._clock = clock or SystemClock()
        self.notes: list[str] = []

    def read(self, source: Path, *, replace: bool) -> Head:
        """Put a backup into the data folder, once all of it is checked; returns what the backup is.

        Nothing that is there is touched before. With `replace` it is set aside then, and never deleted.
        """
        with archive.opened(source) as backup:
            _check_version(backup.head, source)
            with self._held(), self._folder.upkeep():
                if self._present() and not replace:
                    raise StartError(
                        f"{self._folder.path} is not empty: name another folder in BOATYARD_DATA_DIR, or say "
                        "--replace to set aside what is there"
                    )
                self._unpack(backup)
        return backup.head

    def _unpack(self, backup: archive.ArchiveReader) -> None:
        work = self._folder.path / RESTORING
        shutil.rmtree(work, ignore_errors=True)  # of a restore that was cut off
        work.mkdir(mode=0o700)
        try:
            with self._progress.step("unpacked and checked"):
                backup.unpack(work, done=lambda size: self._progress.count(size=size))
            for service in SERVICES:
                self._prepare(service, work)
        except BaseException:
            shutil.rmtree(work)
            raise
        self._put_in_place(work)

    def _put_in_place(self, work: Path) -> None:
        root = self._folder.path
        if present := self._present():
            aside = root / f"{SET_ASIDE}{self._clock.now():%Y%m%d-%H%M%S}"
            aside.mkdir(mode=0o700)
            for path in present:
                path.rename(aside / path.name)
            self.notes.append(f"what was there is in {aside}: delete it once you don't need it")
        for path in sorted(work.iterdir()):
            path.rename(root / path.name)
        work.rmdir()  # until then no Boatyard starts here

    def _prepare(self, service: Service, work: Path) -> None:
        file, url = work / f"{service.name}.db", database_urls(self._settings)[service.name]
        dumped = f"postgresql/{service.name}.dump"
        if file.exists():
            _stand_still(service, file, self._clock.now())
            wanted = sqlite_file(url)
            if wanted is None or wanted.absolute() != self._folder.path / file.name:
                self.notes.append(
                    f"your settings have the database of {service.name} elsewhere: {file.name} is in "
                    f"{self._folder.path}; move it there, or unset the variable"
                )
        elif (work / dumped).exists():
            where = address(url) if sqlite_file(url) is None else "DATABASE"
            self.notes.append(
                f"the database of {service.name} was in PostgreSQL; to load it into an empty one: "
                f"{_loading(self._folder.path / dumped, where)}"
            )
        else:
            raise ArchiveError(f"the backup lacks the database of {service.name}")

    def _present(self) -> list[Path]:
        return [
            path
            for path in sorted(self._folder.path.iterdir())
            if path.name not in NO_DATA and not path.name.startswith(SET_ASIDE)
        ]

    @contextmanager
    def _held(self) -> Iterator[None]:
        self._folder.hold()
        try:
            yield
        finally:
            self._folder.close()


def _stand_still(service: Service, file: Path, now: dt.datetime) -> None:
    """Have the outbox and the inbox forget nothing for having been a file.

    They forget by the clock. Of an old backup an outbox would forget, at the start, what had not arrived by
    then, and an inbox what it had handled, just before it is sent again. All of it counts as of today.
    """
    outbox, inbox = service.tables.outbox, service.tables.inbox
    touched = (
        sa.update(outbox).where(col(outbox.published_at).is_not(None)).values(published_at=now),
        sa.update(inbox).values(handled_at=now),
    )
    engine = sa.create_engine("sqlite://", creator=lambda: sqlite3.connect(file))
    try:
        with engine.begin() as connection:
            for statement in touched:
                connection.execute(statement)
    finally:
        engine.dispose()


def _loading(dumped: Path, where: str) -> str:
    """The command that does for PostgreSQL what is done here to the files of SQLite."""
    stand_still = (
        "UPDATE outbox SET published_at = now() WHERE published_at IS NOT NULL; "
        "UPDATE inbox SET handled_at = now()"
    )
    load = ["pg_restore", "--no-owner", f"--dbname={where}", str(dumped)]
    touch = ["psql", "--quiet", f"--dbname={where}", f"--command={stand_still}"]
    return f"{shlex.join(load)} && {shlex.join(touch)}"


def _check_version(head: Head, source: Path) -> None:
    ours = version("boatyard-standalone")
    newer = StartError(
        f"{source} was made by Boatyard {head.version}, which is newer than this one ({ours}): install that one"
    )
    if _numbers(head.version) > _numbers(ours):
        raise newer
    for service in SERVICES:
        revision = head.revisions.get(service.name)
        scripts = ScriptDirectory(str(files(service.tables.migrations)))
        try:
            if revision is not None:
                scripts.get_revision(revision)
        except CommandError as error:
            raise newer from error


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdigit())
