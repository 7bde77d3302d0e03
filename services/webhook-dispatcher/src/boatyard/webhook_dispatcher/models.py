"""The tables of webhooks, events, deliveries and attempts."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from boatyard.shared.db import BigId, Json, UtcDateTime
from boatyard.shared.events import new_id
from boatyard.shared.leases import LeaseColumns
from boatyard.webhook_dispatcher.db import Base


class WebhookState(StrEnum):
    """Whether a webhook is sent to."""

    ACTIVE = "active"
    PAUSED = "paused"
    """By a person: deliveries wait until it is resumed."""
    DISABLED = "disabled"
    """By us, or because the endpoint asked for it: new events are recorded and not sent."""
    RETIRED = "retired"
    """Its repository is gone: what was announced by then is still sent, nothing new is."""
    DELETED = "deleted"
    """Gone for everybody; its records are removed bit by bit."""


class BreakerState(StrEnum):
    """Whether requests to a webhook's endpoint are held back because nearly all of them fail."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"
    """One request is under way to see whether the endpoint is back."""


class DeliveryState(StrEnum):
    """What became of a delivery."""

    PENDING = "pending"
    """It waits for its next attempt, or is being sent."""
    SUCCEEDED = "succeeded"
    EXHAUSTED = "exhausted"
    """Every attempt of the ladder failed, or the endpoint wants no more of this."""
    SKIPPED = "skipped"
    """The webhook was disabled, or its format has no words for the event: nothing was sent."""
    UNKNOWN = "unknown"
    """It may have arrived; a webhook with `at_most_once` is not sent it again."""


class Trigger(StrEnum):
    """Why there was an attempt."""

    AUTOMATIC = "automatic"
    MANUAL = "manual"
    TEST = "test"
    PROBE = "probe"
    REPLAY = "replay"


class AttemptOutcome(StrEnum):
    """What came of an attempt."""

    STARTED = "started"
    """It is under way."""
    OK = "ok"
    HTTP_ERROR = "http_error"
    """The endpoint answered and did not take it."""
    NETWORK_ERROR = "network_error"
    BLOCKED = "blocked"
    """The address is not allowed: no request was made."""
    UNKNOWN = "unknown"
    """The process that made it is gone: nobody knows whether it arrived."""


