"""What people do with build rules."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from boatyard.github_gateway.credentials import READ
from boatyard.github_gateway.dependencies import GatewayState
from boatyard.github_gateway.github import CommitFacts
from boatyard.github_gateway.projects import actions as projects
from boatyard.github_gateway.pushes import actions as pushes
from boatyard.github_gateway.pushes import commands
from boatyard.github_gateway.pushes.arrivals import Arrival
from boatyard.github_gateway.pushes.models import PushOrigin
from boatyard.github_gateway.refs import Ref, RefKind
from boatyard.github_gateway.rules import (
    Collision,
    Matched,
    Rule,
    RuleFault,
    collisions,
    parse_rule,
)
from boatyard.github_gateway.sources import store
from boatyard.github_gateway.sources.models import BuildRule, Source
from boatyard.github_gateway.sources.parsed import parsed
from boatyard.github_gateway.sources.schemas import Preview, PreviewedRef, RuleChange, RuleWish
from boatyard.github_gateway.versions import Commit, Version, VersionFault
from boatyard.shared.db import UnitOfWork
from boatyard.shared.errors import Conflict, Invalid, NotFound
from boatyard.shared.events import BuildCause, new_id

MAX_RULES = 50
MOST_PREVIEWED = 100
JUDGED = ("kind", "pattern", "versions", "override", "dockerfile", "context", "paths")


async def found(session: AsyncSession, source: Source, rule_id: UUID) -> BuildRule:
    """A rule of a source; NotFound if there is none."""
    row = await store.rule(session, source.repository_id, rule_id)
    if row is None:
        raise NotFound("rule-not-found", f"{source.repository} has no such build rule.")
    return row


async def add(
    uow: UnitOfWork, source: Source, wish: RuleWish, *, by: str | None, now: dt.datetime
) -> BuildRule:
    """Add a rule that was checked."""
    await store.lock(uow.session, source.id)
    if len(await store.rules(uow.session, source.repository_id)) >= MAX_RULES:
        raise Conflict("too-many-rules", f"A repository has {MAX_RULES} build rules at most.")
    source.rules_made += 1
    uow.session.add(source)
    row = BuildRule(
        repository_id=source.repository_id,
        number=source.rules_made,
        created_at=now,
        created_by=by,
        updated_at=now,
        **_columns(wish.model_dump()),
    )
    await check(uow.session, source, row)
    uow.session.add(row)
    await uow.session.flush()
    return row


async def change(
    uow: UnitOfWork, source: Source, row: BuildRule, wish: RuleChange, *, now: dt.datetime
) -> None:
    """Change a rule; switching it on again forgives its failures."""
    for name, value in _columns(wish.model_dump(exclude_none=True)).items():
        setattr(row, name, value)
    await check(uow.session, source, row)
    if wish.enabled is not None:
        row.failures, row.disabled_reason = 0, ""
    row.updated_at = now
    uow.session.add(row)
    await uow.session.flush()


async def delete(uow: UnitOfWork, source: Source, row: BuildRule) -> None:
    """Delete a rule, and cancel what waits or runs of it."""
    reason = "The build rule was deleted."
    await pushes.cancel_rule(uow, source.repository_id, [row], reason=reason)
    await store.delete_rule(uow.session, row)


async def check(session: AsyncSession, source: Source, row: BuildRule) -> None:
    """Refuse a rule that can't be used, or by which refs that are there would overwrite each other."""
    rule = _checked(row)
    row.dockerfile, row.context = rule.dockerfile, rule.context
    refs = {
        ref: known.sha
        for known in await store.known_refs(session, source.repository_id)
        if (ref := Ref.parse(known.ref)) is not None
    }
    clashes = _collisions(rule, refs, _today(row.updated_at))
    if clashes:
        raise Invalid.field("body.versions", f"{clashes[0]}: write what tells them apart into it")


def rule_of(wish: RuleWish) -> Rule:
    """The rule of a wish; Invalid names the field that is wrong."""
    fields = _columns(wish.model_dump())
    try:
        return parse_rule(**{name: fields[name] for name in (*JUDGED, "watch_context")})
    except RuleFault as fault:
        raise Invalid.field(f"body.{fault.field}", fault.reason) from fault


def preview(rule: Rule, refs: Mapping[Ref, str], *, now: dt.datetime, live: bool) -> Preview:
    """What a rule would do with these refs."""
    matching = [ref for ref in sorted(refs) if rule.matches(ref) is not None]
    clashes = _collisions(rule, refs, _today(now))
    return Preview(
        matches=[
            _previewed(rule, ref, refs[ref], _today(now)) for ref in matching[:MOST_PREVIEWED]
        ],
        total=len(matching),
        of=sum(ref.kind is rule.kind for ref in refs),
        collisions=[str(clash) for clash in clashes[:MOST_PREVIEWED]],
        live=live,
    )


