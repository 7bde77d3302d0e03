"""A push becomes an entry of the ledger, and builds.

However a push becomes known, by a delivery, by comparing refs, or by both and twice, it ends here, and what was
known already changes nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from boatyard.github_gateway.pushes import commands, store
from boatyard.github_gateway.pushes.arrivals import (
    ORDERS_A_SECOND,
    Arrival,
    Changes,
    Departure,
    build_id,
    group,
    progress_ref,
)
from boatyard.github_gateway.pushes.models import Push, PushOrigin, Verdict
from boatyard.github_gateway.refs import ZERO, Ref
from boatyard.github_gateway.rules import Matched, RuleFault, Skipped, SkipReason, judge
from boatyard.github_gateway.sources import store as sources
from boatyard.github_gateway.sources.models import BuildRule, KnownRef, Source
from boatyard.github_gateway.sources.parsed import label, parsed
from boatyard.shared.db import UnitOfWork
from boatyard.shared.events import BuildCause, BuildImage, CancelBuilds

CAUSES = {PushOrigin.GITHUB: BuildCause.PUSH, PushOrigin.RECONCILE: BuildCause.RECONCILE}


@dataclass(frozen=True)
class Entered:
    """A push is in the ledger now."""

    push_id: UUID
    builds: tuple[UUID, ...]


@dataclass(frozen=True)
class Known:
    """It was there before, or something newer about the ref was."""


async def arrive(
    uow: UnitOfWork,
    source: Source,
    arrival: Arrival,
    changes: Changes,
    *,
    clone_url: str,
    now: dt.datetime,
) -> Entered | Known:
    """Enter that a ref came to point at a commit, and order the builds that the rules make of it."""
    session = uow.session
    await sources.lock(session, source.id)
    known = await sources.known_ref(session, source.repository_id, arrival.ref.full)
    goes_on = known is None or known.sha == arrival.before
    successor = None if goes_on else (arrival.ref.full, arrival.sha)
    order = await _order(session, source, arrival.pushed_at, successor=successor)
    generation = await _generation(session, source, arrival, known, order)
    if known is None or order > known.order:
        await _note(session, source, arrival.ref, arrival.sha, order)
    if generation is None:
        return Known()
    push = _push(source, arrival, order=order, generation=generation, now=now)
    session.add(push)
    await session.flush()
    builds: list[UUID] = []
    for row in await sources.rules(session, source.repository_id):
        outcome = await _judge(session, source, row, arrival, changes)
        verdict = _verdict(push, row, outcome, now)
        if isinstance(outcome, Matched):
            order_build = _command(source, row, push, outcome, arrival, clone_url=clone_url)
            await _claim(session, source, arrival.ref, outcome)
            uow.publish(order_build)
            verdict.build_id = order_build.id
            builds.append(order_build.id)
        session.add(verdict)
    return Entered(push.id, tuple(builds))


def _command(
    source: Source,
    row: BuildRule,
    push: Push,
    outcome: Matched,
    arrival: Arrival,
    *,
    clone_url: str,
) -> BuildImage:
    """The build that a push makes by a rule, under the id that it has however often it is heard of."""
    id = build_id(source.repository_id, arrival.ref, arrival.sha, row.id, push.generation or 0)
    return commands.build_image(
        source,
        row,
        push,
        outcome.tags,
        id=id,
        cause=CAUSES[arrival.origin],
        clone_url=clone_url,
        now=push.at,
    )


async def enter_manual(
    uow: UnitOfWork,
    source: Source,
    row: BuildRule,
    arrival: Arrival,
    outcome: Matched,
    *,
    build_id: UUID,
    now: dt.datetime,
) -> Push:
    """Enter that somebody asked for a build, whatever was built of the commit before."""
    order = arrival.order
    if order is None:
        order = await _order(uow.session, source, arrival.pushed_at)
    push = _push(source, arrival, order=order, generation=None, now=now)
    uow.session.add(push)
    await uow.session.flush()
    verdict = _verdict(push, row, outcome, now)
    verdict.build_id = build_id
    uow.session.add(verdict)
    await _claim(uow.session, source, arrival.ref, outcome)
    return push


async def depart(
    uow: UnitOfWork, source: Source, departure: Departure, *, now: dt.datetime
) -> Entered | Known:
    """Enter that a ref is gone: what waits or runs of it is canceled."""
    session = uow.session
    await sources.lock(session, source.id)
    known = await sources.known_ref(session, source.repository_id, departure.ref.full)
    newest = (departure.pushed_at + 1) * ORDERS_A_SECOND
    if known is None or known.order >= newest:
        return Known()
    order = await _order(session, source, departure.pushed_at)
    await sources.forget_ref(session, source.repository_id, departure.ref.full)
    push = Push(
        repository_id=source.repository_id,
        project=source.project,
        ref=departure.ref.full,
        before=departure.before,
        sha=ZERO,
        order=order,
        origin=departure.origin,
        pushed_by=departure.pushed_by,
        delivery=departure.delivery,
        at=now,
    )
    session.add(push)
    await session.flush()
    for row in await sources.rules(session, source.repository_id):
        if _matches(row, departure.ref):
            reason = f"The {departure.ref} was deleted at GitHub."
            uow.publish(CancelBuilds(group=group(row.id, departure.ref), reason=reason))
            session.add(_verdict(push, row, Skipped(SkipReason.REF_DELETED, reason), now))
    return Entered(push.id, ())


async def compared_from(session: AsyncSession, source: Source, arrival: Arrival) -> dict[UUID, str]:
    """The commits from which changes are to be looked up for an arrival, by rule."""
    matching: list[BuildRule] = []
    for row in await sources.rules(session, source.repository_id):
        try:
            rule = parsed(row)
        except RuleFault:
            continue
        outcome = judge(rule, arrival.ref, arrival.commit, arrival.message)
        if row.enabled and rule.filtered and isinstance(outcome, Matched):
            matching.append(row)
    last = await sources.progress(session, [row.id for row in matching], progress_ref(arrival.ref))
    return {rule_id: progress.sha for rule_id, progress in last.items()}


async def cancel_rule(
    uow: UnitOfWork, repository_id: UUID, rules: Sequence[BuildRule], *, reason: str
) -> None:
    """Cancel what waits or runs of rules that are gone."""
    for row in rules:
        for full in await store.unfinished_refs(
            uow.session, repository_id, row.id, unfinished=commands.UNFINISHED
        ):
            ref = Ref.parse(full)
            if ref is not None:
                uow.publish(CancelBuilds(group=group(row.id, ref), reason=reason))


async def _order(
    session: AsyncSession,
    source: Source,
    pushed_at: int,
    *,
    successor: tuple[str, str] | None = None,
) -> int:
    """The place of a push among those of its project.

    Those of one second are counted from its middle on as they come; but one that another began from, as ref and
    commit of `successor` tell, goes before that, in whatever order GitHub delivered them.
    """
    least = pushed_at * ORDERS_A_SECOND
    below = least + ORDERS_A_SECOND
    if successor is not None:
        after = await store.order_after(
            session, source.repository_id, *successor, least=least, below=below
        )
        if after is not None:
            return max(after - 1, least)
    last = await store.last_order(session, source.repository_id, least=least, below=below - 1)
    return least + ORDERS_A_SECOND // 2 if last is None else last + 1


async def _generation(
    session: AsyncSession, source: Source, arrival: Arrival, known: KnownRef | None, order: int
) -> int | None:
    """How often the ref came to this commit before; None if that is no news."""
    if known is not None and known.sha == arrival.sha:
        return None
    last = await store.last_generation(session, source.repository_id, arrival.ref.full, arrival.sha)
    if last is None:
        return 0
    returned = known is None or order > known.order
    return last + 1 if returned else None


async def _note(session: AsyncSession, source: Source, ref: Ref, sha: str, order: int) -> None:
    row = {"repository_id": source.repository_id, "ref": ref.full, "sha": sha, "push_order": order}
    await sources.note_refs(session, [row])


def _push(
    source: Source, arrival: Arrival, *, order: int, generation: int | None, now: dt.datetime
) -> Push:
    return Push(
        repository_id=source.repository_id,
        project=source.project,
        ref=arrival.ref.full,
        before=arrival.before,
        sha=arrival.sha,
        generation=generation,
        order=order,
        origin=arrival.origin,
        pushed_by=arrival.pushed_by,
        author=arrival.author,
        message=arrival.message,
        delivery=arrival.delivery,
        at=now,
    )


def _verdict(push: Push, row: BuildRule, outcome: Matched | Skipped, now: dt.datetime) -> Verdict:
    verdict = Verdict(push_id=push.id, rule_id=row.id, rule=label(row), changed_at=now)
    if isinstance(outcome, Skipped):
        verdict.reason, verdict.detail = outcome.reason, outcome.detail
    else:
        verdict.tags = list(outcome.tags)
    return verdict


async def _judge(
    session: AsyncSession, source: Source, row: BuildRule, arrival: Arrival, changes: Changes
) -> Matched | Skipped:
    try:
        rule = parsed(row)
    except RuleFault as fault:
        return Skipped(SkipReason.NO_VERSION, f"The rule can't be used any more: {fault}.")
    outcome = judge(rule, arrival.ref, arrival.commit, arrival.message)
    if isinstance(outcome, Skipped):
        return outcome
    if not source.enabled:
        return Skipped(SkipReason.BUILDS_OFF, "Continuous builds of this repository are off.")
    if not row.enabled:
        return Skipped(SkipReason.RULE_DISABLED, row.disabled_reason or "The rule is switched off.")
    changed = changes.get(row.id)
    if rule.filtered and changed is not None and not rule.concerned(changed):
        since = "since its last successful build"
        return Skipped(
            SkipReason.PATHS_UNCHANGED, f"No file that the rule watches changed {since}."
        )
    return await collision(session, source, arrival.ref, outcome) or outcome


async def collision(
    session: AsyncSession, source: Source, ref: Ref, outcome: Matched
) -> Skipped | None:
    """The refusal if another ref has one of these versions, and meets it only by escaping."""
    wanted = {version.version: version for version in outcome.versions}
    for held in (await sources.claims(session, source.repository_id, list(wanted))).values():
        if held.raw != wanted[held.version].raw and held.ref != ref.full:
            other = Ref.parse(held.ref)
            return Skipped(
                SkipReason.TAG_COLLISION,
                f"The version {held.version} belongs to the {other} ({held.raw}): this one "
                f"({wanted[held.version].raw}) would overwrite it. Give them different versions.",
            )
    return None


async def _claim(session: AsyncSession, source: Source, ref: Ref, outcome: Matched) -> None:
    rows = {
        version.version: {
            "repository_id": source.repository_id,
            "version": version.version,
            "raw": version.raw,
            "ref": ref.full,
        }
        for version in outcome.versions
    }
    await sources.note_claims(session, list(rows.values()))


def _matches(row: BuildRule, ref: Ref) -> bool:
    try:
        return parsed(row).matches(ref) is not None
    except RuleFault:
        return False
