"""The SQL of builds: their rows and their queue. What moves tags is in `fences`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from boatyard.builder.models import Build, Numbering
from boatyard.builder.states import BUILDING, ENDED, QUEUED
from boatyard.shared import leases
from boatyard.shared.db import insert_of
from boatyard.shared.events import BuildStatus

_CHANGES: dict[str, Any] = {"synchronize_session": False, "populate_existing": True}


async def exists(session: AsyncSession, id: UUID) -> bool:
    """Whether a build was entered already."""
    found = await session.execute(sa.select(col(Build.id)).where(col(Build.id) == id))
    return found.first() is not None


async def next_number(session: AsyncSession, repository_id: UUID) -> int:
    """The next number of a repository's builds; they begin at 1."""
    insert = insert_of(session)
    given = await session.execute(
        insert(Numbering)
        .values(repository_id=repository_id, last=1)
        .on_conflict_do_update(
            index_elements=["repository_id"], set_={"last": col(Numbering.last) + 1}
        )
        .returning(col(Numbering.last))
    )
    return int(given.scalar_one())


async def add(session: AsyncSession, build: Build) -> None:
    """Enter a build."""
    session.add(build)
    await session.flush()


async def by_id(session: AsyncSession, id: UUID) -> Build | None:
    """A build by its id."""
    return await session.get(Build, id)


async def by_number(session: AsyncSession, repository_id: UUID, number: int) -> Build | None:
    """A build by its number in a repository."""
    found = await session.execute(
        sa.select(Build).where(
            col(Build.repository_id) == repository_id, col(Build.number) == number
        )
    )
    return found.scalar_one_or_none()


async def locked(session: AsyncSession, id: UUID) -> Build | None:
    """A build that nobody else changes until the transaction ends."""
    wanted = sa.select(Build).where(col(Build.id) == id)
    if session.get_bind().dialect.name == "postgresql":
        wanted = wanted.with_for_update()
    found = await session.execute(wanted.execution_options(populate_existing=True))
    return found.scalar_one_or_none()


async def listed(
    session: AsyncSession,
    repository_id: UUID,
    *,
    statuses: Collection[BuildStatus] | None,
    rule_id: UUID | None,
    ref: str | None,
    before: int | None,
    limit: int,
) -> Sequence[Build]:
    """The builds of a repository, the newest first."""
    wanted = sa.select(Build).where(col(Build.repository_id) == repository_id)
    if statuses is not None:
        wanted = wanted.where(col(Build.status).in_(sorted(statuses)))
    if rule_id is not None:
        wanted = wanted.where(col(Build.rule_id) == rule_id)
    if ref is not None:
        wanted = wanted.where(col(Build.ref) == ref)
    if before is not None:
        wanted = wanted.where(col(Build.number) < before)
    found = await session.execute(wanted.order_by(col(Build.number).desc()).limit(limit))
    return found.scalars().all()


async def ahead_of(session: AsyncSession, build: Build) -> int:
    """How many builds wait that came before this one, whoever's turn it will be."""
    found = await session.execute(
        sa.select(sa.func.count())
        .select_from(Build)
        .where(col(Build.status) == QUEUED, col(Build.id) < build.id)
    )
    return int(found.scalar_one())


async def newer_in_group(session: AsyncSession, group: str, order: int) -> bool:
    """Whether a build of a newer push of this group waits, runs, or came to an image."""
    alive = (QUEUED, BUILDING, BuildStatus.SUCCEEDED)
    found = await session.execute(
        sa.select(col(Build.id))
        .where(
            col(Build.build_group) == group,
            col(Build.push_order) > order,
            col(Build.status).in_(alive),
        )
        .limit(1)
    )
    return found.first() is not None


async def claim(
    session: AsyncSession, *, now: dt.datetime, lease: dt.timedelta, per_namespace: int
) -> Build | None:
    """Take the build whose turn it is: the oldest of the namespace that has the fewest running.

    Among equals it is the turn of the namespace whose last start is the longest ago.
    """
    namespace = await _next_namespace(session, now=now, per_namespace=per_namespace)
    if namespace is None:
        return None
    candidates = (
        sa.select(col(Build.id))
        .where(_waiting(now), col(Build.namespace) == namespace)
        .order_by(col(Build.id))
        .limit(1)
    )
    taken = await leases.claim(session, Build, candidates, now=now, lease=lease)
    return taken[0] if taken else None


def _waiting(now: dt.datetime) -> sa.ColumnElement[bool]:
    return sa.and_(col(Build.status) == QUEUED, leases.free(Build, now=now))


