"""Brings what is due from the table to the scheduler, and takes back what a vanished process held."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from uuid import UUID

from boatyard.shared.clock import Clock
from boatyard.shared.db import DATABASE_FAULTS, Database
from boatyard.shared.logging import get_logger
from boatyard.shared.waiting import wait_for_any, wait_for_event
from boatyard.webhook_dispatcher.metrics import Metrics
from boatyard.webhook_dispatcher.models import Trigger
from boatyard.webhook_dispatcher.rows import facts_of
from boatyard.webhook_dispatcher.scheduler import KEPT_READY, Ready, Scheduler
from boatyard.webhook_dispatcher.store import queue

RECOVER_BATCH = 256
BREATH_SECONDS = 0.02
"""The shortest pause between two looks at the whole table, however often it is woken."""
_log = get_logger("webhook-dispatcher")


class Feeder:
    """Looks into the table when it is woken, when something becomes due, and now and then."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        scheduler: Scheduler,
        metrics: Metrics,
        poll_seconds: float,
        recover_seconds: float,
    ) -> None:
        self._database, self._clock, self._scheduler = database, clock, scheduler
        self._metrics, self._poll_seconds = metrics, poll_seconds
        self._recover_seconds = recover_seconds
        self.wake = asyncio.Event()
        """Set it to have the whole table looked at."""
        self.hungry = asyncio.Event()
        """Set it to have fetched what the scheduler knows to be there."""
        self.on_found: Callable[[], None] = lambda: None
        self._next_due: dt.datetime | None = None
        self._recovered_at: float | None = None

    def due_at(self, moment: dt.datetime) -> None:
        """Something will be due at a moment: look then."""
        if self._next_due is None or moment < self._next_due:
            self._next_due = moment
            self.wake.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Feed the scheduler until `stop` is set."""
        loop = asyncio.get_running_loop()
        look_at = loop.time()
        while not stop.is_set():
            self.hungry.clear()
            try:
                if self.wake.is_set() or loop.time() >= look_at:
                    self.wake.clear()
                    await self.recover()
                    await self.look()
                    await asyncio.sleep(BREATH_SECONDS)
                    look_at = loop.time() + self._pause()
                else:
                    await self.fetch()
            except DATABASE_FAULTS as error:
                _log.warning("feeding_waits", reason=type(error).__name__)
                await wait_for_event(stop, 0.5)
            await wait_for_any((self.wake, self.hungry, stop), max(0.0, look_at - loop.time()))

    async def look(self) -> None:
        """Look once for what is due, and fetch it."""
        now = self._clock.now()
        async with self._database.reading() as session:
            waiting = await queue.waiting(session)
            due = [each for each in waiting if each.due_at <= now]
            self._next_due = min((e.due_at for e in waiting if e.due_at > now), default=None)
            urgent = await queue.urgent(session, now=now, limit=KEPT_READY)
            concerned = {e.webhook_id for e in due} | {e.webhook_id for e in urgent}
            unclear = [id for id in concerned if self._is_unclear(id)]
            connection = await session.connection()
            rows = await queue.read_webhooks(connection, unclear, lock=False) if unclear else {}
        for row in rows.values():
            self._scheduler.update(facts_of(row))
        for each in due:
            self._scheduler.saw_due(each.webhook_id)
        for wanted in urgent:
            self._scheduler.offer(Ready(wanted.id, wanted.webhook_id, Trigger(wanted.trigger)))
        if urgent:
            self.on_found()
        self._metrics.due(due, now, self._scheduler)
        await self.fetch()

    async def fetch(self) -> None:
        """Fetch the next deliveries of the webhooks of which little is left in memory."""
        now = self._clock.now()
        for webhook_id in self._scheduler.hungry(now):
            line = self._scheduler.line(webhook_id)
            ordered = line is not None and line.facts.ordered
            async with self._database.reading() as session:
                found = (
                    await queue.head_of(session, webhook_id, now=now)
                    if ordered
                    else await queue.due_of(session, webhook_id, now=now, limit=KEPT_READY)
                )
            if self._scheduler.knows(webhook_id):
                ready = [Ready(each.id, webhook_id, Trigger(each.trigger)) for each in found]
                self._scheduler.load(webhook_id, ready, more=len(found) == KEPT_READY)
            self.on_found()

    async def recover(self, *, everything: bool = False) -> None:
        """Take back, now and then, what is leased to a process that has vanished.

        On SQLite, where no other process can hold anything, everything is taken back at the start.
        """
        loop = asyncio.get_running_loop()
        due = (
            self._recovered_at is None or loop.time() - self._recovered_at >= self._recover_seconds
        )
        if not due and not everything:
            return
        self._recovered_at = loop.time()
        now = self._clock.now()
        while True:
            async with self._database.unit_of_work() as uow:
                connection = await uow.session.connection()
                found = await queue.expired(
                    connection, now=None if everything else now, limit=RECOVER_BATCH
                )
                if found:
                    await queue.release_expired(connection, found, now=now)
            if found:
                self._metrics.possible_duplicates(len(found))
                _log.warning("deliveries_taken_back", count=len(found))
            if len(found) < RECOVER_BATCH:
                return

    def _is_unclear(self, webhook_id: UUID) -> bool:
        return not self._scheduler.knows(webhook_id) or self._scheduler.is_held(webhook_id)

    def _pause(self) -> float:
        """Seconds until the next look."""
        if self._next_due is None:
            return self._poll_seconds
        seconds = (self._next_due - self._clock.now()).total_seconds()
        return min(self._poll_seconds, max(0.0, seconds))
