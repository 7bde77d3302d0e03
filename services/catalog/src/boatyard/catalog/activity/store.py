"""The SQL of what happened day by day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from boatyard.catalog.activity.models import Activity
from boatyard.shared.db import INSERTS

_ACTIVITY = Activity.metadata.tables["activity"]


def _add(insert: Any) -> Any:
    adding = insert(_ACTIVITY)
    return adding.on_conflict_do_update(
        index_elements=[_ACTIVITY.c.repository_id, _ACTIVITY.c.day],
        set_={name: _ACTIVITY.c[name] + adding.excluded[name] for name in ("pushes", "pulls")},
    )


_ADD = {dialect: _add(insert) for dialect, insert in INSERTS.items()}


class Day(NamedTuple):
    """What happened on a day."""

    pushes: int
    pulls: int


def day_of(at: dt.datetime) -> dt.date:
    """The day that a moment counts for."""
    return at.astimezone(dt.UTC).date()


async def add(
    session: AsyncSession,
    counts: Mapping[tuple[UUID, dt.date], int],
    what: Literal["pushes", "pulls"],
) -> None:
    """Count what happened in repositories on days."""
    none = {"pushes": 0, "pulls": 0}
    rows = [
        {"repository_id": repository_id, "day": day, **none, what: count}
        for (repository_id, day), count in sorted(counts.items())
    ]
    if rows:
        connection = await session.connection()
        await connection.execute(_ADD[connection.dialect.name], rows)


async def since(session: AsyncSession, repository_id: UUID, day: dt.date) -> Mapping[dt.date, Day]:
    """The days from one on, without those on which nothing happened."""
    found = await session.execute(
        sa.select(_ACTIVITY.c.day, _ACTIVITY.c.pushes, _ACTIVITY.c.pulls).where(
            _ACTIVITY.c.repository_id == repository_id, _ACTIVITY.c.day >= day
        )
    )
    return {row.day: Day(row.pushes, row.pulls) for row in found}
