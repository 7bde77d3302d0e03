"""Tells GitHub where the builds of commits are: the newest of each, as soon as GitHub takes it."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

from boatyard.github_gateway.credentials import LinkLost
from boatyard.github_gateway.dependencies import GatewayState
from boatyard.github_gateway.github import (
    GithubBusy,
    GithubDenied,
    GithubError,
    GithubMissing,
    GithubRefused,
)
from boatyard.github_gateway.holding import LEASE, held
from boatyard.github_gateway.statuses import store
from boatyard.github_gateway.statuses.models import StatusRow
from boatyard.github_gateway.statuses.sending import send
from boatyard.shared.logging import get_logger
from boatyard.shared.service import Task
from boatyard.shared.waiting import wait_for_any, wait_for_event

BATCH = 16
POLL_SECONDS = 1.0
PAUSES = (2, 10, 60, 300, 900, 3600)
MOST_TRIES = 30
"""About a day."""
SWEEP_SECONDS = 3600.0
_log = get_logger("github-gateway")


def tasks(state: GatewayState) -> list[Task]:
    """The telling, and the forgetting."""

    async def run(stop: asyncio.Event) -> None:
        while not stop.is_set():
            state.bells.statuses.clear()
            if await tell_due(state) < BATCH:
                await wait_for_any((state.bells.statuses, stop), POLL_SECONDS)

    async def sweep(stop: asyncio.Event) -> None:
        while not await wait_for_event(stop, SWEEP_SECONDS):
            before = state.clock.now() - dt.timedelta(days=state.settings.keep_deliveries_days)
            async with state.database.unit_of_work() as uow:
                await store.forget(uow.session, before=before)

    return [
        Task("github-gateway tells commit statuses", run),
        Task("github-gateway forgets commit statuses", sweep),
    ]


async def tell_due(state: GatewayState) -> int:
    """Tell the statuses that are due, those of one commit one after the other; returns how many there were."""
    async with state.database.unit_of_work() as uow:
        rows = await store.claim_due(uow.session, now=state.clock.now(), lease=LEASE, limit=BATCH)
    async with held(state, rows):
        await asyncio.gather(*(_tell(state, row) for row in rows))
    return len(rows)


async def _tell(state: GatewayState, row: StatusRow) -> None:
    now = state.clock.now()
    values: dict[str, Any]
    try:
        shown = await send(state, row)
        values = {"due_at": None, "sent": row.version, "tries": 0, "problem": "", **shown}
    except GithubBusy as busy:
        until = now + dt.timedelta(seconds=busy.retry_after + 1)
        async with state.database.unit_of_work() as uow:
            await store.postpone(uow.session, row.project_id, until=until)
        values = {"due_at": until, "problem": str(busy)[:300]}
    except (GithubMissing, GithubRefused, LinkLost) as final:
        _log.info("status_given_up", context=row.context, sha=row.sha, reason=str(final))
        values = {"due_at": None, "problem": str(final)[:300]}
    except GithubError as error:
        if isinstance(error, GithubDenied):
            state.credentials.forget(row.project_id)
        pause = PAUSES[min(row.tries, len(PAUSES) - 1)]
        given_up = row.tries + 1 >= MOST_TRIES
        again = None if given_up else now + dt.timedelta(seconds=pause)
        values = {"due_at": again, "tries": row.tries + 1, "problem": str(error)[:300]}
    async with state.database.unit_of_work() as uow:
        await store.told(uow.session, row, values)
