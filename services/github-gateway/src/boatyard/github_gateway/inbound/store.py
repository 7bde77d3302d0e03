"""The SQL of received deliveries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from boatyard.github_gateway.inbound.models import Body, DeliveryState, Received
from boatyard.github_gateway.sources.models import Source
from boatyard.shared.db import insert_of
from boatyard.shared.leases import claim, free

_TABLE: Any = sa.inspect(Received).local_table
_BODIES: Any = sa.inspect(Body).local_table
UNFINISHED = (DeliveryState.RECEIVED, DeliveryState.FAILED)


async def add(
    session: AsyncSession, rows: Sequence[dict[str, Any]], bodies: Mapping[UUID, bytes]
) -> set[str]:
    """Store deliveries that are new by guid and by content; the guids of those that were.

    Past the ORM, and with the rows as parameters: a statement that is compiled once serves every batch.
    """
    insert = insert_of(session)
    connection = await session.connection()
    added = await connection.execute(
        insert(_TABLE).on_conflict_do_nothing().returning(_TABLE.c.guid, _TABLE.c.id), list(rows)
    )
    stored = {id: guid for guid, id in added}
    letters = [{"delivery_id": id, "content": bodies[id]} for id in stored if id in bodies]
    if letters:
        await connection.execute(insert(_BODIES), letters)
    return set(stored.values())


async def known(
    session: AsyncSession, guids: Sequence[str], digests: Sequence[str]
) -> list[tuple[str, str, str]]:
    """Guid, digest and state of what is stored under these guids or digests."""
    found = await session.execute(
        sa.select(col(Received.guid), col(Received.digest), col(Received.state)).where(
            sa.or_(col(Received.guid).in_(guids), col(Received.digest).in_(digests))
        )
    )
    return [(guid, digest, state) for guid, digest, state in found]


async def requeue(session: AsyncSession, guids: Sequence[str], *, now: dt.datetime) -> None:
    """Let deliveries be worked off again, unless somebody is at it now."""
    await session.execute(
        sa.update(Received)
        .where(
            col(Received.guid).in_(guids),
            col(Received.state).in_(UNFINISHED),
        )
        .values(due_at=now, state=DeliveryState.RECEIVED, tries=0, times=col(Received.times) + 1)
    )


async def claim_due(
    session: AsyncSession, *, now: dt.datetime, lease: dt.timedelta, limit: int
) -> list[Received]:
    """Take the next deliveries to work off, in the order in which they came."""
    candidates = (
        sa.select(col(Received.id))
        .where(free(Received, now=now))
        .order_by(col(Received.id))
        .limit(limit)
    )
    taken = await claim(session, Received, candidates, now=now, lease=lease)
    return sorted(taken, key=lambda row: row.id)


async def finish_foreign(
    session: AsyncSession,
    claim_ids: Sequence[UUID],
    *,
    events: Sequence[str],
    reason: str,
    now: dt.datetime,
) -> set[UUID]:
    """Finish what was claimed about projects that are nobody's source; the ids of what that was."""
    sources = sa.select(col(Source.project_id))
    finished = await session.execute(
        sa.update(Received)
        .where(
            col(Received.claim_id).in_(claim_ids),
            col(Received.event).in_(events),
            col(Received.project_id).is_not(None),
            col(Received.project_id).not_in(sources),
        )
        .values(
            state=DeliveryState.DONE,
            reason=reason,
            due_at=None,
            claim_id=None,
            lease_until=None,
            finished_at=now,
        )
        .returning(col(Received.id))
        .execution_options(synchronize_session=False)
    )
    return set(finished.scalars())


async def read(session: AsyncSession, guid: str) -> Received | None:
    """The delivery of a guid."""
    found = await session.execute(sa.select(Received).where(col(Received.guid) == guid))
    return found.scalar_one_or_none()


async def listed(
    session: AsyncSession, *, event: str | None, state: str | None, before: UUID | None, limit: int
) -> Sequence[Received]:
    """Received deliveries, the newest first."""
    query = sa.select(Received).order_by(col(Received.id).desc()).limit(limit)
    if event is not None:
        query = query.where(col(Received.event) == event)
    if state is not None:
        query = query.where(col(Received.state) == state)
    if before is not None:
        query = query.where(col(Received.id) < before)
    return (await session.execute(query)).scalars().all()


async def stored(session: AsyncSession, guids: Sequence[str]) -> set[str]:
    """Which of these guids were received, in whatever state they are."""
    found = await session.execute(
        sa.select(col(Received.guid)).where(col(Received.guid).in_(guids))
    )
    return set(found.scalars())


async def last_received(session: AsyncSession) -> dt.datetime | None:
    """When GitHub last got through to us."""
    found = await session.execute(
        sa.select(col(Received.received_at)).order_by(col(Received.id).desc()).limit(1)
    )
    return found.scalar_one_or_none()


async def last_of_project(session: AsyncSession, project_id: int) -> dt.datetime | None:
    """When GitHub last told of a project."""
    found = await session.execute(
        sa.select(sa.func.max(col(Received.received_at))).where(
            col(Received.project_id) == project_id
        )
    )
    return found.scalar_one()


async def body(session: AsyncSession, id: UUID) -> bytes:
    """What stood in a delivery; nothing if that was dropped."""
    found = await session.get(Body, id)
    return b"" if found is None else found.content


async def drop_bodies(session: AsyncSession, *, before: dt.datetime) -> None:
    """Forget what stood in deliveries that were finished before a moment."""
    finished = sa.select(col(Received.id)).where(col(Received.finished_at) < before)
    await session.execute(sa.delete(Body).where(col(Body.delivery_id).in_(finished)))


async def forget(session: AsyncSession, *, before: dt.datetime) -> None:
    """Delete deliveries that were received before a moment."""
    await session.execute(sa.delete(Received).where(col(Received.received_at) < before))
