"""The SQL of the audit log."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from boatyard.catalog.audit.models import AuditRow
from boatyard.catalog.keyset import Order

_NEWEST_FIRST = Order((col(AuditRow.at), col(AuditRow.id)), descending=True)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which records to list; what is None does not matter."""

    actor: str | None = None
    action: str | None = None
    repository: str | None = None
    outcome: str | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """What a row must be."""
        same = {"actor": self.actor, "action": self.action, "repository": self.repository}
        same["outcome"] = self.outcome
        found = [col(getattr(AuditRow, name)) == is_ for name, is_ in same.items() if is_]
        if self.since is not None:
            found.append(col(AuditRow.at) >= self.since)
        if self.until is not None:
            found.append(col(AuditRow.at) < self.until)
        return found


async def listed(
    session: AsyncSession, wanted: Wanted, *, cursor: str | None, limit: int
) -> tuple[Sequence[AuditRow], str | None]:
    """A page of records, the newest first, and the cursor of the next."""
    query = sa.select(AuditRow).where(*wanted.conditions())
    if cursor is not None:
        query = query.where(_NEWEST_FIRST.after(cursor))
    found = await session.execute(query.order_by(*_NEWEST_FIRST.by()).limit(limit + 1))
    rows = found.scalars().all()
    page = rows[:limit]
    return page, _NEWEST_FIRST.cursor(page[-1]) if len(rows) > limit else None


async def forget(session: AsyncSession, *, before: dt.datetime, limit: int) -> int:
    """Delete so many records from before a moment; returns how many there were."""
    old = sa.select(col(AuditRow.id)).where(col(AuditRow.at) < before).limit(limit)
    gone = await session.execute(
        sa.delete(AuditRow)
        .where(col(AuditRow.id).in_(old))
        .returning(col(AuditRow.id))
        .execution_options(synchronize_session=False)
    )
    return len(gone.all())
