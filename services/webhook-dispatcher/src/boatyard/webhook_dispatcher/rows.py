"""Rows of the database as the values that the dispatcher works with. Pure."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Self

import sqlalchemy as sa

from boatyard.webhook_dispatcher.delivery import Target
from boatyard.webhook_dispatcher.formats import Announcement, EventType, Format
from boatyard.webhook_dispatcher.health import Health
from boatyard.webhook_dispatcher.keys import Keys
from boatyard.webhook_dispatcher.models import BreakerState, EventRow, Webhook, WebhookState
from boatyard.webhook_dispatcher.scheduler import Facts
from boatyard.webhook_dispatcher.vault import Vault

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
    return Announcement(row.id, EventType(row.type), row.occurred_at, row.data, row.trace)


def target_of(row: Row, vault: Vault) -> Target:
    """What people decided about a webhook; VaultError if its keys can't be read."""
    return Target(
        webhook_id=row.id,
        repository_id=row.repository_id,
        repository=row.repository,
        name=row.name,
        generation=row.generation,
        url=row.url,
        format=Format(row.format),
        keys=Keys.unseal(vault, row.secrets, row.id),
        at_most_once=row.at_most_once,
    )


@dataclass(frozen=True)
class Known:
    """A row of a webhook, and what it means."""

    row: Row
    health: Health
    facts: Facts

    @classmethod
    def of(cls, row: Row) -> Self:
        """Read a row."""
        health = health_of(row)
        return cls(row, health, facts_of(row, health))
