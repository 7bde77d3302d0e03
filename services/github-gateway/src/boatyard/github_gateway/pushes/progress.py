"""What builder makes known of builds: it goes into the ledger, to GitHub, and into what rules count from."""

from __future__ import annotations

from boatyard.github_gateway.dependencies import GatewayState
from boatyard.github_gateway.pushes import store
from boatyard.github_gateway.pushes.arrivals import progress_ref
from boatyard.github_gateway.pushes.models import Verdict
from boatyard.github_gateway.refs import Ref
from boatyard.github_gateway.sources import store as sources
from boatyard.github_gateway.sources.models import BuildRule
from boatyard.github_gateway.sources.parsed import label
from boatyard.github_gateway.statuses import store as statuses
from boatyard.github_gateway.statuses.texts import (
    BuildEvent,
    context,
    shown,
    started_at,
    status_of,
    summary,
    target,
)
from boatyard.shared.db import UnitOfWork
from boatyard.shared.events import BuildFinished, BuildStatus, new_id

_RANKS = {BuildStatus.QUEUED: 0, BuildStatus.BUILDING: 1}
_OVER = 2


async def note(state: GatewayState, uow: UnitOfWork, event: BuildEvent) -> None:
    """Note where a build is; of what is known already, or was overtaken, nothing changes."""
    verdict = await _verdict(uow, event)
    if verdict is not None and _is_newer(verdict, event):
        await _write(state, uow, verdict, event)
    row = await _rule(uow, event)
    name = label(row) if row is not None else verdict.rule if verdict is not None else None
    if name is not None:
        await _show(state, uow, event, name)
    if row is not None:
        await _count(state, uow, row, event)
    if isinstance(event, BuildFinished) and event.status is BuildStatus.SUCCEEDED:
        await _progress(uow, event)


async def _verdict(uow: UnitOfWork, event: BuildEvent) -> Verdict | None:
    """The verdict that made the build; of one that was asked for again, that of its push."""
    found = await store.verdict_of_build(uow.session, event.build_id)
    if found is not None or event.rule_id is None:
        return found
    return await store.verdict_of(
        uow.session,
        event.repository_id,
        event.rule_id,
        ref=event.source.ref,
        sha=event.source.commit,
    )


def _is_newer(verdict: Verdict, event: BuildEvent) -> bool:
    number = verdict.build_number or 0
    if event.number != number:
        return event.number > number
    before = BuildStatus(verdict.build_status) if verdict.build_status else BuildStatus.QUEUED
    return _rank(status_of(event)) >= _rank(before)


def _rank(status: BuildStatus) -> int:
    return _RANKS.get(status, _OVER)


async def _write(state: GatewayState, uow: UnitOfWork, verdict: Verdict, event: BuildEvent) -> None:
    finished = event if isinstance(event, BuildFinished) else None
    values = {
        "build_id": event.build_id,
        "build_number": event.number,
        "build_status": status_of(event),
        "build_reason": (finished.reason or "")[:100] or None if finished else None,
        "build_detail": finished.detail if finished else "",
        "tags": list(event.tags),
        "changed_at": state.clock.now(),
    }
    await store.update_verdict(uow.session, verdict, values)


async def _rule(uow: UnitOfWork, event: BuildEvent) -> BuildRule | None:
    if event.rule_id is None:
        return None
    return await sources.rule(uow.session, event.repository_id, event.rule_id)


async def _show(state: GatewayState, uow: UnitOfWork, event: BuildEvent, name: str) -> None:
    source = await sources.source(uow.session, event.repository_id)
    if source is None or source.project != event.source.project:
        return
    status, now = shown(event), state.clock.now()
    row = {
        "id": new_id(),
        "due_at": now,
        "claim_id": None,
        "lease_until": None,
        "repository_id": event.repository_id,
        "project_id": source.project_id,
        "sha": event.source.commit,
        "context": context(event.repository, name),
        "state": status.state,
        "description": status.description,
        "target_url": target(state.settings.public_url, event.repository, event.number)[:500],
        "number": event.number,
        "rank": status.rank,
        "version": 1,
        "sent": 0,
        "tries": 0,
        "problem": "",
        "changed_at": now,
        "build_id": event.build_id,
        "build_status": status_of(event),
        "summary": summary(event, state.settings.registry_host),
        "started_at": started_at(event),
        "completed_at": event.occurred_at if isinstance(event, BuildFinished) else None,
    }
    await statuses.put(uow.session, row)
    if state.bells.statuses.set not in uow.after_commit:
        uow.after_commit.append(state.bells.statuses.set)


async def _count(state: GatewayState, uow: UnitOfWork, row: BuildRule, event: BuildEvent) -> None:
    """Note a rule's newest build; a rule that only fails, by its people's own faults, is switched off."""
    if event.number >= row.last_number:
        row.last_number, row.last_status = event.number, status_of(event)
    if isinstance(event, BuildFinished):
        if event.status is BuildStatus.SUCCEEDED:
            row.failures = 0
        elif event.user_error and event.status in (BuildStatus.FAILED, BuildStatus.TIMED_OUT):
            row.failures += 1
            most = state.settings.disable_rule_after
            if row.enabled and 0 < most <= row.failures:
                row.enabled = False
                row.disabled_reason = (
                    f"Switched off after {row.failures} failed builds in a row, the last: "
                    f"{event.detail or event.reason}"
                )[:300]
    uow.session.add(row)


async def _progress(uow: UnitOfWork, event: BuildFinished) -> None:
    ref = Ref.parse(event.source.ref)
    if ref is not None and event.rule_id is not None:
        await sources.note_progress(
            uow.session,
            {
                "rule_id": event.rule_id,
                "ref": progress_ref(ref),
                "sha": event.source.commit,
                "push_order": event.order,
            },
        )
