"""Tells the bus, now and then, how far a log can be read; whoever misses it finds the log anyway."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from uuid import UUID

from boatyard.shared.bus import Bus, BusError
from boatyard.shared.events import BuildLogChunk

EVERY_SECONDS = 1.0


class Announcer:
    """Announces one log, at most once a second. Call `written` whenever something was; `close` at the end."""

    def __init__(self, bus: Bus, build_id: UUID) -> None:
        self._bus, self._build_id = bus, build_id
        self._cursor = 0
        self._task: asyncio.Task[None] | None = None

    def written(self, cursor: int) -> None:
        """The log can be read up to here."""
        self._cursor = cursor
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._announce())

    async def close(self) -> None:
        """Announce the end."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            with suppress(BusError):
                await self._send()

    async def _announce(self) -> None:
        with suppress(BusError):
            await self._send()
        await asyncio.sleep(EVERY_SECONDS)

    async def _send(self) -> None:
        chunk = BuildLogChunk(build_id=self._build_id, cursor=self._cursor)
        await self._bus.publish(chunk.subject, chunk.encode(), message_id=str(chunk.id))
