"""Forgets what is older than the audit log is to be."""

from __future__ import annotations

import asyncio
import datetime as dt

from boatyard.catalog.audit import store
from boatyard.catalog.dependencies import CatalogState
from boatyard.shared.service import Task
from boatyard.shared.waiting import wait_for_event

EVERY_SECONDS = 3600.0
BATCH = 1000


def tasks(state: CatalogState) -> list[Task]:
    """The forgetting."""

    async def run(stop: asyncio.Event) -> None:
        while not await wait_for_event(stop, EVERY_SECONDS):
            await forget_old(state)

    return [Task("catalog forgets old audit records", run)]


async def forget_old(state: CatalogState) -> int:
    """Forget what is too old, a bounded number at a time; returns how many records that was."""
    before = state.clock.now() - dt.timedelta(days=state.settings.audit_days)
    total, gone = 0, BATCH
    while gone == BATCH:
        async with state.database.unit_of_work() as uow:
            gone = await store.forget(uow.session, before=before, limit=BATCH)
        total += gone
    return total
