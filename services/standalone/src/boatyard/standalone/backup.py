"""`boatyard backup`: everything that an installation is, in one file, while it runs.

The order is what makes a backup whole. First the databases, all as they were at one moment; then the registry's
names; then the content that they lead to. Whoever pushes goes the other way round: content, names, and then the
news that reaches the databases. So what the databases know of is in the registry's part, unless somebody
deleted it meanwhile, and what the registry's part has besides is found by the sweep at the first start. NATS is
left out: whatever it held is in an outbox, from which it is sent again to a NATS that has nothing.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import sqlalchemy as sa

from boatyard.builder.settings import BuilderSettings
from boatyard.shared.clock import Clock, SystemClock
from boatyard.shared.mendable import StartError
from boatyard.standalone import dumps, images
from boatyard.standalone.archive import ArchiveWriter, Head
from boatyard.standalone.configuration import service_settings
from boatyard.standalone.folder import DataFolder, Secrets
from boatyard.standalone.progress import Progress, human
from boatyard.standalone.settings import StandaloneSettings
from boatyard.standalone.snapshot import copied, one_moment

BUILD_LOGS = Path("logs/builds")
LISTENERS_FIRST = (
    "webhook-dispatcher",
    "builder",
    "github-gateway",
    "catalog",
    "registry-notifier",
)
"""PostgreSQL shows one moment of one database only. So whoever listens is dumped before whoever speaks: what
the speaker said in between is sent again after a restore, while a listener that knew more than the speaker
could take something new for what it has already: catalog compares the numbers that the notifier gives."""


class Backup:
    """A backup of one installation. `write` makes the file; `notes` is what its maker should know by then."""

    def __init__(
        self, settings: StandaloneSettings, progress: Progress, *, clock: Clock | None = None
    ) -> None:
        self._settings, self._progress = settings, progress
        self._folder = DataFolder(settings.data_dir)
        self._clock = clock or SystemClock()
        self.notes: list[str] = []

    def write(self, target: Path) -> Path:
        """Back up into a file that does not exist yet, or into a new one in a folder; returns which it is."""
        if not (self._folder.path / "secrets.json").is_file():
            raise StartError(
                f"there is no installation in {self._folder.path}: name its folder in BOATYARD_DATA_DIR"
            )
        if target.is_dir():
            target = target / f"boatyard-{self._clock.now():%Y%m%d-%H%M%S}.tar"
        if target.exists():
            raise StartError(f"{target} exists already: name another file, or a folder")
        if not target.parent.is_dir():
            raise StartError(f"there is no folder {target.parent}: make it first")
        with (
            self._folder.upkeep(),
            _written_whole(target) as draft,
            tempfile.TemporaryDirectory(prefix=".boatyard-", dir=target.parent) as work,
        ):
            self._write(draft, Path(work))
        return target

    def _write(self, draft: Path, work: Path) -> None:
        now = self._clock.now()
        files = self._databases(work)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            head = Head(version("boatyard-standalone"), now.isoformat(), _revisions(files))
            archive = ArchiveWriter(file, head, done=lambda size: self._progress.count(size=size))
            with self._progress.step("databases, keys and build logs, written"):
                for name, path in files.items():
                    archive.add(name, path)
                    path.unlink()
                self._add_folder(archive)
            self._add_images(archive)
            archive.close()
            file.flush()
            os.fsync(file.fileno())

    def _databases(self, work: Path) -> dict[str, Path]:
        """Copies of all databases, by what they are called in the backup."""
        urls = database_urls(self._settings)
        local = {name: path for name, url in urls.items() if (path := sqlite_file(url)) is not None}
        found: dict[str, Path] = {}
        if local:
            with self._progress.step("databases, as of one moment"), one_moment(local) as databases:
                for name, database in databases.items():
                    found[f"{name}.db"] = work / f"{name}.db"
                    copied(database, work / f"{name}.db", lambda n: self._progress.count(size=n))
                    self._progress.count(items=1)
        if len(local) < len(urls):
            with self._progress.step("databases in PostgreSQL"):
                for name in LISTENERS_FIRST:
                    if name not in local:
                        found[f"postgresql/{name}.dump"] = work / f"{name}.dump"
                        dumps.dump(name, urls[name], work / f"{name}.dump")
                        self._progress.count(items=1)
        return found

    def _add_folder(self, archive: ArchiveWriter) -> None:
        """The secrets, the keys and the builds' logs: those of builds that the databases know are there."""
        root = self._folder.path
        given = BuilderSettings.load(data_dir=root).logs_folder.absolute()
        if given != root / BUILD_LOGS:
            self.notes.append(
                f"the builds' logs are elsewhere ({given}) and not in it: back them up, too"
            )
        paths = [root / "secrets.json", *(root / "keys").glob("*"), *(root / BUILD_LOGS).rglob("*")]
        for path in paths:
            if path.is_file() and archive.add(str(path.relative_to(root)), path):
                self._progress.count(items=1)

    def _add_images(self, archive: ArchiveWriter) -> None:
        root, left_out = self._folder.path, 0
        with self._progress.step("names of images"):
            for link in images.links(self._folder.registry):
                name = str(link.path.relative_to(root))
                if link.content is not None and archive.add_bytes(name, link.content):
                    self._progress.count(items=1)
                else:
                    left_out += 1
        with self._progress.step("content of images"):
            for path, digest in images.blobs(self._folder.registry):
                if archive.add(str(path.relative_to(root)), path, digest=digest):
                    self._progress.count(items=1)
                elif path.exists():
                    left_out += 1
        if left_out:
            self.notes.append(
                f"{left_out} files of the registry were left out, since they don't hold what they should: "
                "pushes under way, or damage; run it again to see whether as many are left out then"
            )


def database_urls(settings: StandaloneSettings) -> dict[str, str]:
    """Where the database of each service is."""
    made = service_settings(settings, nats_url="", secrets=Secrets.fresh())  # nobody is told those
    return {name: each.url_of_database for name, each in made.items()}


def sqlite_file(url: str) -> Path | None:
    """The file of an SQLite database; None if the database is another one."""
    parsed = sa.make_url(url)
    return Path(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None


def summary(target: Path) -> str:
    """What was made."""
    return f"{target}, {human(target.stat().st_size)}: it holds keys and passwords, keep it as safe as those"


def _revisions(files: Mapping[str, Path]) -> dict[str, str]:
    """To which revision each SQLite database was migrated."""
    found = {}
    for path in files.values():
        if path.suffix == ".db":
            database = sqlite3.connect(path)
            try:
                [found[path.stem]] = database.execute("SELECT version_num FROM alembic_version")
            except (sqlite3.Error, ValueError) as error:
                raise StartError(f"the database of {path.stem} can't be read: {error}") from error
            finally:
                database.close()
    return {name: revision[0] for name, revision in found.items()}


@contextmanager
def _written_whole(target: Path) -> Iterator[Path]:
    """A draft that becomes the target at the end of the block, and goes if the block is left early."""
    draft = target.with_name(f"{target.name}.part")
    draft.unlink(missing_ok=True)
    try:
        yield draft
        draft.rename(target)
    finally:
        draft.unlink(missing_ok=True)
