"""What a fact of GitHub's changes here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from boatyard.github_gateway.accounts import store as accounts
from boatyard.github_gateway.credentials import READ, LinkLost
from boatyard.github_gateway.dependencies import GatewayState
from boatyard.github_gateway.inbound import reruns
from boatyard.github_gateway.inbound.facts import (
    AuthorizationRevoked,
    CheckRerequested,
    ChecksRerequested,
    Fact,
    HookGone,
    InstallationBack,
    InstallationGone,
    Nothing,
    ProjectChanged,
    ProjectGone,
    ProjectsWithdrawn,
    RefDeleted,
    RefPushed,
    RefsMayDiffer,
)
from boatyard.github_gateway.pushes import actions as pushes
from boatyard.github_gateway.pushes.arrivals import Arrival, Changes, Departure
from boatyard.github_gateway.pushes.models import PushOrigin
from boatyard.github_gateway.sources import store as sources
from boatyard.github_gateway.sources.models import Source
from boatyard.shared.db import UnitOfWork

AFTER_A_PUSH = dt.timedelta(seconds=30)
"""How long after a push its project is compared: tags that came along may not have been told of."""
AFTER_A_HINT = dt.timedelta(seconds=10)
"""How long a push has to arrive after the event that goes with it."""
FOREIGN = "No repository is built from this project."
REVOKED = "The authorization was taken back at GitHub: link the account again."


@dataclass(frozen=True)
class Found:
    """What was looked up at GitHub, by source."""

    changes: Mapping[UUID, Changes] = field(default_factory=dict)
    commits: reruns.Commits = field(default_factory=dict)


async def look_up(state: GatewayState, fact: Fact, guid: str) -> Found:
    """Ask GitHub what has to be known before a fact is applied."""
    match fact:
        case RefPushed():
            return Found(changes=await _changes(state, fact, guid))
        case CheckRerequested() | ChecksRerequested():
            return Found(commits=await reruns.commits(state, fact))
        case _:
            return Found()


async def _changes(state: GatewayState, fact: RefPushed, guid: str) -> Mapping[UUID, Changes]:
    """What changed, for rules with a path filter."""
    arrival = arrival_of(fact, guid)
    async with state.database.reading() as session:
        wanted = [
            (source, await pushes.compared_from(session, source, arrival))
            for source in await sources.sources_of(session, fact.project_id)
        ]
    return {
        source.id: await changes_since(state, source, bases, fact.sha)
        for source, bases in wanted
        if bases
    }


async def changes_since(
    state: GatewayState, source: Source, bases: Mapping[UUID, str], head: str
) -> Changes:
    """What changed since the commits that rules were last built of."""
    try:
        token = (await state.credentials.project(source, READ)).token
    except LinkLost:
        return {}  # rather a build too many than one too few
    looked_up = {
        base: await state.github.changed_files(token, source.project, base, head)
        for base in set(bases.values())
    }
    return {rule_id: looked_up[base] for rule_id, base in bases.items()}


async def apply(state: GatewayState, uow: UnitOfWork, fact: Fact, guid: str, found: Found) -> str:
    """Bring a fact to the sources it concerns; returns what came of it, in words for the record."""
    match fact:
        case RefPushed():
            return await _pushed(state, uow, fact, guid, found)
        case RefDeleted():
            return await _deleted(state, uow, fact, guid)
        case CheckRerequested() | ChecksRerequested():
            return await reruns.build_again(state, uow, fact, guid, found.commits)
        case RefsMayDiffer():
            return await _look_soon(state, uow, fact.project_id, after=AFTER_A_HINT)
        case Nothing():
            return fact.why
        case _:
            return await _changed(state, uow, fact)


async def _pushed(
    state: GatewayState, uow: UnitOfWork, fact: RefPushed, guid: str, found: Found
) -> str:
    builds = entered = 0
    affected = await sources.sources_of(uow.session, fact.project_id)
    for source in affected:
        outcome = await pushes.arrive(
            uow,
            source,
            arrival_of(fact, guid),
            found.changes.get(source.id, {}),
            clone_url=state.github.addresses.clone_url(source.project),
            now=state.clock.now(),
        )
        if isinstance(outcome, pushes.Entered):
            entered, builds = entered + 1, builds + len(outcome.builds)
    await _look_soon(state, uow, fact.project_id, after=AFTER_A_PUSH)
    if not affected:
        return FOREIGN
    return f"{builds} builds." if entered else "This push was known already."


async def _deleted(state: GatewayState, uow: UnitOfWork, fact: RefDeleted, guid: str) -> str:
    departure = Departure(
        ref=fact.ref,
        before=fact.before,
        pushed_at=fact.pushed_at,
        origin=PushOrigin.GITHUB,
        pushed_by=fact.pushed_by,
        delivery=guid,
    )
    for source in await sources.sources_of(uow.session, fact.project_id):
        await pushes.depart(uow, source, departure, now=state.clock.now())
    return f"The {fact.ref} is gone."


async def _look_soon(
    state: GatewayState, uow: UnitOfWork, project_id: int, *, after: dt.timedelta
) -> str:
    at = state.clock.now() + after
    await sources.make_due(uow.session, col(Source.project_id) == project_id, at=at)
    return "The refs of the project are compared soon."


async def _changed(state: GatewayState, uow: UnitOfWork, fact: Fact) -> str:
    """Facts about projects, installations and people."""
    session, project = uow.session, col(Source.project_id)
    match fact:
        case ProjectChanged():
            await sources.update_sources(
                session,
                project == fact.project_id,
                {
                    "project": fact.full_name,
                    "private": fact.private,
                    "default_branch": fact.default_branch,
                },
            )
            return await _look_soon(state, uow, fact.project_id, after=AFTER_A_HINT)
        case ProjectGone():
            return await _lose(
                uow, project == fact.project_id, "The project was deleted at GitHub."
            )
        case ProjectsWithdrawn():
            state_of_it = "The GitHub App does not see the project any more: add it there again."
            return await _lose(uow, project.in_(fact.project_ids), state_of_it)
        case InstallationGone():
            installation = col(Source.installation_id) == fact.installation_id
            return await _lose(uow, installation, f"{fact.reason} Install it again.")
        case InstallationBack():
            state.credentials.ask_again(fact.installation_id)
            return await _look_again(state, uow)
        case AuthorizationRevoked():
            return await _revoke(uow, fact.github_id)
        case HookGone():
            hook = col(Source.hook_id) == fact.hook_id
            await sources.update_sources(session, hook, {"hook_id": None})
            return "The webhook is gone; comparing refs goes on."
    return "There is nothing to do."


async def _lose(uow: UnitOfWork, condition: sa.ColumnElement[bool], reason: str) -> str:
    await sources.update_sources(uow.session, condition, {"lost": reason})
    return reason


async def _look_again(state: GatewayState, uow: UnitOfWork) -> str:
    await sources.make_due(uow.session, col(Source.lost) != "", at=state.clock.now())
    return "What could not be seen is looked for again."


async def _revoke(uow: UnitOfWork, github_id: int) -> str:
    for account in await accounts.accounts_of(uow.session, github_id):
        await accounts.mark_lost(uow.session, account.account_id, REVOKED)
    return REVOKED


def arrival_of(fact: RefPushed, guid: str) -> Arrival:
    """A push that GitHub told of."""
    return Arrival(
        ref=fact.ref,
        sha=fact.sha,
        message=fact.message,
        author=fact.author,
        committed_at=fact.committed_at,
        pushed_at=fact.pushed_at,
        origin=PushOrigin.GITHUB,
        before=fact.before,
        pushed_by=fact.pushed_by,
        delivery=guid,
    )
