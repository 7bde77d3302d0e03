"""Forgets what is old, a little at a time."""

from __future__ import annotations

import asyncio
import datetime as dt

from boatyard.shared.logging import get_logger
from boatyard.shared.service import Task
from boatyard.shared.waiting import wait_for_event
from boatyard.webhook_dispatcher.dependencies import DispatcherState
from boatyard.webhook_dispatcher.store import retention as store

EVERY_SECONDS = 60.0
BATCH = 100
"""Events, and deliveries, in one transaction: it must be over in milliseconds."""
PAUSE_SECONDS = 0.05
"""Between two transactions, so that deliveries are not held up."""
_log = get_logger("webhook-dispatcher")


def tasks(state: DispatcherState) -> list[Task]:
    """Retention."""
    return [Task("webhook-dispatcher retention", Retention(state).run)]


class Retention:
    """Deletes records that are older than they are kept, and those of webhooks that are gone."""

    def __init__(self, state: DispatcherState) -> None:
        self._database, self._clock = state.database, state.clock
        self._keep = dt.timedelta(days=state.settings.retention_days)

    async def run(self, stop: asyncio.Event) -> None:
        """Forget now and then, until `stop` is set."""
        while not await wait_for_event(stop, EVERY_SECONDS):
            await self.remove_webhooks(stop)
            await self.forget_old(stop)

    async def forget_old(self, stop: asyncio.Event) -> int:
        """Go once through what is older than it is kept; returns how many deliveries were deleted.

        What still waits for an endpoint that is sent to is kept, however old it is.
        """
        before = self._clock.now() - self._keep
        async with self._database.reading() as session:
            last = await store.last_before(await session.connection(), before)
        after = total = 0
        while not stop.is_set():
            async with self._database.reading() as session:
                sequences = await store.next_events(
                    await session.connection(), after=after, last=last, limit=BATCH
                )
            if not sequences:
                break
            total += await self._forget(sequences, before, stop)
            after = sequences[-1]
        if total:
            _log.info("deliveries_forgotten", count=total)
        return total

    async def _forget(self, sequences: list[int], before: dt.datetime, stop: asyncio.Event) -> int:
        """Forget what can be forgotten of some events."""
        gone, total = BATCH, 0
        while gone == BATCH and not stop.is_set():
            async with self._database.unit_of_work() as uow:
                connection = await uow.session.connection()
                await store.skip_held(connection, sequences, now=self._clock.now())
                gone = await store.forget_deliveries(
                    connection, sequences, before=before, limit=BATCH
                )
                if gone < BATCH:
                    await store.forget_events(connection, sequences)
            total += gone
            await asyncio.sleep(PAUSE_SECONDS)
        return total

    async def remove_webhooks(self, stop: asyncio.Event) -> None:
        """Remove what is left of deleted webhooks, and of retired ones that were told everything."""
        async with self._database.reading() as session:
            gone = await store.gone_webhooks(await session.connection(), limit=BATCH)
        for id in gone:
            removed = False
            while not removed and not stop.is_set():
                async with self._database.unit_of_work() as uow:
                    connection = await uow.session.connection()
                    removed = await store.remove_webhook(connection, id, limit=BATCH)
                await asyncio.sleep(PAUSE_SECONDS)
