"""The SQL of what is shown beside commits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from boatyard.github_gateway.statuses.models import StatusRow
from boatyard.shared.db import insert_of
from boatyard.shared.leases import claim, free


async def put(session: AsyncSession, row: Mapping[str, Any]) -> None:
    """Show a status in the place of an older one of the same context at the same commit."""
    statement = insert_of(session)(StatusRow).values(**row)
    new = statement.excluded
    older = sa.or_(
        col(StatusRow.number) < new.number,
        sa.and_(col(StatusRow.number) == new.number, col(StatusRow.rank) < new.rank),
    )
    changing = (
        *("state", "description", "target_url", "number", "rank", "changed_at", "due_at"),
        *("build_id", "build_status", "summary", "started_at", "completed_at"),
    )
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["project_id", "sha", "context"],
            set_={
                **{name: new[name] for name in changing},
                "version": col(StatusRow.version) + 1,
                "tries": 0,
                "problem": "",
            },
            where=older,
        )
    )


async def claim_due(
    session: AsyncSession, *, now: dt.datetime, lease: dt.timedelta, limit: int
) -> list[StatusRow]:
    """Take the statuses that GitHub is to be told."""
    candidates = (
        sa.select(col(StatusRow.id))
        .where(free(StatusRow, now=now))
        .order_by(col(StatusRow.due_at))
        .limit(limit)
    )
    return await claim(session, StatusRow, candidates, now=now, lease=lease)


async def told(session: AsyncSession, row: StatusRow, values: Mapping[str, Any]) -> None:
    """Give a status back after it was told or not; one that changed meanwhile stays due."""
    changed = col(StatusRow.version) != row.version
    given = dict(values)
    due_at = given.pop("due_at", None)
    await session.execute(
        sa.update(StatusRow)
        .where(col(StatusRow.id) == row.id, col(StatusRow.claim_id) == row.claim_id)
        .values(
            claim_id=None,
            lease_until=None,
            due_at=sa.case((changed, col(StatusRow.due_at)), else_=due_at),
            **given,
        )
        .execution_options(synchronize_session=False)
    )


async def postpone(session: AsyncSession, project_id: int, *, until: dt.datetime) -> None:
    """Tell GitHub nothing more about a project until a moment."""
    await session.execute(
        sa.update(StatusRow)
        .where(col(StatusRow.project_id) == project_id, col(StatusRow.due_at) < until)
        .values(due_at=until)
        .execution_options(synchronize_session=False)
    )


async def delete_repository(session: AsyncSession, repository_id: UUID) -> None:
    """Forget the statuses of a repository."""
    await session.execute(sa.delete(StatusRow).where(col(StatusRow.repository_id) == repository_id))


async def forget(session: AsyncSession, *, before: dt.datetime) -> None:
    """Delete what was last changed before a moment."""
    await session.execute(sa.delete(StatusRow).where(col(StatusRow.changed_at) < before))
