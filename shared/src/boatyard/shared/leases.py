"""The lease queue: rows that wait for work, taken by one worker at a time and given back if it vanishes.

A worker that claims a row writes a fresh `claim_id` and a `lease_until` on it. Only who still holds that
`claim_id` may renew or finish; a lease that ran out can be claimed by another. Deliveries and builds are both
such rows. On PostgreSQL candidates are locked with SKIP LOCKED, so workers don't wait for each other; SQLite
has one writer anyway.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, SQLModel, col

from boatyard.shared.db import UtcDateTime
from boatyard.shared.events.message import new_id


class LeaseColumns(SQLModel):
    """The columns of a row that can be leased; its key is `id`."""

    id: UUID = Field(default_factory=new_id, primary_key=True)
    due_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    """When the row may be taken; None if it waits for nothing any more."""
    claim_id: UUID | None = Field(default=None)
    lease_until: dt.datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)


RowT = TypeVar("RowT", bound=LeaseColumns)


def free(row: type[LeaseColumns], *, now: dt.datetime) -> sa.ColumnElement[bool]:
    """That a row is due and nobody holds it, or its holder's time ran out."""
    return sa.and_(
        col(row.due_at) <= now,
        sa.or_(col(row.claim_id).is_(None), col(row.lease_until) <= now),
    )


async def claim(
    session: AsyncSession,
    row: type[RowT],
    candidates: sa.Select[Any],
    *,
    now: dt.datetime,
    lease: dt.timedelta,
) -> list[RowT]:
    """Take the rows that `candidates` (a select of ids of free rows, ordered and limited) names.

    Each taken row is returned with its new `claim_id`. The caller commits before it does the work.
    """
    if session.get_bind().dialect.name == "postgresql":
        # As a CTE it is run once. As a subquery PostgreSQL may run it for every row, and each time it skips
        # what it has locked already, so that many more rows are taken than the limit says.
        locked = candidates.with_for_update(skip_locked=True, of=row).cte("candidates")
        candidates = sa.select(*locked.c)
    claim_id = new_id()
    result = await session.execute(
        sa.update(row)
        .where(col(row.id).in_(candidates), free(row, now=now))
        .values(claim_id=claim_id, lease_until=now + lease)
        .returning(row)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    return list(result.scalars())


async def renew(
    session: AsyncSession, row: type[LeaseColumns], *, claim_id: UUID, until: dt.datetime
) -> set[UUID]:
    """Prolong what is still held under a claim; returns the ids that are."""
    result = await session.execute(
        sa.update(row)
        .where(col(row.claim_id) == claim_id)
        .values(lease_until=until)
        .returning(col(row.id))
        .execution_options(synchronize_session=False)
    )
    return set(result.scalars())


async def finish(
    session: AsyncSession,
    row: type[LeaseColumns],
    *,
    id: UUID,
    claim_id: UUID,
    values: dict[str, Any],
) -> bool:
    """Give a row back with new values; False, and nothing is written, if the lease went to another."""
    result = await session.execute(
        sa.update(row)
        .where(col(row.id) == id, col(row.claim_id) == claim_id)
        .values(claim_id=None, lease_until=None, **values)
        .returning(col(row.id))
        .execution_options(synchronize_session=False)
    )
    return result.first() is not None
