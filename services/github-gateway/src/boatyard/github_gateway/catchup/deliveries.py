"""Finds deliveries that failed, and gets them: GitHub itself never tries twice.

GitHub is asked to deliver again first. What fails even then, because GitHub does not reach us at all, is
fetched and taken in as if it had been delivered.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from boatyard.github_gateway.catchup import store
from boatyard.github_gateway.catchup.models import HookWatch
from boatyard.github_gateway.credentials import READ, LinkLost
from boatyard.github_gateway.dependencies import GatewayState
from boatyard.github_gateway.github import (
    GithubError,
    GithubMissing,
    GithubRefused,
    HookDelivery,
)
from boatyard.github_gateway.github.hookclient import APP_HOOK, project_hook
from boatyard.github_gateway.inbound import store as inbound
from boatyard.github_gateway.inbound.envelope import Envelope, concerns, read_letter
from boatyard.github_gateway.sources import store as sources
from boatyard.shared.logging import get_logger

REMEMBERED = dt.timedelta(days=3)
"""As long as GitHub can deliver again."""
OVERLAP = dt.timedelta(minutes=15)
"""A delivery may show in GitHub's list later than one that was made after it."""
MOST_AT_ONCE = 100
_log = get_logger("github-gateway")


@dataclass(frozen=True)
class Hook:
    """A webhook of ours at GitHub, and what reads its deliveries."""

    path: str
    token: str
    since: dt.datetime


async def catch_up(state: GatewayState) -> int:
    """Look through the deliveries of every webhook once; returns how many were missing."""
    missing = 0
    for hook in await _hooks(state):
        try:
            missing += await _look_through(state, hook)
        except GithubError as error:
            _log.warning("catching_up_waits", hook=hook.path, reason=str(error))
            await _note(state, hook, None, problem=str(error))
    return missing


async def _hooks(state: GatewayState) -> list[Hook]:
    app, now = await state.app.get(), state.clock.now()
    if app is None:
        return []
    if app.is_github_app:
        return [Hook(APP_HOOK, app.jwt(now), app.created_at)]
    async with state.database.reading() as session:
        rows = await sources.hooks(session)
    found: dict[str, Hook] = {}
    for source in rows:
        path = project_hook(source.project, source.hook_id or 0)
        try:
            token = (await state.credentials.project(source, READ)).token
        except (LinkLost, GithubError):
            continue
        found[path] = Hook(path, token, source.created_at)
    return list(found.values())


async def _look_through(state: GatewayState, hook: Hook) -> int:
    began = state.clock.now()
    async with state.database.reading() as session:
        watch = await store.watch(session, hook.path)
    since = max(hook.since - OVERLAP, began - REMEMBERED)
    if watch is not None:
        since = max(since, watch.seen_until - OVERLAP)
    failed = await _failed(state, hook, since)
    for delivery in failed[:MOST_AT_ONCE]:
        await _get(state, hook, delivery)
    left = [delivery.delivered_at for delivery in failed]
    await _note(state, hook, min([began, *left]), problem="")
    return len(failed)


async def _failed(state: GatewayState, hook: Hook, since: dt.datetime) -> list[HookDelivery]:
    """What concerns us, never got through and is not here either; the oldest first."""
    failed: dict[str, HookDelivery] = {}
    arrived: set[str] = set()
    async for delivery in state.github.hooks.deliveries(hook.token, hook.path):
        if delivery.delivered_at < since:
            break
        if delivery.ok:
            arrived.add(delivery.guid)
        elif concerns(delivery.event, delivery.action):
            failed[delivery.guid] = delivery
    missing = [delivery for guid, delivery in failed.items() if guid not in arrived]
    here = await _stored(state, [delivery.guid for delivery in missing])
    return [delivery for delivery in missing[::-1] if delivery.guid not in here]


async def _stored(state: GatewayState, guids: Sequence[str]) -> set[str]:
    found: set[str] = set()
    async with state.database.reading() as session:
        for start in range(0, len(guids), 500):
            found |= await inbound.stored(session, guids[start : start + 500])
    return found


async def _get(state: GatewayState, hook: Hook, delivery: HookDelivery) -> None:
    async with state.database.reading() as session:
        times = (await store.reminded(session, [delivery.guid])).get(delivery.guid, 0)
    try:
        if times == 0:
            await state.github.hooks.redeliver(hook.token, hook.path, delivery.id)
        else:
            await _fetch(state, hook, delivery)
    except (GithubMissing, GithubRefused) as error:
        _log.warning("delivery_lost", guid=delivery.guid, reason=str(error))
    async with state.database.unit_of_work() as uow:
        await store.note_reminder(
            uow.session, delivery.guid, times=times + 1, now=state.clock.now()
        )


async def _fetch(state: GatewayState, hook: Hook, delivery: HookDelivery) -> None:
    content = await state.github.hooks.content(hook.token, hook.path, delivery.id)
    envelope = Envelope(delivery.guid, content.event, None)
    taken = await state.intake.take(envelope, read_letter(content.payload, "application/json"))
    _log.info("delivery_fetched", guid=delivery.guid, github_event=content.event, taken=taken)


async def _note(
    state: GatewayState, hook: Hook, until: dt.datetime | None, *, problem: str
) -> None:
    now = state.clock.now()
    async with state.database.unit_of_work() as uow:
        before = await store.watch(uow.session, hook.path)
        seen = until or (before.seen_until if before else hook.since)
        row = HookWatch(hook=hook.path, seen_until=seen, checked_at=now, problem=problem[:300])
        await store.note_watch(uow.session, row)
        await store.forget(uow.session, before=now - 2 * REMEMBERED)