class Webhook(Base, table=True):
    """Whom to tell, of what, and how it went so far. `generation` counts the changes that people make."""

    __tablename__ = "webhook"
    __table_args__ = (
        sa.Index(None, "repository", "state"),
        sa.Index(None, "repository_id", "id"),
        sa.Index(
            "ix_webhook_gone",
            "state",
            sqlite_where=sa.text("state IN ('retired', 'deleted')"),
            postgresql_where=sa.text("state IN ('retired', 'deleted')"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    repository_id: UUID
    repository: str = Field(max_length=129)
    owner: str = Field(max_length=64)
    """The namespace: slots are shared out fairly among these."""
    public: bool | None = Field(default=None)
    """Whether everybody may pull the repository, as catalog said last; None if it has not yet."""
    name: str = Field(default="", max_length=100)
    url: str = Field(max_length=2048)
    format: str = Field(max_length=16)
    state: str = Field(default=WebhookState.ACTIVE, max_length=16)
    generation: int = Field(default=1)
    filters: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    ordered: bool = Field(default=False)
    at_most_once: bool = Field(default=False)
    max_in_flight: int = Field(default=4)
    secrets: bytes
    """Sealed by the vault; see `secrets.py`."""
    created_at: dt.datetime = Field(sa_type=UtcDateTime)
    created_by: str | None = Field(default=None, max_length=130)
    updated_at: dt.datetime = Field(sa_type=UtcDateTime)
    disabled_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    disabled_reason: str | None = Field(default=None, max_length=32)
    fail_streak: int = Field(default=0)
    failing_since: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_failure_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_success_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    breaker: str = Field(default=BreakerState.CLOSED, max_length=16)
    breaker_until: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    """Open: when to probe. Half open: when the probe counts as lost."""
    breaker_trips: int = Field(default=0)
    """How often in a row it opened: the pauses grow with it."""


class EventRow(Base, table=True):
    """An announcement, whether or not a webhook wanted it. `seq` is the order in which they are told."""

    __tablename__ = "event"
    __table_args__ = (sa.Index(None, "repository", "seq"), {"sqlite_autoincrement": True})

    seq: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    id: UUID = Field(unique=True)
    type: str = Field(max_length=32)
    repository: str = Field(max_length=129)
    tag: str | None = Field(default=None, max_length=128)
    origin: str | None = Field(default=None, max_length=16)
    test: bool = Field(default=False)
    """Made up for one webhook, to see whether it works: nobody else is told of it."""
    occurred_at: dt.datetime = Field(sa_type=UtcDateTime)
    received_at: dt.datetime = Field(sa_type=UtcDateTime, index=True)
    data: dict[str, Any] = Field(sa_type=Json)
    trace: str | None = Field(default=None, max_length=55)
    """The span that entered it (`traceparent`): its attempts are part of that trace."""


_WAITING = sa.text("due_at IS NOT NULL")
_LEASED = sa.text("claim_id IS NOT NULL")
_URGENT = sa.text("trigger IN ('test', 'manual') AND due_at IS NOT NULL")
UNDELIVERED = "state IN ('exhausted', 'skipped', 'unknown')"
"""Said literally, or no database sees that the index on these rows can be used."""


class Delivery(Base, LeaseColumns, table=True):
    """One event on its way to one webhook. It waits in the table until `due_at`.

    The indexes are such that a delivery which succeeds at once touches few of them.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        sa.UniqueConstraint("webhook_id", "event_seq"),
        sa.Index(None, "event_seq"),
        sa.Index(
            "ix_delivery_waiting",
            "webhook_id",
            "due_at",
            sqlite_where=_WAITING,
            postgresql_where=_WAITING,
        ),
        sa.Index(
            "ix_delivery_leased",
            "webhook_id",
            "lease_until",
            sqlite_where=_LEASED,
            postgresql_where=_LEASED,
        ),
        sa.Index(
            "ix_delivery_order",
            "webhook_id",
            "event_seq",
            sqlite_where=_WAITING,
            postgresql_where=_WAITING,
        ),
        sa.Index("ix_delivery_urgent", "due_at", sqlite_where=_URGENT, postgresql_where=_URGENT),
        sa.Index(
            "ix_delivery_failed",
            "webhook_id",
            "state",
            "event_seq",
            sqlite_where=sa.text(UNDELIVERED),
            postgresql_where=sa.text(UNDELIVERED),
        ),
    )

    # Not indexed by themselves: the partial indexes above hold what is looked for, and little else.
    due_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    lease_until: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    webhook_id: UUID = Field(foreign_key="webhook.id")
    event_seq: int = Field(foreign_key="event.seq", sa_type=BigId)
    state: str = Field(default=DeliveryState.PENDING, max_length=16)
    trigger: str = Field(default=Trigger.AUTOMATIC, max_length=16)
    """The reason of the next attempt."""
    rung: int = Field(default=0)
    """How many attempts of the ladder failed. What wasn't the endpoint's fault does not count."""
    attempts: int = Field(default=0)
    last_status: int | None = Field(default=None)
    last_error: str | None = Field(default=None, max_length=64)
    created_at: dt.datetime = Field(sa_type=UtcDateTime)
    finished_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)


class Attempt(Base, table=True):
    """One request, written down before it is made. What is not known yet, or never was, is null."""

    __tablename__ = "attempt"

    delivery_id: UUID = Field(foreign_key="delivery.id", primary_key=True, ondelete="CASCADE")
    number: int = Field(primary_key=True)
    trigger: str = Field(max_length=16)
    outcome: str = Field(default=AttemptOutcome.STARTED, max_length=16)
    reason: str | None = Field(default=None, max_length=300)
    """Why it counts as failed, or what was done about it, in words."""
    error_class: str | None = Field(default=None, max_length=32)
    url: str = Field(max_length=4096)
    request_headers: list[list[str]] = Field(sa_type=Json)
    request_body: bytes
    status: int | None = Field(default=None)
    response_headers: list[list[str]] | None = Field(
        default=None, sa_type=sa.JSON(none_as_null=True)
    )
    response_body: bytes | None = Field(default=None)
    response_length: int | None = Field(default=None)
    response_truncated: bool = Field(default=False)
    peer_ip: str | None = Field(default=None, max_length=64)
    reused: bool | None = Field(default=None)
    dns_ms: float | None = Field(default=None)
    connect_ms: float | None = Field(default=None)
    tls_ms: float | None = Field(default=None)
    first_byte_ms: float | None = Field(default=None)
    total_ms: float | None = Field(default=None)
    started_at: dt.datetime = Field(sa_type=UtcDateTime)
    ended_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    worker: str = Field(max_length=64)


def table(model: type[Base]) -> sa.Table:
    """The table of a model, for statements that read or write many rows at once."""
    found = sa.inspect(model).local_table
    assert isinstance(found, sa.Table)  # noqa: S101 - every model here is one table
    return found
