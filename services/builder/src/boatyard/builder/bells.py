"""Bells that tell tasks of this process at once what others find by looking now and then."""

from __future__ import annotations

import asyncio
from uuid import UUID

from boatyard.shared.waiting import wait_for_any, wait_for_event


class Bell:
    """Wakes everybody who waits when it rings."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        """Something happened."""
        event, self._event = self._event, asyncio.Event()
        event.set()

    def next(self) -> asyncio.Event:
        """An event that the next ring sets. Take it before looking, so that no ring is missed."""
        return self._event

    async def wait(self, seconds: float, *, stop: asyncio.Event | None = None) -> None:
        """Wait for the next ring, or for `stop`, at most so many seconds."""
        if stop is None:
            await wait_for_event(self._event, seconds)
        else:
            await wait_for_any((self._event, stop), seconds)


class Bells:
    """A bell for each build that somebody waits for."""

    def __init__(self) -> None:
        self._bells: dict[UUID, Bell] = {}

    def ring(self, build_id: UUID) -> None:
        """Something happened to a build."""
        bell = self._bells.pop(build_id, None)
        if bell is not None:
            bell.ring()

    def next(self, build_id: UUID) -> asyncio.Event:
        """An event that the next ring for this build sets."""
        return self._bells.setdefault(build_id, Bell()).next()
