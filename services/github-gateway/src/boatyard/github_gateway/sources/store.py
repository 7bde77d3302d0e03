"""The SQL of sources, build rules and known refs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel, col

from boatyard.github_gateway.sources.models import (
    BuildRule,
    KnownRef,
    OrphanHook,
    RuleProgress,
    Source,
    VersionClaim,
)
from boatyard.shared.db import insert_of
from boatyard.shared.leases import claim, free


async def source(session: AsyncSession, repository_id: UUID) -> Source | None:
    """The source of a repository."""
    found = await session.execute(
        sa.select(Source).where(col(Source.repository_id) == repository_id)
    )
    return found.scalar_one_or_none()


async def lock(session: AsyncSession, id: UUID) -> None:
    """Let nobody else change what is known of a source until the transaction ends."""
    await session.execute(sa.select(col(Source.id)).where(col(Source.id) == id).with_for_update())


async def sources_of(session: AsyncSession, project_id: int) -> Sequence[Source]:
    """The sources that are a project."""
    found = await session.execute(
        sa.select(Source).where(col(Source.project_id) == project_id).order_by(col(Source.id))
    )
    return found.scalars().all()


async def sources_linked_by(session: AsyncSession, account_id: UUID) -> Sequence[Source]:
    """The sources that an account's link feeds."""
    found = await session.execute(
        sa.select(Source)
        .where(col(Source.linked_by) == account_id)
        .order_by(col(Source.repository))
    )
    return found.scalars().all()


async def installations_of_others(session: AsyncSession, account_id: UUID) -> set[int]:
    """The installations that somebody else's sources depend on."""
    found = await session.execute(
        sa.select(col(Source.installation_id)).where(
            col(Source.linked_by) != account_id, col(Source.installation_id).is_not(None)
        )
    )
    return {id for id in found.scalars() if id is not None}


async def hooks(session: AsyncSession) -> Sequence[Source]:
    """The sources whose project has a webhook of ours."""
    found = await session.execute(sa.select(Source).where(col(Source.hook_id).is_not(None)))
    return found.scalars().all()


async def shared_hook(session: AsyncSession, project_id: int, *, but: UUID) -> int | None:
    """The webhook that another source of the same project has already."""
    found = await session.execute(
        sa.select(col(Source.hook_id))
        .where(
            col(Source.project_id) == project_id,
            col(Source.repository_id) != but,
            col(Source.hook_id).is_not(None),
        )
        .limit(1)
    )
    return found.scalar_one_or_none()


