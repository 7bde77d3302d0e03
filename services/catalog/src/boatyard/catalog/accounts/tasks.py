"""What accounts need done now and then."""

from __future__ import annotations

import asyncio

from boatyard.catalog.accounts import store
from boatyard.catalog.dependencies import CatalogState
from boatyard.shared.service import Task
from boatyard.shared.waiting import wait_for_event

EVERY_SECONDS = 3600.0


def tasks(state: CatalogState) -> list[Task]:
    """Forgetting what has expired."""

    async def forget(stop: asyncio.Event) -> None:
        while not await wait_for_event(stop, EVERY_SECONDS):
            async with state.database.unit_of_work() as uow:
                await store.forget_expired(uow.session, now=state.clock.now())

    return [Task("catalog forgets expired sessions", forget)]
