"""What people do with deliveries: try a webhook, send something again, read what was told."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from boatyard.shared.db import UnitOfWork
from boatyard.shared.errors import Conflict, NotFound
from boatyard.webhook_dispatcher.actions.intake import delivery_values, event_values, wants
from boatyard.webhook_dispatcher.formats import Announcement, Format, supports
from boatyard.webhook_dispatcher.models import (
    Delivery,
    DeliveryState,
    EventRow,
    Trigger,
    Webhook,
    WebhookState,
)
from boatyard.webhook_dispatcher.rows import announcement_of
from boatyard.webhook_dispatcher.store import intake, records, replays

REPLAYED = 5000
"""Events at the most that one replay looks at: it is one transaction."""
UNSUCCESSFUL = frozenset({DeliveryState.EXHAUSTED, DeliveryState.SKIPPED, DeliveryState.UNKNOWN})
KNOWN = UNSUCCESSFUL | {DeliveryState.SUCCEEDED}


async def test(
    uow: UnitOfWork, webhook: Webhook, announcement: Announcement, *, now: dt.datetime
) -> UUID:
    """Send an example to a webhook, whatever its state and its filters; returns the delivery's id."""
    if not supports(Format(webhook.format), announcement.type):
        raise Conflict(
            "event-not-supported",
            f"The format {webhook.format} has no words for {announcement.type.value}.",
        )
    connection = await uow.session.connection()
    sequences = await intake.add_events(connection, [event_values(announcement, now, test=True)])
    row = delivery_values(webhook, sequences[announcement.id], now, trigger=Trigger.TEST)
    row |= {"state": DeliveryState.PENDING.value, "due_at": now, "finished_at": None}
    await intake.add_deliveries(connection, [row])
    return UUID(str(row["id"]))


async def found(session: AsyncSession, webhook: Webhook, id: UUID) -> tuple[Delivery, EventRow]:
    """A delivery of a webhook with its event."""
    delivery = await records.read(session, webhook.id, id)
    if delivery is None:
        raise NotFound("delivery-not-found", f"This webhook has no delivery {id}.")
    return delivery


async def redeliver(
    uow: UnitOfWork, webhook: Webhook, delivery: Delivery, *, now: dt.datetime
) -> None:
    """Send a delivery again, under the same `webhook-id`, with its whole ladder before it."""
    check_active(webhook)
    if not await records.send_again(uow.session, delivery.id, now=now):
        raise Conflict("delivery-under-way", "It is being sent right now: see what comes of that.")


@dataclass(frozen=True)
class Replay:
    """What a replay came to."""

    count: int
    next_since: dt.datetime | None
    """Where to go on, if there was more than is replayed at once."""


async def replay(
    uow: UnitOfWork, webhook: Webhook, *, since: dt.datetime, everything: bool, now: dt.datetime
) -> Replay:
    """Send again what was received since a moment: what was not delivered, or everything.

    What the webhook missed, because it did not exist yet or wanted other things, is among it.
    """
    check_active(webhook)
    session = uow.session
    after = await replays.sequence_at(session, since)
    events = await replays.events_since(session, webhook, since=since, after=after, limit=REPLAYED)
    again = KNOWN if everything else UNSUCCESSFUL
    known = [event.delivery_id for event in events if event.state in again and not event.busy]
    missed = [
        delivery_values(webhook, event.seq, now, trigger=Trigger.REPLAY)
        for event in events
        if event.delivery_id is None and wants(webhook, announcement_of(event))
    ]
    await replays.send_again(session, known, now=now)
    if missed:
        await intake.add_deliveries(await session.connection(), missed)
    full = len(events) == REPLAYED
    return Replay(len(known) + len(missed), events[-1].received_at if full else None)


async def read_feed(
    session: AsyncSession, webhook: Webhook, *, after: UUID | None, limit: int
) -> list[EventRow]:
    """The next events that a webhook was to be told of; NotFound if the last one seen is forgotten."""
    sequence = 0
    if after is not None:
        known = await records.sequence_of(session, after)
        if known is None:
            raise NotFound(
                "event-forgotten",
                f"There is no event {after}, or not any more: begin without `after`.",
            )
        sequence = known
    return list(await records.feed(session, webhook.id, after=sequence, limit=limit))


def check_active(webhook: Webhook) -> None:
    """Return if deliveries are sent to a webhook, else raise Conflict."""
    if webhook.state != WebhookState.ACTIVE:
        raise Conflict(
            "webhook-not-active", f"This webhook is {webhook.state}: make it active first."
        )