async def update_sources(
    session: AsyncSession, condition: sa.ColumnElement[bool], values: Mapping[str, Any]
) -> None:
    """Change every source that meets a condition."""
    await session.execute(
        sa.update(Source)
        .where(condition)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


async def moved(session: AsyncSession, id: UUID, *, installation_id: int) -> None:
    """A source is seen through another installation now."""
    values = {"installation_id": installation_id, "lost": ""}
    await update_sources(session, col(Source.id) == id, values)


async def began(session: AsyncSession, id: UUID, *, at: dt.datetime) -> None:
    """The refs of a source are noted: what comes now is news."""
    await update_sources(session, col(Source.id) == id, {"baseline_at": at})


async def make_due(
    session: AsyncSession, condition: sa.ColumnElement[bool], *, at: dt.datetime
) -> None:
    """Reconcile sources at a moment, if they were not to be sooner."""
    sooner = sa.or_(col(Source.due_at).is_(None), col(Source.due_at) > at)
    await update_sources(session, sa.and_(condition, sooner), {"due_at": at})


async def claim_due(
    session: AsyncSession, *, now: dt.datetime, lease: dt.timedelta, limit: int
) -> list[Source]:
    """Take the sources that are to be reconciled."""
    candidates = (
        sa.select(col(Source.id))
        .where(free(Source, now=now))
        .order_by(col(Source.due_at))
        .limit(limit)
    )
    return await claim(session, Source, candidates, now=now, lease=lease)


async def release(session: AsyncSession, row: Source, values: Mapping[str, Any]) -> None:
    """Give a source back after it was reconciled; one that became due again meanwhile stays so."""
    given = dict(values)
    due_at = given.pop("due_at")
    hinted = col(Source.due_at) != row.due_at
    await session.execute(
        sa.update(Source)
        .where(col(Source.id) == row.id, col(Source.claim_id) == row.claim_id)
        .values(
            claim_id=None,
            lease_until=None,
            due_at=sa.case((hinted, col(Source.due_at)), else_=due_at),
            **given,
        )
        .execution_options(synchronize_session=False)
    )


async def orphan_hook(session: AsyncSession, source: Source) -> None:
    """Note that the webhook of a source is to be removed at GitHub, unless another source needs it."""
    if source.hook_id is None:
        return
    shared = await shared_hook(session, source.project_id, but=source.repository_id)
    if shared is None:
        orphan = OrphanHook(
            hook_id=source.hook_id, project=source.project, account_id=source.linked_by
        )
        await session.merge(orphan)


async def orphan_hooks(session: AsyncSession) -> Sequence[OrphanHook]:
    """The webhooks that are to be removed at GitHub."""
    return (await session.execute(sa.select(OrphanHook).limit(50))).scalars().all()


async def drop_orphan(session: AsyncSession, hook_id: int) -> None:
    """A webhook is removed, or can't be."""
    await session.execute(sa.delete(OrphanHook).where(col(OrphanHook.hook_id) == hook_id))


async def delete_refs(session: AsyncSession, repository_id: UUID) -> None:
    """Forget what is known of the refs of a source, and how far its rules were with them."""
    rules = sa.select(col(BuildRule.id)).where(col(BuildRule.repository_id) == repository_id)
    await session.execute(sa.delete(RuleProgress).where(col(RuleProgress.rule_id).in_(rules)))
    for table in (KnownRef, VersionClaim):
        await session.execute(sa.delete(table).where(col(table.repository_id) == repository_id))


async def delete_repository(session: AsyncSession, repository_id: UUID) -> None:
    """Forget the source of a repository with all that belongs to it."""
    await delete_refs(session, repository_id)
    for table in (BuildRule, Source):
        await session.execute(sa.delete(table).where(col(table.repository_id) == repository_id))


async def rules(session: AsyncSession, repository_id: UUID) -> Sequence[BuildRule]:
    """The rules of a repository, in the order in which they were made."""
    found = await session.execute(
        sa.select(BuildRule)
        .where(col(BuildRule.repository_id) == repository_id)
        .order_by(col(BuildRule.number))
    )
    return found.scalars().all()


async def rule(session: AsyncSession, repository_id: UUID, rule_id: UUID) -> BuildRule | None:
    """One rule of a repository."""
    found = await session.get(BuildRule, rule_id)
    return found if found is not None and found.repository_id == repository_id else None


async def delete_rule(session: AsyncSession, row: BuildRule) -> None:
    """Delete a rule and what is remembered for it."""
    await session.execute(sa.delete(RuleProgress).where(col(RuleProgress.rule_id) == row.id))
    await session.delete(row)


async def known_ref(session: AsyncSession, repository_id: UUID, ref: str) -> KnownRef | None:
    """What a ref was last known to point at."""
    return await session.get(KnownRef, (repository_id, ref))


async def known_refs(session: AsyncSession, repository_id: UUID) -> Sequence[KnownRef]:
    """All refs that are known."""
    found = await session.execute(
        sa.select(KnownRef).where(col(KnownRef.repository_id) == repository_id)
    )
    return found.scalars().all()


async def note_refs(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Note what refs point at."""
    for start in range(0, len(rows), 200):
        await _upsert(session, KnownRef, rows[start : start + 200], ("sha", "push_order"))


async def forget_ref(session: AsyncSession, repository_id: UUID, ref: str) -> None:
    """A ref is gone, and the versions that were made of it are free for others."""
    for table in (KnownRef, VersionClaim):
        await session.execute(
            sa.delete(table).where(col(table.repository_id) == repository_id, col(table.ref) == ref)
        )


async def claims(
    session: AsyncSession, repository_id: UUID, versions: Sequence[str]
) -> Mapping[str, VersionClaim]:
    """Who has these versions."""
    found = await session.execute(
        sa.select(VersionClaim).where(
            col(VersionClaim.repository_id) == repository_id,
            col(VersionClaim.version).in_(versions),
        )
    )
    return {claimed.version: claimed for claimed in found.scalars()}


async def note_claims(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Note which ref has a version."""
    if rows:
        await _upsert(session, VersionClaim, rows, ("raw", "ref"))


async def progress(
    session: AsyncSession, rule_ids: Sequence[UUID], ref: str
) -> Mapping[UUID, RuleProgress]:
    """Where the rules' last successful builds of a ref were."""
    found = await session.execute(
        sa.select(RuleProgress).where(
            col(RuleProgress.rule_id).in_(rule_ids), col(RuleProgress.ref) == ref
        )
    )
    return {row.rule_id: row for row in found.scalars()}


async def note_progress(session: AsyncSession, row: Mapping[str, Any]) -> None:
    """A rule's build of a ref succeeded; an older push does not take the place of a newer one."""
    newer = col(RuleProgress.order) < row["push_order"]
    await _upsert(session, RuleProgress, [row], ("sha", "push_order"), where=newer)


async def _upsert(
    session: AsyncSession,
    table: type[SQLModel],
    rows: Sequence[Mapping[str, Any]],
    changing: tuple[str, ...],
    *,
    where: sa.ColumnElement[bool] | None = None,
) -> None:
    target = sa.inspect(table).local_table
    statement = insert_of(session)(target).values([dict(row) for row in rows])
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=[column.name for column in target.primary_key],
            set_={name: statement.excluded[name] for name in changing},
            where=where,
        )
    )
