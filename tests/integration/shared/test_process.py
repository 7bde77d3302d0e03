"""What a process says of itself to whoever asks all of them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from boatyard.registry_notifier.service import SERVICE
from boatyard.registry_notifier.settings import RegistryNotifierSettings
from boatyard.shared.bus import Bus
from boatyard.shared.bus.memory import MemoryBus
from boatyard.shared.clock import SystemClock
from boatyard.shared.events import AskHealth, ProcessHealth
from boatyard.shared.process import Process
from boatyard.shared.testing.postgres import Postgres


@asynccontextmanager
async def running(database_url: str, folder: Path) -> AsyncIterator[Bus]:
    """One service in a process, which can be asked on this bus."""
    bus = MemoryBus()
    settings = RegistryNotifierSettings(
        data_dir=folder, database_url=database_url, notification_secret="a secret of the registry"
    )
    process = Process([SERVICE], settings={SERVICE.name: settings}, bus=bus, clock=SystemClock())
    await process.start()
    yield bus
    await process.stop()


async def told(bus: Bus) -> ProcessHealth:
    async with asyncio.timeout(20):
        while not (answers := await bus.survey(AskHealth(), seconds=20)):
            await asyncio.sleep(0.01)
    return answers[0]


async def test_a_process_that_is_well_says_so(database_url: str, tmp_path: Path) -> None:
    async with running(database_url, tmp_path) as bus:
        health = await told(bus)
    assert health.process.endswith(f":{os.getpid()}")
    assert (health.ready, health.problems) == (True, {})
    assert health.services == ("registry-notifier",)


async def test_a_process_whose_database_is_silent_says_so_in_time(
    postgres: Postgres, tmp_path: Path
) -> None:
    async with running(postgres.new_database(), tmp_path) as bus:
        await told(bus)
        postgres.pause()
        try:
            health = await told(bus)
        finally:
            postgres.resume()
    assert not health.ready
    assert health.problems["registry-notifier database"] == "no answer"
