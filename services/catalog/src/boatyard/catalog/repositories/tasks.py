"""Empties the registry of repositories that were deleted, until nothing of them is left."""

from __future__ import annotations

import asyncio
import datetime as dt

from boatyard.catalog.dependencies import CatalogState
from boatyard.catalog.repositories import store
from boatyard.catalog.repositories.models import Repository
from boatyard.catalog.tags import store as tags
from boatyard.shared.logging import get_logger
from boatyard.shared.registry import RegistryError
from boatyard.shared.service import Task
from boatyard.shared.waiting import wait_for_any

EVERY_SECONDS = 2.0
PATIENCE = dt.timedelta(minutes=10)
"""How long the events of the removal are waited for, before the row goes without them."""
_log = get_logger("catalog")


def tasks(state: CatalogState) -> list[Task]:
    """The purge."""

    async def run(stop: asyncio.Event) -> None:
        while not stop.is_set():
            state.deletions.clear()
            arrival = state.arrivals.next
            awaited = [state.deletions, stop]
            if await purge(state):
                awaited.append(arrival)
            await wait_for_any(awaited, EVERY_SECONDS)

    return [Task("catalog purges deleted repositories", run)]


async def purge(state: CatalogState) -> bool:
    """Go once through the repositories that are being deleted; whether there were any."""
    async with state.database.reading() as session:
        waiting = await store.being_deleted(session)
    for repository in waiting:
        try:
            empty = await _empty(state, repository)
        except RegistryError as error:
            _log.warning(
                "purge_waits", repository=repository.full_name, reason=type(error).__name__
            )
            continue
        if empty:
            await _remove_row(state, repository)
    return bool(waiting)


async def _empty(state: CatalogState, repository: Repository) -> bool:
    """Remove every image that is known or that a tag points at; whether no tag was left any more."""
    async with state.database.reading() as session:
        known = await tags.digests(session, repository.id)
    left = await state.registry.tags(repository.full_name)
    for tag in left:
        found = await state.registry.resolve(repository.full_name, tag)
        if found is not None:
            known.add(found.digest)
    for digest in known:
        await state.registry.delete_manifest(repository.full_name, digest)
    if known:
        async with state.database.unit_of_work() as uow:
            await tags.all_gone(uow.session, repository.id)
    return not left


async def _remove_row(state: CatalogState, repository: Repository) -> None:
    """Free the name, once the events of the removal have come back, so that none meets a new repository."""
    assert repository.deleting_at is not None  # noqa: S101 - that is how it was found
    async with state.database.unit_of_work() as uow:
        late = state.clock.now() - repository.deleting_at > PATIENCE
        if late or not await tags.any_left(uow.session, repository.id):
            found = await store.by_id(uow.session, repository.id)
            if found is not None:
                await uow.session.delete(found)
