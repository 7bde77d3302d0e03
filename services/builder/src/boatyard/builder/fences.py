"""Which build may move a tag: the newest, and one at a time.

A tag's fence is a row. A build takes the fences of all its tags in one transaction before it pushes, so that of
two builds for one tag the older one either pushed before the newer one or not at all.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from boatyard.builder.models import Build, Fence
from boatyard.shared.db import insert_of


@dataclass(frozen=True)
class Free:
    """The tags that may be pushed now, and those that a newer commit moved already."""

    won: tuple[str, ...]
    lost: tuple[str, ...]


@dataclass(frozen=True)
class Busy:
    """Another build is pushing one of the tags: try again in a moment."""

    tag: str


async def take(
    session: AsyncSession, build: Build, *, now: dt.datetime, until: dt.datetime
) -> Free | Busy:
    """Hold the fence of every tag that this build may move; of none if one is busy."""
    rows = [await _row(session, build.repository_id, tag) for tag in sorted(set(build.tags))]
    for row in rows:
        if row.holder not in (None, build.id) and row.held_until and row.held_until > now:
            return Busy(row.tag)
    won = [row for row in rows if build.push_order >= max(row.pushed_order, row.began_order)]
    for row in won:
        row.holder, row.held_until, row.began_order = build.id, until, build.push_order
        session.add(row)
    await session.flush()
    mine = {row.tag for row in won}
    tags = tuple(dict.fromkeys(build.tags))
    return Free(
        won=tuple(tag for tag in tags if tag in mine),
        lost=tuple(tag for tag in tags if tag not in mine),
    )


async def _row(session: AsyncSession, repository_id: UUID, tag: str) -> Fence:
    insert = insert_of(session)
    await session.execute(
        insert(Fence)
        .values(repository_id=repository_id, tag=tag, pushed_order=-1, began_order=-1)
        .on_conflict_do_nothing()
    )
    wanted = sa.select(Fence).where(
        col(Fence.repository_id) == repository_id, col(Fence.tag) == tag
    )
    if session.get_bind().dialect.name == "postgresql":
        wanted = wanted.with_for_update()
    found = await session.execute(wanted.execution_options(populate_existing=True))
    return found.scalar_one()


async def extend(session: AsyncSession, build_id: UUID, *, until: dt.datetime) -> None:
    """Hold on to the fences of a build that is still pushing."""
    await session.execute(
        sa.update(Fence).where(col(Fence.holder) == build_id).values(held_until=until)
    )


async def pushed(session: AsyncSession, build: Build, *, tag: str, digest: str) -> None:
    """Note that a build moved a tag."""
    await session.execute(
        sa.update(Fence)
        .where(col(Fence.holder) == build.id, col(Fence.tag) == tag)
        .values(pushed_order=build.push_order, build_id=build.id, digest=digest)
    )


async def release(session: AsyncSession, build_id: UUID, *, nothing_moved: bool = False) -> None:
    """Let go of what a build holds.

    What it began and did not push keeps out older builds all the same, since the tag may have moved, unless it
    is known that nothing did.
    """
    values: dict[str, Any] = {"holder": None, "held_until": None}
    if nothing_moved:
        values["began_order"] = col(Fence.pushed_order)
    await session.execute(sa.update(Fence).where(col(Fence.holder) == build_id).values(**values))


async def forget(session: AsyncSession, repository_id: UUID) -> None:
    """Remove the fences of a repository that was deleted."""
    await session.execute(sa.delete(Fence).where(col(Fence.repository_id) == repository_id))
