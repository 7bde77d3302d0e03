"""The SQL of the ledger."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from boatyard.github_gateway.pushes.models import Push, Verdict

Entry = tuple[Push, list[Verdict]]
Built = tuple[Push, Verdict]


async def last_generation(
    session: AsyncSession, repository_id: UUID, ref: str, sha: str
) -> int | None:
    """How often a ref came to a commit before, counted from 0; None if never."""
    found = await session.execute(
        sa.select(sa.func.max(col(Push.generation))).where(
            col(Push.repository_id) == repository_id, col(Push.ref) == ref, col(Push.sha) == sha
        )
    )
    value: int | None = found.scalar_one()
    return value


async def last_order(
    session: AsyncSession, repository_id: UUID, *, least: int, below: int
) -> int | None:
    """The greatest order of a push in a range."""
    found = await session.execute(
        sa.select(sa.func.max(col(Push.order))).where(
            col(Push.repository_id) == repository_id,
            col(Push.order) >= least,
            col(Push.order) < below,
        )
    )
    value: int | None = found.scalar_one()
    return value


async def order_after(
    session: AsyncSession, repository_id: UUID, ref: str, sha: str, *, least: int, below: int
) -> int | None:
    """The least order, in a range, of a push that began from a commit."""
    found = await session.execute(
        sa.select(sa.func.min(col(Push.order))).where(
            col(Push.repository_id) == repository_id,
            col(Push.ref) == ref,
            col(Push.before) == sha,
            col(Push.order) >= least,
            col(Push.order) < below,
        )
    )
    value: int | None = found.scalar_one()
    return value


async def listed(
    session: AsyncSession,
    repository_id: UUID,
    *,
    ref: str | None,
    sha: str | None,
    before: UUID | None,
    limit: int,
) -> list[Entry]:
    """A page of the ledger, the newest first."""
    query = sa.select(Push).where(col(Push.repository_id) == repository_id)
    if ref is not None:
        query = query.where(col(Push.ref).in_((ref, f"refs/heads/{ref}", f"refs/tags/{ref}")))
    if sha is not None:
        query = query.where(col(Push.sha).startswith(sha, autoescape=True))
    if before is not None:
        query = query.where(col(Push.id) < before)
    rows = (await session.execute(query.order_by(col(Push.id).desc()).limit(limit))).scalars().all()
    return await _with_verdicts(session, rows)


async def _with_verdicts(session: AsyncSession, rows: Sequence[Push]) -> list[Entry]:
    found = await session.execute(
        sa.select(Verdict)
        .where(col(Verdict.push_id).in_([row.id for row in rows]))
        .order_by(col(Verdict.rule))
    )
    by_push: dict[UUID, list[Verdict]] = {row.id: [] for row in rows}
    for verdict in found.scalars():
        by_push[verdict.push_id].append(verdict)
    return [(row, by_push[row.id]) for row in rows]


async def entry(session: AsyncSession, repository_id: UUID, push_id: UUID) -> Entry | None:
    """One push with its verdicts."""
    found = await session.get(Push, push_id)
    if found is None or found.repository_id != repository_id:
        return None
    return (await _with_verdicts(session, [found]))[0]


async def verdict_of_build(session: AsyncSession, build_id: UUID) -> Verdict | None:
    """The verdict that made a build."""
    found = await session.execute(sa.select(Verdict).where(col(Verdict.build_id) == build_id))
    return found.scalars().first()


async def built_as(session: AsyncSession, repository_id: UUID, build_id: UUID) -> list[Built]:
    """The push and the verdict that made a build, if there was such a build."""
    return await _built(session, repository_id, col(Verdict.build_id) == build_id)


async def built_of(session: AsyncSession, repository_id: UUID, sha: str) -> list[Built]:
    """What made builds of a commit, the newest last."""
    return await _built(session, repository_id, col(Push.sha) == sha)


async def _built(
    session: AsyncSession, repository_id: UUID, condition: sa.ColumnElement[bool]
) -> list[Built]:
    found = await session.execute(
        sa.select(Push, Verdict)
        .join(Verdict, col(Push.id) == col(Verdict.push_id))
        .where(
            col(Push.repository_id) == repository_id,
            col(Verdict.build_id).is_not(None),
            condition,
        )
        .order_by(col(Push.id))
    )
    return [(push, verdict) for push, verdict in found]


async def verdict_of(
    session: AsyncSession, repository_id: UUID, rule_id: UUID, *, ref: str, sha: str
) -> Verdict | None:
    """The newest verdict of a rule about a commit on a ref, for a build that somebody asked for again."""
    found = await session.execute(
        sa.select(Verdict)
        .join(Push, col(Push.id) == col(Verdict.push_id))
        .where(
            col(Push.repository_id) == repository_id,
            col(Push.ref) == ref,
            col(Push.sha) == sha,
            col(Verdict.rule_id) == rule_id,
        )
        .order_by(col(Push.id).desc())
        .limit(1)
    )
    return found.scalar_one_or_none()


async def order_of(session: AsyncSession, verdict: Verdict) -> int:
    """The order of the push that a verdict is about."""
    found = await session.execute(sa.select(col(Push.order)).where(col(Push.id) == verdict.push_id))
    return int(found.scalar_one())


async def unfinished_refs(
    session: AsyncSession, repository_id: UUID, rule_id: UUID, *, unfinished: Sequence[str]
) -> Sequence[str]:
    """The refs of which a rule has builds that are not over."""
    found = await session.execute(
        sa.select(col(Push.ref))
        .join(Verdict, col(Push.id) == col(Verdict.push_id))
        .where(
            col(Push.repository_id) == repository_id,
            col(Verdict.rule_id) == rule_id,
            col(Verdict.build_id).is_not(None),
            sa.or_(col(Verdict.build_status).is_(None), col(Verdict.build_status).in_(unfinished)),
        )
        .distinct()
    )
    return found.scalars().all()


async def newest_status(
    session: AsyncSession, repository_id: UUID, *, rule_id: UUID | None
) -> str | None:
    """Where the newest build of a repository, or of one of its rules, is."""
    query = (
        sa.select(col(Verdict.build_status))
        .join(Push, col(Push.id) == col(Verdict.push_id))
        .where(col(Push.repository_id) == repository_id, col(Verdict.build_number).is_not(None))
        .order_by(col(Verdict.build_number).desc())
        .limit(1)
    )
    if rule_id is not None:
        query = query.where(col(Verdict.rule_id) == rule_id)
    return (await session.execute(query)).scalar_one_or_none()


async def update_verdict(
    session: AsyncSession, verdict: Verdict, values: Mapping[str, Any]
) -> None:
    """Write down what became of a build."""
    await session.execute(
        sa.update(Verdict)
        .where(col(Verdict.push_id) == verdict.push_id, col(Verdict.rule_id) == verdict.rule_id)
        .values(**values)
    )


async def delete_repository(session: AsyncSession, repository_id: UUID) -> None:
    """Forget everything about a repository."""
    pushes = sa.select(col(Push.id)).where(col(Push.repository_id) == repository_id)
    await session.execute(sa.delete(Verdict).where(col(Verdict.push_id).in_(pushes)))
    await session.execute(sa.delete(Push).where(col(Push.repository_id) == repository_id))


async def forget(session: AsyncSession, *, before: dt.datetime) -> None:
    """Delete what is older than a moment and made no build; which commits were built is kept."""
    built = sa.select(col(Verdict.push_id)).where(col(Verdict.build_id).is_not(None))
    old = sa.select(col(Push.id)).where(col(Push.at) < before, col(Push.id).not_in(built))
    await session.execute(sa.delete(Verdict).where(col(Verdict.push_id).in_(old)))
    await session.execute(sa.delete(Push).where(col(Push.at) < before, col(Push.id).not_in(built)))
