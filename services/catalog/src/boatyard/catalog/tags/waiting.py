"""Tells those who wait for a change of a tag that one has arrived in this process."""

from __future__ import annotations

import asyncio
import time

from boatyard.shared.waiting import wait_for_event

BUSY_SECONDS = 1.0


class Arrivals:
    """A bell that rings whenever tag events were committed; also wakes the task that describes manifests."""

    def __init__(self) -> None:
        self._bell = asyncio.Event()
        self.undescribed = asyncio.Event()
        self._rang_at = -BUSY_SECONDS

    def ring(self) -> None:
        """Something arrived."""
        bell, self._bell = self._bell, asyncio.Event()
        bell.set()
        self.undescribed.set()
        self._rang_at = time.monotonic()

    @property
    def busy(self) -> bool:
        """Whether something arrived within the last second."""
        return time.monotonic() - self._rang_at < BUSY_SECONDS

    @property
    def next(self) -> asyncio.Event:
        """Set by the next arrival."""
        return self._bell

    async def wait(self, seconds: float) -> None:
        """Wait for the next arrival, at most so many seconds: another process may have taken it."""
        await wait_for_event(self._bell, seconds)
