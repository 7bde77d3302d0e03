"""The SQL of quotas."""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from boatyard.catalog.quotas.models import Quota
from boatyard.catalog.repositories.models import Repository
from boatyard.catalog.tags.models import ManifestRow, Tag
from boatyard.shared.db import insert_of


class Usage(NamedTuple):
    """What a namespace keeps: the images that its tags point at. A layer that several share counts for each.

    An image that no tag points at any more does not count: only the history knows it, and nobody can delete it.
    """

    repositories: int
    tags: int
    bytes: int


async def usage(session: AsyncSession, namespace: str) -> Usage:
    """What a namespace keeps now."""
    here = col(Repository.namespace) == namespace
    counted = await session.execute(
        sa.select(
            sa.func.count(), sa.func.coalesce(sa.func.sum(col(Repository.tag_count)), 0)
        ).where(here, col(Repository.deleting_at).is_(None))
    )
    tagged = sa.exists().where(
        col(Tag.repository_id) == col(ManifestRow.repository_id),
        col(Tag.digest) == col(ManifestRow.digest),
    )
    kept = await session.execute(
        sa.select(sa.func.coalesce(sa.func.sum(col(ManifestRow.size)), 0))
        .join(Repository, col(Repository.id) == col(ManifestRow.repository_id))
        .where(here, tagged)
    )
    repositories, tags = counted.one()
    return Usage(repositories, int(tags), int(kept.scalar_one() or 0))


async def quota(session: AsyncSession, namespace: str) -> Quota | None:
    """What was decided for one namespace."""
    return await session.get(Quota, namespace)


async def put(session: AsyncSession, namespace: str, max_bytes: int | None) -> None:
    """Decide how much a namespace may keep."""
    statement = insert_of(session)(Quota).values(namespace=namespace, max_bytes=max_bytes)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["namespace"], set_={"max_bytes": statement.excluded.max_bytes}
        )
    )


async def delete(session: AsyncSession, namespace: str) -> None:
    """Let the settings say again how much a namespace may keep."""
    await session.execute(sa.delete(Quota).where(col(Quota.namespace) == namespace))
