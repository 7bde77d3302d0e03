"""Somebody pressed "Re-run" at GitHub: what was built of the commit is built again, as by "build now" here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID, uuid5

from sqlalchemy.ext.asyncio import AsyncSession

from boatyard.github_gateway.credentials import READ, LinkLost
from boatyard.github_gateway.dependencies import GatewayState
from boatyard.github_gateway.github import CommitFacts, GithubMissing, GithubRefused
from boatyard.github_gateway.inbound.facts import CheckRerequested, ChecksRerequested
from boatyard.github_gateway.pushes import store as pushes
from boatyard.github_gateway.pushes.arrivals import BUILDS, ORDERS_A_SECOND
from boatyard.github_gateway.pushes.models import Push, Verdict
from boatyard.github_gateway.refs import Ref
from boatyard.github_gateway.sources import ruleactions
from boatyard.github_gateway.sources import store as sources
from boatyard.github_gateway.sources.models import Source
from boatyard.shared.db import UnitOfWork
from boatyard.shared.errors import AppError
from boatyard.shared.events import RecordAction

Rerun = CheckRerequested | ChecksRerequested
Commits = Mapping[UUID, CommitFacts]
"""The commit in question as GitHub shows it now, by source."""
NOTHING = "No such build is known here, or GitHub does not show its commit any more."


@dataclass(frozen=True)
class Built:
    """What was built once: of which push, and by which rule."""

    source: Source
    push: Push
    verdict: Verdict


async def commits(state: GatewayState, fact: Rerun) -> Commits:
    """Ask GitHub for the commit that is to be built again; nothing for a check of another App."""
    app = await state.app.get()
    if app is None or app.app_id not in (None, fact.app_id):
        return {}
    async with state.database.reading() as session:
        built = await _built(session, fact)
    shas = {it.source.id: (it.source, it.push.sha) for it in built if not it.source.lost}
    found: dict[UUID, CommitFacts] = {}
    for source, sha in shas.values():
        try:
            token = (await state.credentials.project(source, READ)).token
            found[source.id] = await state.github.commit(token, source.project, sha)
        except (LinkLost, GithubMissing, GithubRefused):
            continue  # the source says what is lost; a commit that is gone can't be built
    return found


async def build_again(
    state: GatewayState, uow: UnitOfWork, fact: Rerun, guid: str, commits: Commits
) -> str:
    """Order the builds anew, each once for a delivery; what came of it, in words for the record."""
    outcomes = [
        await _again(state, uow, built, commits[built.source.id], by=fact.by, guid=guid)
        for built in await _built(uow.session, fact)
        if built.source.id in commits
    ]
    return " ".join(dict.fromkeys(outcomes)) or NOTHING


async def _built(session: AsyncSession, fact: Rerun) -> Sequence[Built]:
    """The builds that are meant, in the repositories that are built from this project."""
    found: list[Built] = []
    for source in await sources.sources_of(session, fact.project_id):
        entries = (
            await pushes.built_as(session, source.repository_id, fact.build_id)
            if isinstance(fact, CheckRerequested)
            else await pushes.built_of(session, source.repository_id, fact.sha)
        )
        newest = {(push.ref, verdict.rule_id): (push, verdict) for push, verdict in entries}
        found += [Built(source, push, verdict) for push, verdict in newest.values()]
    return found


async def _again(
    state: GatewayState,
    uow: UnitOfWork,
    built: Built,
    commit: CommitFacts,
    *,
    by: str | None,
    guid: str,
) -> str:
    source, push, rule = built.source, built.push, built.verdict.rule
    id = uuid5(BUILDS, f"{guid}:{source.repository_id}:{push.ref}:{built.verdict.rule_id}")
    await sources.lock(uow.session, source.id)
    row = await sources.rule(uow.session, source.repository_id, built.verdict.rule_id)
    if await pushes.verdict_of_build(uow.session, id) is not None:
        return f"The build by {rule} was ordered already."
    if row is None:
        return f"The rule {rule} is gone."
    ref = Ref.parse(push.ref)
    if ref is None or await sources.known_ref(uow.session, source.repository_id, ref.full) is None:
        return f"{push.ref} is gone."
    pushed_at = push.order // ORDERS_A_SECOND
    arrival = ruleactions.asked_for(ref, commit, pushed_at=pushed_at, by=by)
    try:
        again = replace(arrival, order=push.order, delivery=guid)
        await ruleactions.order_build(state, uow, source, row, again, build_id=id)
    except AppError as refusal:
        return str(refusal)
    uow.publish(_record(source, push, row.id, by=by, guid=guid))
    return f"Built again by {rule}."


def _record(
    source: Source, push: Push, rule_id: UUID, *, by: str | None, guid: str
) -> RecordAction:
    """For the audit log, by the name that the person has at GitHub."""
    namespace, name = source.repository.split("/", 1)
    return RecordAction(
        action="build_rule_now",
        actor=by,
        target={"namespace": namespace, "name": name, "rule": str(rule_id)},
        details={"at": "github", "delivery": guid, "ref": push.ref, "commit": push.sha},
    )
