"""The SQL of access records: deliveries and their attempts, sending them again, and the catch-up feed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from boatyard.shared.paging import decode_cursor, encode_cursor
from boatyard.webhook_dispatcher.models import (
    UNDELIVERED,
    Attempt,
    Delivery,
    DeliveryState,
    EventRow,
    Trigger,
)

Announced = tuple[Delivery, EventRow]


def _announced() -> sa.Select[Delivery, EventRow]:
    return sa.select(Delivery, EventRow).join(
        EventRow, col(EventRow.seq) == col(Delivery.event_seq)
    )


async def listed(
    session: AsyncSession,
    webhook_id: UUID,
    *,
    state: DeliveryState | None,
    cursor: str | None,
    limit: int,
) -> tuple[Sequence[Announced], str | None]:
    """A page of a webhook's deliveries, those of the newest events first."""
    wanted = _announced().where(col(Delivery.webhook_id) == webhook_id)
    if state is not None:
        wanted = wanted.where(*_in_state(state))
    if cursor is not None:
        (before,) = decode_cursor(cursor, int)
        wanted = wanted.where(col(Delivery.event_seq) < before)
    wanted = wanted.order_by(col(Delivery.event_seq).desc()).limit(limit + 1)
    rows = [(row[0], row[1]) for row in await session.execute(wanted)]
    page = rows[:limit]
    return page, encode_cursor(page[-1][0].event_seq) if len(rows) > limit else None


def _in_state(state: DeliveryState) -> list[Any]:
    """That a delivery is in a state, said so that the index that is made for it is used."""
    conditions: list[Any] = [col(Delivery.state) == state.value]
    if state is DeliveryState.PENDING:
        conditions.append(col(Delivery.due_at).is_not(None))
    elif state is not DeliveryState.SUCCEEDED:
        conditions.append(sa.text(f"delivery.{UNDELIVERED}"))
    return conditions


async def read(session: AsyncSession, webhook_id: UUID, id: UUID) -> Announced | None:
    """A delivery with its event."""
    found = await session.execute(
        _announced().where(col(Delivery.webhook_id) == webhook_id, col(Delivery.id) == id)
    )
    row = found.first()
    return (row[0], row[1]) if row else None


async def attempts(session: AsyncSession, delivery_id: UUID, *, limit: int) -> Sequence[Attempt]:
    """The attempts of a delivery, the newest first."""
    found = await session.execute(
        sa.select(Attempt)
        .where(col(Attempt.delivery_id) == delivery_id)
        .order_by(col(Attempt.number).desc())
        .limit(limit)
    )
    return found.scalars().all()


def due_again(trigger: Trigger, now: dt.datetime) -> dict[str, Any]:
    """The columns of a delivery that is to be sent now, with its whole ladder before it."""
    return {
        "state": DeliveryState.PENDING.value,
        "due_at": now,
        "trigger": trigger.value,
        "rung": 0,
        "finished_at": None,
    }


async def send_again(session: AsyncSession, id: UUID, *, now: dt.datetime) -> bool:
    """Make a delivery due now, with its whole ladder before it; False if it is being sent."""
    result = await session.execute(
        sa.update(Delivery)
        .where(col(Delivery.id) == id, col(Delivery.claim_id).is_(None))
        .values(**due_again(Trigger.MANUAL, now))
        .returning(col(Delivery.id))
        .execution_options(synchronize_session=False)
    )
    return result.first() is not None


async def resume(session: AsyncSession, webhook_id: UUID, *, now: dt.datetime) -> None:
    """Let what waits for a later attempt be tried now: whoever mended the endpoint wants to see it."""
    await session.execute(
        sa.update(Delivery)
        .where(
            col(Delivery.webhook_id) == webhook_id,
            col(Delivery.due_at) > now,
            col(Delivery.claim_id).is_(None),
        )
        .values(due_at=now)
        .execution_options(synchronize_session=False)
    )


async def feed(
    session: AsyncSession, webhook_id: UUID, *, after: int, limit: int
) -> Sequence[EventRow]:
    """The next events that a webhook was to be told of, in their order."""
    found = await session.execute(
        sa.select(EventRow)
        .join(Delivery, col(EventRow.seq) == col(Delivery.event_seq))
        .where(
            col(Delivery.webhook_id) == webhook_id,
            col(Delivery.event_seq) > after,
            col(EventRow.test).is_(False),
        )
        .order_by(col(Delivery.event_seq))
        .limit(limit)
    )
    return found.scalars().all()


async def sequence_of(session: AsyncSession, event_id: UUID) -> int | None:
    """The number of an event."""
    found = await session.execute(sa.select(col(EventRow.seq)).where(col(EventRow.id) == event_id))
    return found.scalar_one_or_none()
