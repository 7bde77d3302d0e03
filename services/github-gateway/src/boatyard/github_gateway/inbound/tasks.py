"""Works deliveries off: what they say is brought to the sources that it concerns."""

from __future__ import annotations

import asyncio
import datetime as dt
import zlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pydantic_core import from_json

from boatyard.github_gateway.dependencies import GatewayState
from boatyard.github_gateway.github import GithubBusy, GithubError
from boatyard.github_gateway.holding import LEASE, held
from boatyard.github_gateway.inbound import actions, store
from boatyard.github_gateway.inbound.facts import Fact, Nothing, Unreadable, translate
from boatyard.github_gateway.inbound.models import DeliveryState, Received
from boatyard.shared import tracing
from boatyard.shared.leases import finish
from boatyard.shared.logging import get_logger
from boatyard.shared.service import Task
from boatyard.shared.waiting import wait_for_any, wait_for_event

BATCH = 100
AT_ONCE = 8
ABOUT_A_PROJECT = (
    *("push", "create", "delete", "repository", "public"),
    *("check_run", "check_suite"),
)
GATHER_SECONDS = 0.02
"""How long those that just came wait for others, so that a storm is worked off in few transactions."""
POLL_SECONDS = 1.0
"""The backstop for a bell that another process rang."""
PAUSES = (1, 5, 20, 60, 300, 900)
"""Seconds until a delivery that could not be worked off is tried again."""
MOST_TRIES = 8
SWEEP_SECONDS = 3600.0
KEEP_BODIES = dt.timedelta(days=3)
_log = get_logger("github-gateway")


def tasks(state: GatewayState) -> list[Task]:
    """The working off, and the forgetting."""

    async def run(stop: asyncio.Event) -> None:
        while not stop.is_set():
            await asyncio.sleep(GATHER_SECONDS)
            state.bells.deliveries.clear()
            if await work_off(state) < BATCH:
                await wait_for_any((state.bells.deliveries, stop), POLL_SECONDS)

    async def sweep(stop: asyncio.Event) -> None:
        while not await wait_for_event(stop, SWEEP_SECONDS):
            await forget_old(state)

    return [
        Task("github-gateway works deliveries off", run),
        Task("github-gateway forgets deliveries", sweep),
    ]


async def work_off(state: GatewayState) -> int:
    """Work off the deliveries whose turn it is; returns how many there were."""
    now = state.clock.now()
    async with state.database.unit_of_work() as uow:
        taken = await store.claim_due(uow.session, now=now, lease=LEASE, limit=BATCH)
        foreign = await store.finish_foreign(
            uow.session,
            [_claim(row) for row in taken[:1]],
            events=ABOUT_A_PROJECT,
            reason=actions.FOREIGN,
            now=now,
        )
    async with held(state, taken):
        await _in_turn(state, [row for row in taken if row.id not in foreign])
    return len(taken)


async def _in_turn(state: GatewayState, rows: Sequence[Received]) -> None:
    """Those of one project one after the other, as they came; none waits for what is asked about another."""
    slots = asyncio.Semaphore(AT_ONCE)
    by_project: dict[int | UUID, list[Received]] = {}
    for row in rows:
        by_project.setdefault(row.project_id or row.id, []).append(row)

    async def one_by_one(those: list[Received]) -> None:
        async with slots:
            for row in those:
                with tracing.continued(row.trace, f"GitHub's {row.event} worked off"):
                    await _work_off_one(state, row)

    await asyncio.gather(*map(one_by_one, by_project.values()))


async def _work_off_one(state: GatewayState, row: Received) -> None:
    try:
        fact = translate(row.event, await _payload(state, row))
        await _apply(state, row, fact)
    except Unreadable as reason:
        await _finish(state, row, DeliveryState.IGNORED, str(reason))
    except Exception as error:
        await _again(state, row, error)


async def _apply(state: GatewayState, row: Received, fact: Fact) -> None:
    """Bring a fact to whom it concerns, and finish the delivery in the same transaction."""
    found = await actions.look_up(state, fact, row.guid)
    now = state.clock.now()
    async with state.database.unit_of_work() as uow:
        reason = await actions.apply(state, uow, fact, row.guid, found)
        ignored = isinstance(fact, Nothing)
        await finish(
            uow.session,
            Received,
            id=row.id,
            claim_id=_claim(row),
            values={
                "state": DeliveryState.IGNORED if ignored else DeliveryState.DONE,
                "reason": reason[:500],
                "due_at": None,
                "finished_at": now,
            },
        )
        uow.after_commit.append(state.bells.sources.set)


async def _again(state: GatewayState, row: Received, error: Exception) -> None:
    patience = PAUSES[min(row.tries, len(PAUSES) - 1)]
    if isinstance(error, GithubBusy):
        patience = max(patience, int(error.retry_after) + 1)
    if row.tries + 1 >= MOST_TRIES and not isinstance(error, GithubError):
        _log.error("delivery_failed", guid=row.guid, github_event=row.event, exc_info=error)
        await _finish(state, row, DeliveryState.FAILED, f"It failed: {type(error).__name__}.")
        return
    _log.warning("delivery_waits", guid=row.guid, github_event=row.event, exc_info=error)
    again = state.clock.now() + dt.timedelta(seconds=patience)
    values: dict[str, Any] = {"due_at": again, "tries": row.tries + 1, "reason": str(error)[:500]}
    await _write(state, row, values)


async def _finish(state: GatewayState, row: Received, outcome: DeliveryState, reason: str) -> None:
    values = {"state": outcome, "reason": reason[:500], "due_at": None}
    await _write(state, row, {**values, "finished_at": state.clock.now()})


async def _write(state: GatewayState, row: Received, values: dict[str, Any]) -> None:
    async with state.database.unit_of_work() as uow:
        await finish(uow.session, Received, id=row.id, claim_id=_claim(row), values=values)


def _claim(row: Received) -> Any:
    assert row.claim_id is not None  # noqa: S101 - it was claimed
    return row.claim_id


async def _payload(state: GatewayState, row: Received) -> dict[str, Any]:
    async with state.database.reading() as session:
        body = await store.body(session, row.id)
    if not body:
        raise Unreadable("what stood in it was dropped already")
    payload: dict[str, Any] = from_json(zlib.decompress(body))
    return payload


async def forget_old(state: GatewayState) -> None:
    """Forget what stood in finished deliveries, and later that there were any."""
    now = state.clock.now()
    async with state.database.unit_of_work() as uow:
        await store.drop_bodies(uow.session, before=now - KEEP_BODIES)
        await store.forget(
            uow.session, before=now - dt.timedelta(days=state.settings.keep_deliveries_days)
        )
