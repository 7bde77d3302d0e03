"""`boatyard gc`: frees the disk of what no image needs any more.

The registry never removes content by itself. Its own `garbage-collect` does, and must not run while anybody
pushes: a layer that was uploaded, and that no manifest refers to yet, is garbage to it. So the registry refuses
pushes meanwhile. Manifests without a tag stay: a tag's history may bring each of them back.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from boatyard.catalog.repositories import store as repositories
from boatyard.shared.clock import Clock, SystemClock
from boatyard.shared.db import Database
from boatyard.shared.logging import get_logger
from boatyard.shared.mendable import MendableError, StartError
from boatyard.standalone import images, parts
from boatyard.standalone.backup import database_urls
from boatyard.standalone.folder import DataFolder
from boatyard.standalone.progress import human
from boatyard.standalone.settings import StandaloneSettings

UNTOUCHED = dt.timedelta(days=1)
"""What is left of a repository that nobody knows may also be a first push that is under way."""

ReadOnly = Callable[[], AbstractAsyncContextManager[object]]
"""Has the registry refuse pushes for the length of a block."""


class CollectError(MendableError):
    """Nothing, or not everything, was collected; the registry takes pushes again."""


@dataclass(frozen=True)
class Collected:
    """What came of it. `refused_seconds` is for how long pushes were refused."""

    blobs: int
    size: int
    repositories: int
    seconds: float
    refused_seconds: float

    def __str__(self) -> str:
        """As a person is told it."""
        gone = f", with what was left of {self.repositories} deleted repositories"
        return (
            f"freed {human(self.size)} in {self.blobs} files{gone if self.repositories else ''}; "
            f"it took {self.seconds:.1f} s, and pushes were refused for {self.refused_seconds:.1f} s"
        )


class Collector:
    """Collects the garbage of one installation's registry. Only one at a time."""

    def __init__(
        self, settings: StandaloneSettings, *, read_only: ReadOnly, clock: Clock | None = None
    ) -> None:
        self._settings, self._read_only = settings, read_only
        self._folder = DataFolder(settings.data_dir)
        self._clock = clock or SystemClock()
        self._log = get_logger("embedded")

    async def collect(self) -> Collected:
        """Free what nothing refers to; CollectError or StartError if that can't be done."""
        began = time.monotonic()
        with self._folder.upkeep():
            blobs, size = await asyncio.to_thread(_measured, self._folder.registry)
            async with self._read_only():
                refusing = time.monotonic()
                gone = await self._remove_leftovers()
                if (self._folder.registry / images.V2 / "repositories").is_dir():
                    await self._run()
            ended = time.monotonic()
            blobs_left, left = await asyncio.to_thread(_measured, self._folder.registry)
        done = Collected(
            blobs - blobs_left, size - left, gone, time.monotonic() - began, ended - refusing
        )
        self._log.info("garbage_collected", **asdict(done))
        return done

    async def _remove_leftovers(self) -> int:
        """Remove what is left of deleted repositories: above all what was said of builds."""
        root = self._folder.registry / images.V2 / "repositories"
        left = await asyncio.to_thread(_without_tags, root, self._clock.now() - UNTOUCHED)
        database = Database(database_urls(self._settings)["catalog"])
        try:
            async with database.reading() as session:
                gone = [
                    folder
                    for folder in left
                    if not await repositories.by_name(session, *_name(root, folder))
                ]
        finally:
            await database.close()
        for folder in gone:
            await asyncio.to_thread(shutil.rmtree, folder / "_manifests")
        return len(gone)

    async def _run(self) -> None:
        argv = parts.registry_argv(
            await asyncio.to_thread(parts.find_registry),
            config=self._folder.path / "registry.yml",
            storage=self._folder.registry,
            verb="garbage-collect",
        )
        path = self._folder.logs / "gc.log"
        with path.open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                *argv, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log
            )
            try:
                code = await process.wait()
            finally:
                with suppress(ProcessLookupError):
                    process.terminate()
        if code != 0:
            raise CollectError(
                f"the registry could not collect: {_last_line(path)} (more in {path})"
            )


async def collect_alone(settings: StandaloneSettings) -> Collected:
    """Collect where no Boatyard runs; StartError if one does."""
    folder = DataFolder(settings.data_dir)
    if not (folder.path / "registry.yml").is_file():
        raise StartError(
            f"there is no installation in {folder.path}: name its folder in BOATYARD_DATA_DIR"
        )
    folder.open()
    try:
        return await Collector(settings, read_only=nullcontext).collect()
    finally:
        folder.close()


def until(at: str, now: dt.datetime) -> float:
    """The seconds from now until the next time of day `HH:MM` in UTC."""
    hour, minute = map(int, at.split(":"))
    following = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    if following <= now:
        following += dt.timedelta(days=1)
    return (following - now).total_seconds()


def _measured(storage: Path) -> tuple[int, int]:
    """How many blobs there are, and their bytes."""
    sizes: list[int] = []
    for path, _ in images.blobs(storage):
        with suppress(FileNotFoundError):
            sizes.append(path.stat().st_size)
    return len(sizes), sum(sizes)


def _without_tags(root: Path, before: dt.datetime) -> Sequence[Path]:
    """The repositories that have images and no tag, and in which nothing has happened since a moment."""
    return [
        manifests.parent
        for manifests in root.glob("*/*/_manifests")
        if not any((manifests / "tags").glob("*"))
        and all(path.stat().st_mtime < before.timestamp() for path in manifests.rglob("*"))
    ]


def _name(root: Path, folder: Path) -> tuple[str, str]:
    namespace, name = folder.relative_to(root).parts
    return namespace, name


def _last_line(path: Path) -> str:
    lines = path.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"
