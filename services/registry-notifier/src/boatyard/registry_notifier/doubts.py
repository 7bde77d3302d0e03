"""Tags about which a notification could not be believed: the registry is asked what they point at."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from boatyard.registry_notifier.metrics import Metrics
from boatyard.registry_notifier.position import Doubtful
from boatyard.registry_notifier.sweeper import Sweeper
from boatyard.shared.logging import get_logger
from boatyard.shared.registry import RegistryError, RegistryUnavailable
from boatyard.shared.waiting import wait_for_any, wait_for_event

MAX_WAITING = 10_000
"""Tags; what is beyond is left to the sweep."""
RETRY_SECONDS = 1.0
IDLE_SECONDS = 3600.0

_log = get_logger("registry-notifier")


class Doubts:
    """Tags about which a notification could not be believed, until the registry was asked.

    They are kept in memory: if they are lost with the process, the sweep at its next start finds the same.
    """

    def __init__(self, sweeper: Sweeper, *, metrics: Metrics) -> None:
        self._sweeper, self._metrics = sweeper, metrics
        self._waiting: dict[tuple[str, str], Doubtful] = {}
        self._news = asyncio.Event()

    def add(self, doubts: Iterable[Doubtful]) -> None:
        """Have some tags looked at."""
        for doubt in doubts:
            if len(self._waiting) < MAX_WAITING:
                self._waiting[doubt.repository, doubt.tag] = doubt
                self._news.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Ask about each of them, until `stop` is set."""
        while not stop.is_set():
            self._news.clear()
            try:
                await self.settle()
                await wait_for_any((self._news, stop), IDLE_SECONDS)
            except RegistryUnavailable:
                await wait_for_event(stop, RETRY_SECONDS)

    async def settle(self) -> None:
        """Ask about all that wait; RegistryUnavailable if that can't be done now."""
        while self._waiting:
            key, doubt = next(iter(self._waiting.items()))
            try:
                self._metrics.looked_again(await self._sweeper.check(doubt))
            except RegistryUnavailable:
                raise
            except RegistryError as error:
                _log.warning("doubt_remains", repository=key[0], tag=key[1], reason=str(error))
            if self._waiting.get(key) is doubt:
                del self._waiting[key]
