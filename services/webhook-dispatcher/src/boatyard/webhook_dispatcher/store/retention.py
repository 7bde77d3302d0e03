"""The SQL of forgetting: always a bounded number of rows, so that nobody waits for it."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from boatyard.webhook_dispatcher.models import (
    Delivery,
    DeliveryState,
    EventRow,
    Webhook,
    WebhookState,
    table,
)

webhooks, events, deliveries = table(Webhook), table(EventRow), table(Delivery)
d = deliveries.c
HELD = (WebhookState.PAUSED, WebhookState.DISABLED)


async def last_before(connection: AsyncConnection, moment: dt.datetime) -> int:
    """The number of the last event that was received before a moment; 0 if there is none."""
    found = await connection.execute(
        sa.select(events.c.seq)
        .where(events.c.received_at < moment)
        .order_by(events.c.received_at.desc())
        .limit(1)
    )
    return found.scalar_one_or_none() or 0


async def next_events(
    connection: AsyncConnection, *, after: int, last: int, limit: int
) -> list[int]:
    """The next events up to a number."""
    found = await connection.execute(
        sa.select(events.c.seq)
        .where(events.c.seq > after, events.c.seq <= last)
        .order_by(events.c.seq)
        .limit(limit)
    )
    return list(found.scalars())


async def skip_held(connection: AsyncConnection, sequences: list[int], *, now: dt.datetime) -> None:
    """Give up what has waited so long for a webhook that nobody resumed."""
    held = sa.select(webhooks.c.id).where(webhooks.c.state.in_(HELD))
    await connection.execute(
        sa.update(deliveries)
        .where(
            d.event_seq.in_(sequences),
            d.due_at.is_not(None),
            d.claim_id.is_(None),
            d.webhook_id.in_(held),
        )
        .values(state=DeliveryState.SKIPPED, due_at=None, finished_at=now)
    )


async def forget_deliveries(
    connection: AsyncConnection, sequences: list[int], *, before: dt.datetime, limit: int
) -> int:
    """Delete deliveries of these events, with their attempts, that came to an end before a moment."""
    ended = sa.select(d.id).where(
        d.event_seq.in_(sequences), d.due_at.is_(None), d.finished_at < before
    )
    gone = await connection.execute(sa.delete(deliveries).where(d.id.in_(ended.limit(limit))))
    return gone.rowcount


async def forget_events(connection: AsyncConnection, sequences: list[int]) -> int:
    """Delete those of these events that no delivery is left of."""
    left = sa.exists().where(d.event_seq == events.c.seq)
    gone = await connection.execute(sa.delete(events).where(events.c.seq.in_(sequences), ~left))
    return gone.rowcount


async def gone_webhooks(connection: AsyncConnection, *, limit: int) -> list[UUID]:
    """Webhooks whose records are to be removed: deleted ones, and retired ones that were told everything."""
    waits = sa.exists().where(d.webhook_id == webhooks.c.id, d.due_at.is_not(None))
    found = await connection.execute(
        sa.select(webhooks.c.id)
        .where(
            sa.text("state IN ('retired', 'deleted')"),
            sa.or_(webhooks.c.state == WebhookState.DELETED, ~waits),
        )
        .limit(limit)
    )
    return list(found.scalars())


async def remove_webhook(connection: AsyncConnection, id: UUID, *, limit: int) -> bool:
    """Delete so many deliveries of a webhook, and itself once none is left; whether it is gone."""
    some = sa.select(d.id).where(d.webhook_id == id, d.claim_id.is_(None)).limit(limit)
    await connection.execute(sa.delete(deliveries).where(d.id.in_(some)))
    left = await connection.execute(sa.select(d.id).where(d.webhook_id == id).limit(1))
    if left.first() is not None:
        return False
    await connection.execute(sa.delete(webhooks).where(webhooks.c.id == id))
    return True