async def _next_namespace(
    session: AsyncSession, *, now: dt.datetime, per_namespace: int
) -> str | None:
    waiting = sa.select(col(Build.namespace)).where(_waiting(now)).distinct().subquery()
    other = sa.orm.aliased(Build)
    running = (
        sa.select(sa.func.count())
        .where(col(other.namespace) == waiting.c.namespace, col(other.status) == BUILDING)
        .scalar_subquery()
    )
    last_start = (
        sa.select(sa.func.max(col(other.started_at)))
        .where(col(other.namespace) == waiting.c.namespace)
        .scalar_subquery()
    )
    wanted = sa.select(waiting.c.namespace).order_by(
        running, last_start.asc().nulls_first(), waiting.c.namespace
    )
    if per_namespace:
        wanted = wanted.where(running < per_namespace)
    found = (await session.execute(wanted.limit(1))).scalar_one_or_none()
    return None if found is None else str(found)


async def update_held(
    session: AsyncSession, id: UUID, claim_id: UUID, values: dict[str, Any]
) -> bool:
    """Change a build that is held under a claim; False if it is so no more."""
    changed = await session.execute(
        sa.update(Build)
        .where(col(Build.id) == id, col(Build.claim_id) == claim_id)
        .values(**values)
        .returning(col(Build.id))
        .execution_options(synchronize_session=False)
    )
    return changed.first() is not None


async def finish(
    session: AsyncSession, id: UUID, claim_id: UUID, values: dict[str, Any]
) -> Build | None:
    """Give a build back with new values; None, and nothing is written, if another holds it."""
    if not await leases.finish(session, Build, id=id, claim_id=claim_id, values=values):
        return None
    return await locked(session, id)


async def end_queued(
    session: AsyncSession, where: sa.ColumnElement[bool], values: dict[str, Any]
) -> Sequence[Build]:
    """End builds that wait; returns those that did."""
    ended = await session.execute(
        sa.update(Build)
        .where(
            where,
            col(Build.status) == QUEUED,
            col(Build.claim_id).is_(None),
            col(Build.push_began).is_(False),
        )
        .values(**values)
        .returning(Build)
        .execution_options(**_CHANGES)
    )
    return ended.scalars().all()


async def ask_to_stop(
    session: AsyncSession, where: sa.ColumnElement[bool], values: dict[str, Any]
) -> Sequence[UUID]:
    """Ask the workers of running builds to end them, unless they move tags already; returns which."""
    asked = await session.execute(
        sa.update(Build)
        .where(
            where,
            col(Build.status) == BUILDING,
            col(Build.push_began).is_(False),
            col(Build.stop_as).is_(None),
        )
        .values(**values)
        .returning(col(Build.id))
        .execution_options(synchronize_session=False)
    )
    return asked.scalars().all()


async def abandoned(session: AsyncSession, *, now: dt.datetime) -> Sequence[Build]:
    """Builds whose worker gave no sign of life for the length of its lease."""
    wanted = sa.select(Build).where(col(Build.status) == BUILDING, col(Build.lease_until) <= now)
    if session.get_bind().dialect.name == "postgresql":
        wanted = wanted.with_for_update(skip_locked=True)
    return (await session.execute(wanted)).scalars().all()


async def outdated(
    session: AsyncSession, *, before: dt.datetime, keep: int, limit: int
) -> Sequence[UUID]:
    """Ended builds that need not be kept: old, and not among a repository's last `keep`."""
    last = sa.select(col(Numbering.last)).where(
        col(Numbering.repository_id) == col(Build.repository_id)
    )
    old = sa.and_(
        col(Build.finished_at) < before, col(Build.number) <= last.scalar_subquery() - keep
    )
    found = await session.execute(
        sa.select(col(Build.id))
        .where(col(Build.status).in_(sorted(ENDED)), sa.or_(old, col(Build.repository_gone)))
        .limit(limit)
    )
    return found.scalars().all()


async def remove(session: AsyncSession, ids: Collection[UUID]) -> None:
    """Delete records."""
    await session.execute(sa.delete(Build).where(col(Build.id).in_(ids)))


async def mark_gone(session: AsyncSession, repository_id: UUID) -> None:
    """Note that the repository of builds was deleted."""
    await session.execute(
        sa.update(Build)
        .where(col(Build.repository_id) == repository_id)
        .values(repository_gone=True)
    )


async def running(session: AsyncSession) -> set[UUID]:
    """The builds that a worker holds."""
    found = await session.execute(sa.select(col(Build.id)).where(col(Build.status) == BUILDING))
    return set(found.scalars())


async def counts(session: AsyncSession) -> dict[str, int]:
    """How many builds wait and how many run."""
    found = await session.execute(
        sa.select(col(Build.status), sa.func.count())
        .where(col(Build.status).in_((QUEUED, BUILDING)))
        .group_by(col(Build.status))
    )
    return {str(row[0]): int(row[1]) for row in found}