async def build_now(
    state: GatewayState, source: Source, row: BuildRule, name: str | None, *, by: str | None
) -> UUID:
    """Order a build of a rule as things are now; the build's id."""
    ref = chosen_ref(row, name)
    if source.lost:
        raise Conflict("github-link-lost", source.lost)
    async with projects.github_problems(f"{ref}"):
        token = (await state.credentials.project(source, READ)).token
        project = await state.github.project_by_id(token, source.project_id)
        commit = await state.github.commit(token, project.full_name, ref.full)
    pushed_at = int((project.pushed_at or state.clock.now()).timestamp())
    arrival = asked_for(ref, commit, pushed_at=pushed_at, by=by)
    build_id = new_id()
    async with state.database.unit_of_work() as uow:
        await order_build(state, uow, source, row, arrival, build_id=build_id)
    return build_id


def chosen_ref(row: BuildRule, name: str | None) -> Ref:
    """The ref to build by a rule; Invalid if it has to be named, or if the rule does not match it."""
    rule = _checked(row)
    if name is None and not rule.pattern.exact:
        raise Invalid.field(
            "body.ref", f"is needed: the rule is about every {row.kind} {row.pattern}"
        )
    ref = Ref(RefKind(row.kind), row.pattern if name is None else name)
    if rule.matches(ref) is None:
        raise Invalid.field("body.ref", f"does not match the rule's {row.kind} {row.pattern}")
    return ref


async def order_build(
    state: GatewayState,
    uow: UnitOfWork,
    source: Source,
    row: BuildRule,
    arrival: Arrival,
    *,
    build_id: UUID,
) -> None:
    """Order a build that somebody asked for, and enter it into the ledger; AppError if no tag can be made."""
    try:
        outcome = Matched(_checked(row).versions(arrival.ref, arrival.commit))
    except VersionFault as fault:
        raise Conflict("no-version", f"No tag can be made: {fault}.") from fault
    refusal = await pushes.collision(uow.session, source, arrival.ref, outcome)
    if refusal is not None:
        raise Conflict("tag-collision", refusal.detail)
    push = await pushes.enter_manual(
        uow, source, row, arrival, outcome, build_id=build_id, now=state.clock.now()
    )
    uow.publish(
        commands.build_image(
            source,
            row,
            push,
            outcome.tags,
            id=build_id,
            cause=BuildCause.MANUAL,
            clone_url=state.github.addresses.clone_url(source.project),
            now=state.clock.now(),
        )
    )


def asked_for(ref: Ref, commit: CommitFacts, *, pushed_at: int, by: str | None) -> Arrival:
    """What is entered into the ledger where there was no push, but somebody who asked for a build."""
    return Arrival(
        ref=ref,
        sha=commit.sha,
        message=commit.message[:10_000],
        author=commit.author[:255],
        committed_at=commit.committed_at,
        pushed_at=pushed_at,
        origin=PushOrigin.MANUAL,
        pushed_by=by,
    )


def _checked(row: BuildRule) -> Rule:
    try:
        return parsed(row)
    except RuleFault as fault:
        raise Invalid.field(f"body.{fault.field}", fault.reason) from fault


def _columns(fields: dict[str, Any]) -> dict[str, Any]:
    return {("kind" if name == "type" else name): value for name, value in fields.items()}


def _collisions(rule: Rule, refs: Mapping[Ref, str], today: dt.date) -> list[Collision]:
    made: list[tuple[Ref, Version]] = []
    for ref, sha in sorted(refs.items()):
        if rule.matches(ref) is not None:
            try:
                made += [(ref, it) for it in rule.versions(ref, Commit(sha, today))]
            except VersionFault:
                continue  # such a ref is not built, and says why when it is pushed
    return collisions(made)


def _previewed(rule: Rule, ref: Ref, sha: str, today: dt.date) -> PreviewedRef:
    try:
        tags = [version.tag for version in rule.versions(ref, Commit(sha, today))]
    except VersionFault as fault:
        return PreviewedRef(name=ref.name, commit=sha, tags=[], fault=str(fault))
    return PreviewedRef(name=ref.name, commit=sha, tags=tags)


def _today(now: dt.datetime) -> dt.date:
    return now.astimezone(dt.UTC).date()
