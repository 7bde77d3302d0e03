"""The SQL of replays: what happened since a moment, and what a webhook was told of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from boatyard.webhook_dispatcher.models import Delivery, EventRow, Trigger, Webhook, table
from boatyard.webhook_dispatcher.store.records import due_again

events, deliveries = table(EventRow), table(Delivery)
e, d = events.c, deliveries.c
SKEW = dt.timedelta(minutes=5)
"""Clocks of several processes differ, so events are not received quite in the order of their numbers."""


async def sequence_at(session: AsyncSession, moment: dt.datetime) -> int:
    """A number below those of all events that were received from a moment on."""
    found = await session.execute(
        sa.select(e.seq).where(e.received_at >= moment - SKEW).order_by(e.received_at).limit(1)
    )
    first = found.scalar_one_or_none()
    return first - 1 if first is not None else 0


async def events_since(
    session: AsyncSession, webhook: Webhook, *, since: dt.datetime, after: int, limit: int
) -> Sequence[sa.Row[Any]]:
    """The next events of a webhook's repository, each with `delivery_id`, `state` and `busy` if it was told."""
    told = sa.and_(d.event_seq == e.seq, d.webhook_id == webhook.id)
    found = await session.execute(
        sa.select(
            events,
            d.id.label("delivery_id"),
            d.state,
            d.claim_id.is_not(None).label("busy"),
        )
        .join_from(events, deliveries, told, isouter=True)
        .where(
            e.repository == webhook.repository,
            e.seq > after,
            e.received_at >= since,
            e.test.is_(False),
        )
        .order_by(e.seq)
        .limit(limit)
    )
    return found.all()


async def send_again(session: AsyncSession, ids: Sequence[UUID], *, now: dt.datetime) -> None:
    """Make deliveries due again that nobody is sending."""
    if not ids:
        return
    connection = await session.connection()
    await connection.execute(
        sa.update(deliveries)
        .where(d.id == sa.bindparam("of_delivery"), d.claim_id.is_(None))
        .values(**due_again(Trigger.REPLAY, now)),
        [{"of_delivery": id} for id in ids],
    )
