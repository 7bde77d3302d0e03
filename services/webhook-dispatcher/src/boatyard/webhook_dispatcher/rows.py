"""Rows of the database as the values that the dispatcher works with. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from boatyard.webhook_dispatcher.formats import Announcement, EventType
from boatyard.webhook_dispatcher.health import Health
from boatyard.webhook_dispatcher.models import BreakerState, EventRow, Webhook, WebhookState
from boatyard.webhook_dispatcher.scheduler import Facts

SENDABLE = frozenset({WebhookState.ACTIVE, WebhookState.RETIRED})
_HEALTH_COLUMNS = tuple(field.name for field in fields(Health))
Row = sa.Row[Any]
AnyWebhook = Row | Webhook
"""A webhook as it was read: a plain row where it must be fast."""


def health_of(row: AnyWebhook) -> Health:
    """How a webhook's endpoint is doing."""
    return Health(
        fail_streak=row.fail_streak,
        failing_since=row.failing_since,
        last_failure_at=row.last_failure_at,
        last_success_at=row.last_success_at,
        breaker=BreakerState(row.breaker),
        breaker_until=row.breaker_until,
        breaker_trips=row.breaker_trips,
    )


def health_columns(health: Health) -> dict[str, Any]:
    """The columns that keep it."""
    return {name: getattr(health, name) for name in _HEALTH_COLUMNS}


def facts_of(row: AnyWebhook, health: Health | None = None, *, disabled: bool = False) -> Facts:
    """What the scheduler must know of a webhook, with what has changed since its row was read."""
    known = health or health_of(row)
    return Facts(
        id=row.id,
        owner=row.owner,
        sendable=row.state in SENDABLE and not disabled,
        cap=row.max_in_flight,
        ordered=row.ordered,
        fail_streak=known.fail_streak,
        breaker=known.breaker,
        breaker_until=known.breaker_until,
    )


def width_of(row: Row) -> int:
    """How many deliveries of a webhook may be under way, in all processes together."""
    return 1 if row.ordered else int(row.max_in_flight)


def announcement_of(row: Row | EventRow) -> Announcement:
    """An event as it is announced."""
    return Announcement(row.id, EventType(row.type), row.occurred_at, row.data)


def changed_healths(
    rows: Mapping[UUID, Row], healths: Mapping[UUID, Health]
) -> list[dict[str, Any]]:
    """The columns of the webhooks whose health is not what their row says."""
    return [
        {"of_webhook": id, **health_columns(health)}
        for id, health in healths.items()
        if health != health_of(rows[id])
    ]
