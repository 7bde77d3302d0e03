"""The care that an installation takes of itself while it runs: garbage is collected on demand, or every day."""

from __future__ import annotations

import asyncio
from pathlib import Path

from boatyard.shared.clock import Clock, SystemClock
from boatyard.shared.logging import get_logger
from boatyard.shared.mendable import MendableError
from boatyard.standalone.collecting import Collector, until
from boatyard.standalone.control import Control


class Care:
    """Collects garbage when the folder's socket is asked to, and at a time of day. `start`, `stop`."""

    def __init__(
        self, collector: Collector, *, at: str, folder: Path, clock: Clock | None = None
    ) -> None:
        self._collector, self._at, self._clock = collector, at, clock or SystemClock()
        self._control = Control(folder, {"gc": self._collect})
        self._tasks: set[asyncio.Task[object]] = set()
        self._log = get_logger("embedded")

    async def start(self) -> None:
        """Listen, and wait for the time if there is one."""
        await self._control.start()
        if self._at:
            self._keep(asyncio.create_task(self._every_day()))

    async def stop(self) -> None:
        """Stop, also in the middle of a collection: the next one does the rest."""
        await self._control.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _collect(self) -> str:
        collecting = asyncio.create_task(self._collector.collect())
        self._keep(collecting)
        return str(await collecting)

    async def _every_day(self) -> None:
        while True:
            await asyncio.sleep(until(self._at, self._clock.now()))
            try:
                await self._collector.collect()
            except MendableError as error:
                self._log.error("garbage_not_collected", reason=str(error))
            except Exception as error:  # tomorrow is another day
                self._log.error("garbage_not_collected", exc_info=error)

    def _keep(self, task: asyncio.Task[object]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
