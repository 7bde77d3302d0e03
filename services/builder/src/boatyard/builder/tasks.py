"""What builder does all the time: works, puts back what workers left, and clears away what is old."""

from __future__ import annotations

import asyncio
import datetime as dt

from boatyard.builder import actions, store
from boatyard.builder.dependencies import BuilderState
from boatyard.builder.engines.base import EngineDown, build_of
from boatyard.builder.reasons import BuildError
from boatyard.builder.worker import Worker
from boatyard.shared.logging import get_logger
from boatyard.shared.service import Task
from boatyard.shared.waiting import wait_for_event

REAP_SECONDS = 5.0
"""With the longest lease, a build whose worker vanished waits or has failed again within a minute."""
CLEAR_SECONDS = 600.0
BATCH = 500
GIB = 1024**3
_log = get_logger("builder")


def tasks(state: BuilderState) -> list[Task]:
    """The workers, the reaper and the clearing."""

    async def reaping(stop: asyncio.Event) -> None:
        while not await wait_for_event(stop, min(REAP_SECONDS, state.settings.lease_seconds / 2)):
            await reap(state)

    async def clearing(stop: asyncio.Event) -> None:
        while not await wait_for_event(stop, CLEAR_SECONDS):
            await forget(state)
            await clear_engine(state)

    working = [Task("builder builds", Worker(state).run)] if state.settings.workers else []
    return [
        *working,
        Task("builder finds abandoned builds", reaping),
        Task("builder clears away what is old", clearing),
    ]


async def reap(state: BuilderState) -> int:
    """Put back, or end, what no worker holds any more; returns how many builds that were."""
    now = state.clock.now()
    async with state.database.reading() as session:
        if not await store.abandoned(session, now=now):
            return 0
    async with state.database.unit_of_work() as uow:
        abandoned = await store.abandoned(uow.session, now=now)
        for build in abandoned:
            _log.warning("worker_vanished", build_id=str(build.id), attempt=build.attempt)
            await actions.reap(uow, state.queue, build, attempts=state.settings.attempts, now=now)
    for build in abandoned:
        state.logs.bells.ring(build.id)
    return len(abandoned)


async def forget(state: BuilderState) -> None:
    """Delete old records with their logs, and logs that have no record."""
    settings = state.settings
    before = state.clock.now() - dt.timedelta(days=settings.keep_days)
    while True:
        async with state.database.unit_of_work() as uow:
            ids = await store.outdated(
                uow.session, before=before, keep=settings.keep_builds, limit=BATCH
            )
            await store.remove(uow.session, ids)
        await asyncio.to_thread(state.logs.remove, ids)
        if len(ids) < BATCH:
            return


async def clear_engine(state: BuilderState) -> None:
    """Remove images that dead workers left, and shrink the build cache."""
    if state.engines.facts is None:
        return  # no build needed the engine yet
    try:
        engine = await state.engines.engine()
        left = await engine.leftovers()
        async with state.database.reading() as session:
            running = {str(id) for id in await store.running(session)}
        await engine.remove(*(name for name in left if build_of(name) not in running))
        await engine.prune(keep_bytes=state.settings.cache_gib * GIB)
    except (EngineDown, BuildError) as error:
        _log.warning("engine_not_cleared", reason=str(error))
