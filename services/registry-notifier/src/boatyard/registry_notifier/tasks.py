"""What registry-notifier does all the time: sweep, watch the registry, forget."""

from __future__ import annotations

import asyncio
import datetime as dt
import random
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from uuid import UUID

from boatyard.registry_notifier import store
from boatyard.registry_notifier.metrics import Metrics
from boatyard.registry_notifier.models import Sweep
from boatyard.registry_notifier.sweep import Findings
from boatyard.registry_notifier.sweeper import Sweeper
from boatyard.shared import leases
from boatyard.shared.clock import Clock
from boatyard.shared.db import Database
from boatyard.shared.logging import get_logger
from boatyard.shared.registry import Registry, RegistryError
from boatyard.shared.waiting import wait_for_any, wait_for_event

LEASE = dt.timedelta(seconds=15)
"""Short, so that a process that was killed in a sweep holds up the next one only so long."""
RENEW_SECONDS = 5.0
DUE_POLL_SECONDS = 2.0
"""How soon a sweep begins that another process asked for."""
BACKOFF_SECONDS = (1, 2, 5, 15, 60)
"""When a sweep that failed is tried again."""
FORGET_EVERY_SECONDS = 3600.0
KEEP_RECEIVED = dt.timedelta(days=2)
"""The registry sends a notification again within seconds, unless we were away after we dealt with it."""
KEEP_INSTANCES = dt.timedelta(days=60)

_log = get_logger("registry-notifier")


class SweepSchedule:
    """Sweeps at the start, when it is due, and when somebody asks; one process at a time.

    `wake` makes this process look at once whether a sweep is due.
    """

    def __init__(
        self,
        *,
        sweeper: Sweeper,
        database: Database,
        clock: Clock,
        metrics: Metrics,
        every: dt.timedelta,
    ) -> None:
        self._sweeper, self._database, self._clock = sweeper, database, clock
        self._metrics, self._every = metrics, every
        self.wake = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Sweep until `stop` is set."""
        await self.request()
        while not stop.is_set():
            self.wake.clear()
            claimed = await self._claim()
            if claimed:
                await self._sweep(claimed, stop)
            else:
                await wait_for_any((self.wake, stop), DUE_POLL_SECONDS)

    async def request(self) -> None:
        """Have the registry swept as soon as it can be."""
        async with self._database.unit_of_work() as uow:
            await store.request_sweep(uow.session, now=self._clock.now())
            uow.after_commit.append(self.wake.set)

    async def _claim(self) -> Sweep | None:
        async with self._database.unit_of_work() as uow:
            return await store.claim_sweep(uow.session, now=self._clock.now(), lease=LEASE)

    async def _sweep(self, claimed: Sweep, stop: asyncio.Event) -> None:
        assert claimed.claim_id is not None  # noqa: S101 - it is claimed
        started_at, began = self._clock.now(), asyncio.get_running_loop().time()
        try:
            async with self._holding(claimed.claim_id):
                findings = await self._total(stop)
        except RegistryError as error:
            await self._failed(claimed, error)
            return
        if stop.is_set():
            await self._give_back(claimed, after=dt.timedelta())
            return
        seconds = asyncio.get_running_loop().time() - began
        self._metrics.swept(findings, seconds)
        _log.info("registry_swept", seconds=round(seconds, 3), **vars(findings))
        spread = random.uniform(0.9, 1.1)  # noqa: S311 - it spreads load and hides nothing
        report = {"started_at": started_at, "finished_at": self._clock.now(), **vars(findings)}
        await self._give_back(claimed, after=self._every * spread, failures=0, error=None, **report)

    async def _total(self, stop: asyncio.Event) -> Findings:
        total = Findings()
        async with aclosing(self._sweeper.sweep()) as parts:
            async for part in parts:
                total += part
                if stop.is_set():
                    break
        return total

    async def _failed(self, claimed: Sweep, error: RegistryError) -> None:
        self._metrics.sweep_failed()
        reason = f"{type(error).__name__}: {error}"[:200]
        delay = BACKOFF_SECONDS[min(claimed.failures, len(BACKOFF_SECONDS) - 1)]
        _log.warning("sweep_failed", reason=reason, again_in_seconds=delay)
        await self._give_back(
            claimed,
            after=dt.timedelta(seconds=delay),
            failures=claimed.failures + 1,
            error=reason,
        )

    async def _give_back(self, claimed: Sweep, *, after: dt.timedelta, **values: object) -> None:
        async with self._database.unit_of_work() as uow:
            next_due = self._clock.now() + after
            await store.finish_sweep(uow.session, claimed, next_due=next_due, values=values)

    @asynccontextmanager
    async def _holding(self, claim_id: UUID) -> AsyncIterator[None]:
        """Prolong the lease for the length of a block. Losing it does no harm: applying checks for itself."""
        renewing = asyncio.create_task(self._renew(claim_id))
        try:
            yield
        finally:
            renewing.cancel()
            await asyncio.gather(renewing, return_exceptions=True)

    async def _renew(self, claim_id: UUID) -> None:
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            async with self._database.unit_of_work() as uow:
                until = self._clock.now() + LEASE
                await leases.renew(uow.session, Sweep, claim_id=claim_id, until=until)


class RegistryWatch:
    """Notices when the registry comes back: what it had not told by then, it has forgotten."""

    def __init__(
        self, *, registry: Registry, schedule: SweepSchedule, metrics: Metrics, seconds: float
    ) -> None:
        self._registry, self._schedule = registry, schedule
        self._metrics, self._seconds = metrics, seconds

    async def run(self, stop: asyncio.Event) -> None:
        """Ask it again and again, until `stop` is set."""
        answered = True  # a sweep begins with the process, so its first answer is no news
        while not stop.is_set():
            answers = await self._answers()
            self._metrics.watched(reachable=answers)
            if answers != answered:
                _log.warning("registry_reachable" if answers else "registry_unreachable")
            if answers and not answered:
                await self._schedule.request()
            answered = answers
            await wait_for_event(stop, self._seconds)

    async def _answers(self) -> bool:
        try:
            await self._registry.ping()
        except RegistryError:
            return False
        return True


class Forgetting:
    """Deletes what no notification can refer to any more."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    async def run(self, stop: asyncio.Event) -> None:
        """Forget now and then, until `stop` is set."""
        while not await wait_for_event(stop, FORGET_EVERY_SECONDS):
            await self.forget()

    async def forget(self) -> None:
        """Forget what is old."""
        now = self._clock.now()
        async with self._database.unit_of_work() as uow:
            await store.forget_received(uow.session, before=now - KEEP_RECEIVED)
            await store.forget_instances(uow.session, before=now - KEEP_INSTANCES)
