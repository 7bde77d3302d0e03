import asyncio
import datetime as dt
from contextlib import nullcontext
from pathlib import Path

import pytest

from boatyard.shared.clock import SetClock
from boatyard.standalone.care import Care
from boatyard.standalone.collecting import Collector
from boatyard.standalone.control import AskError, ask
from boatyard.standalone.folder import DataFolder
from boatyard.standalone.settings import StandaloneSettings

ALMOST = SetClock(dt.datetime(2026, 3, 14, 3, 29, 59, 950_000, tzinfo=dt.UTC))
"""It stands still just before half past three."""


def collector(folder: Path, collected: asyncio.Event) -> Collector:
    """One for an installation to which nobody has pushed yet."""

    class Told(nullcontext[None]):
        async def __aexit__(self, *args: object) -> None:
            collected.set()

    return Collector(StandaloneSettings.load(data_dir=folder), read_only=Told)


async def test_garbage_is_collected_at_the_time_of_day_that_was_asked_for(tmp_path: Path) -> None:
    collected = asyncio.Event()
    care = Care(collector(tmp_path, collected), at="03:30", folder=tmp_path, clock=ALMOST)
    await care.start()
    async with asyncio.timeout(20):
        await collected.wait()
    await care.stop()


async def test_a_collection_that_can_not_be_is_tried_again_the_next_time(tmp_path: Path) -> None:
    collected = asyncio.Event()
    care = Care(collector(tmp_path, collected), at="03:30", folder=tmp_path, clock=ALMOST)
    with DataFolder(tmp_path).upkeep():
        await care.start()
        with pytest.raises(AskError, match="is being backed up"):
            await asyncio.to_thread(ask, tmp_path, "gc")
        assert not collected.is_set()
    async with asyncio.timeout(20):
        await collected.wait()
    await care.stop()
