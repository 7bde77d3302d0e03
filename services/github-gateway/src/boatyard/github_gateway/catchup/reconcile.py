"""Compares the refs of a source with what is known of them, and enters what nobody told of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from boatyard.github_gateway.credentials import READ, LinkLost
from boatyard.github_gateway.dependencies import GatewayState
from boatyard.github_gateway.github import (
    CommitFacts,
    GithubBusy,
    GithubDenied,
    GithubError,
    GithubMissing,
    GithubRefused,
    Project,
)
from boatyard.github_gateway.inbound.actions import changes_since
from boatyard.github_gateway.pushes import actions as pushes
from boatyard.github_gateway.pushes.arrivals import Arrival, Departure
from boatyard.github_gateway.pushes.models import PushOrigin
from boatyard.github_gateway.refs import Ref
from boatyard.github_gateway.rules import Rule, RuleFault
from boatyard.github_gateway.sources import actions as source_actions
from boatyard.github_gateway.sources import store as sources
from boatyard.github_gateway.sources.models import Source
from boatyard.github_gateway.sources.parsed import parsed
from boatyard.shared.logging import get_logger

MOST_COMMITS = 100
"""Refs that are looked up in one go; the rest follow at once, in the next."""
WORST_PAUSE = dt.timedelta(hours=1)
_log = get_logger("github-gateway")


@dataclass(frozen=True)
class Snapshot:
    """A project and its refs, all of them pushed at `project.pushed_at` or before, but for races."""

    project: Project
    refs: dict[Ref, str]
    token: str


async def reconcile(state: GatewayState, source: Source) -> int:
    """Compare once, and give the source back; returns how many pushes nobody had told of."""
    now = state.clock.now()
    regular = now + dt.timedelta(seconds=state.settings.reconcile_seconds)
    try:
        snapshot = await _look(state, source)
        found, more = await _enter(state, source, snapshot)
        values = {**_seen(snapshot.project), "reconciled_at": now}
        due_at = now if more else regular
    except GithubBusy as busy:
        found, values = 0, {}
        due_at = now + dt.timedelta(seconds=busy.retry_after + 1)
    except (LinkLost, GithubMissing, GithubDenied, GithubRefused) as lost:
        state.credentials.forget(source.project_id)
        found, values, due_at = 0, _failed(source, lost=str(lost)), now + _pause(state, source)
    except GithubError as error:
        _log.info("reconciling_waits", project=source.project, reason=str(error))
        found, values, due_at = 0, _failed(source, lost=source.lost), now + _pause(state, source)
    async with state.database.unit_of_work() as uow:
        await sources.release(uow.session, source, {**values, "due_at": due_at})
    return found


async def _look(state: GatewayState, source: Source) -> Snapshot:
    """The project first, its refs then: so none of the refs is taken for older than it is."""
    token = (await state.credentials.project(source, READ)).token
    project = await state.github.project_by_id(token, source.project_id)
    return Snapshot(project, await state.github.refs(token, project.full_name), token)


async def _enter(state: GatewayState, source: Source, snapshot: Snapshot) -> tuple[int, bool]:
    """Enter what differs; how much that was, and whether there is more."""
    if source.baseline_at is None:
        await _baseline(state, source, snapshot)
        return 0, False
    async with state.database.reading() as session:
        known = {
            row.ref: row.sha for row in await sources.known_refs(session, source.repository_id)
        }
        rules = await _rules(state, source)
    changed = [ref for ref, sha in sorted(snapshot.refs.items()) if known.get(ref.full) != sha]
    gone = [ref for full in known if (ref := Ref.parse(full)) and ref not in snapshot.refs]
    for ref in changed[:MOST_COMMITS]:
        matched = any(rule.matches(ref) is not None for rule in rules)
        await _arrive(state, source, snapshot, ref, known.get(ref.full, ""), look_up=matched)
    for ref in gone:
        await _depart(state, source, snapshot, ref, known[ref.full])
    return len(changed[:MOST_COMMITS]), len(changed) > MOST_COMMITS


async def _rules(state: GatewayState, source: Source) -> list[Rule]:
    found: list[Rule] = []
    async with state.database.reading() as session:
        for row in await sources.rules(session, source.repository_id):
            try:
                found.append(parsed(row))
            except RuleFault:
                continue
    return found


async def _arrive(
    state: GatewayState,
    source: Source,
    snapshot: Snapshot,
    ref: Ref,
    before: str,
    *,
    look_up: bool,
) -> None:
    sha, name = snapshot.refs[ref], snapshot.project.full_name
    commit = CommitFacts(sha, "", "", state.clock.now())
    if look_up:
        try:
            commit = await state.github.commit(snapshot.token, name, sha)
        except (
            GithubMissing,
            GithubRefused,
        ):  # a tag of a file or a tree: there is nothing to build
            await _note(state, source, snapshot, ref)
            return
    arrival = Arrival(
        ref=ref,
        sha=sha,
        message=commit.message[:10_000],
        author=commit.author[:255],
        committed_at=commit.committed_at,
        pushed_at=_pushed_at(state, snapshot),
        origin=PushOrigin.RECONCILE,
        before=before,
    )
    async with state.database.reading() as session:
        bases = await pushes.compared_from(session, source, arrival)
    changes = await changes_since(state, source, bases, sha) if bases else {}
    async with state.database.unit_of_work() as uow:
        outcome = await pushes.arrive(
            uow,
            source,
            arrival,
            changes,
            clone_url=state.github.addresses.clone_url(name),
            now=state.clock.now(),
        )
    if isinstance(outcome, pushes.Entered):
        _log.info("push_found", project=name, ref=ref.full, commit=sha)


async def _depart(
    state: GatewayState, source: Source, snapshot: Snapshot, ref: Ref, before: str
) -> None:
    departure = Departure(
        ref=ref,
        before=before,
        pushed_at=_pushed_at(state, snapshot),
        origin=PushOrigin.RECONCILE,
    )
    async with state.database.unit_of_work() as uow:
        await pushes.depart(uow, source, departure, now=state.clock.now())


async def _note(state: GatewayState, source: Source, snapshot: Snapshot, ref: Ref) -> None:
    """Know a ref from now on, without entering it."""
    async with state.database.unit_of_work() as uow:
        await source_actions.note_baseline(
            uow, source, {ref: snapshot.refs[ref]}, snapshot.project.pushed_at
        )


async def _baseline(state: GatewayState, source: Source, snapshot: Snapshot) -> None:
    async with state.database.unit_of_work() as uow:
        await source_actions.note_baseline(uow, source, snapshot.refs, snapshot.project.pushed_at)
        await sources.began(uow.session, source.id, at=state.clock.now())


def _pushed_at(state: GatewayState, snapshot: Snapshot) -> int:
    return int((snapshot.project.pushed_at or state.clock.now()).timestamp())


def _seen(project: Project) -> Mapping[str, Any]:
    return {
        "project": project.full_name,
        "private": project.private,
        "default_branch": project.default_branch,
        "lost": "",
        "failures": 0,
    }


def _failed(source: Source, *, lost: str) -> dict[str, Any]:
    return {"lost": lost[:300], "failures": source.failures + 1}


def _pause(state: GatewayState, source: Source) -> dt.timedelta:
    """Longer with every failure, up to an hour."""
    regular = dt.timedelta(seconds=state.settings.reconcile_seconds)
    doubled: int = 2 ** min(source.failures, 10)
    return min(regular * doubled, max(WORST_PAUSE, regular))
