"""The SQL of what happened day by day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, NamedTuple
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


async def add(
    session: AsyncSession, repository_id: UUID, at: dt.datetime, *, pushes: int = 0, pulls: int = 0
) -> None:
    """Count what happened at a moment."""
    connection = await session.connection()
    row = {
        "repository_id": repository_id,
        "day": at.astimezone(dt.UTC).date(),
        "pushes": pushes,
        "pulls": pulls,
    }
    await connection.execute(_ADD[connection.dialect.name], row)


async def since(session: AsyncSession, repository_id: UUID, day: dt.date) -> Mapping[dt.date, Day]:
    """The days from one on, without those on which nothing happened."""
    found = await session.execute(
        sa.select(_ACTIVITY.c.day, _ACTIVITY.c.pushes, _ACTIVITY.c.pulls).where(
            _ACTIVITY.c.repository_id == repository_id, _ACTIVITY.c.day >= day
        )
    )
    return {row.day: Day(row.pushes, row.pulls) for row in found}
