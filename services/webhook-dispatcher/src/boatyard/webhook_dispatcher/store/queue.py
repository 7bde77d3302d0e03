"""The SQL of the queue: what waits, claiming it, and writing down how attempts began and ended.

These statements run thousands of times a second, so they work on many rows at once and on plain values, and
are put together once: that takes longer than to run them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from boatyard.webhook_dispatcher.models import (
    Attempt,
    AttemptOutcome,
    Delivery,
    DeliveryState,
    EventRow,
    Trigger,
    Webhook,
    table,
)

webhooks, events = table(Webhook), table(EventRow)
deliveries, attempts = table(Delivery), table(Attempt)
d = deliveries.c


class Waiting(NamedTuple):
    """A webhook for which something waits that nobody holds, and when the first of it is due."""

    webhook_id: UUID
    due_at: dt.datetime


class Claimed(NamedTuple):
    """A delivery that is ours to send."""

    id: UUID
    webhook_id: UUID
    event_seq: int
    trigger: str
    rung: int
    number: int
    """Of the attempt that is about to be made."""


def _waiting() -> sa.Select[UUID, dt.datetime | None]:
    somewhere = sa.select(d.webhook_id).where(d.due_at.is_not(None)).order_by(d.webhook_id).limit(1)
    hooks = sa.select(somewhere.scalar_subquery().label("webhook_id")).cte("hooks", recursive=True)
    following = somewhere.where(d.webhook_id > hooks.c.webhook_id).scalar_subquery()
    hooks = hooks.union_all(sa.select(following).where(hooks.c.webhook_id.is_not(None)))
    due_at = (
        sa.select(d.due_at)
        .where(d.webhook_id == hooks.c.webhook_id, d.due_at.is_not(None), d.claim_id.is_(None))
        .order_by(d.due_at)
        .limit(1)
        .scalar_subquery()
    )
    return sa.select(hooks.c.webhook_id, due_at).where(hooks.c.webhook_id.is_not(None))


_WAITING = _waiting()


async def waiting(session: AsyncSession) -> list[Waiting]:
    """Every webhook with something that waits: one look into an index each, however much that is."""
    found = await session.execute(_WAITING)
    return [Waiting(id, due) for id, due in found if due is not None]


class Due(NamedTuple):
    """A delivery whose time has come."""

    id: UUID
    trigger: str


class Urgent(NamedTuple):
    """A delivery that a person waits for."""

    id: UUID
    webhook_id: UUID
    trigger: str


_FREE = sa.and_(d.due_at <= sa.bindparam("now"), d.claim_id.is_(None))
_DUE_OF = (
    sa.select(d.id, d.trigger)
    .where(d.webhook_id == sa.bindparam("webhook"), _FREE)
    .order_by(d.due_at)
    .limit(sa.bindparam("most"))
)
_URGENT = (
    sa.select(d.id, d.webhook_id, d.trigger)
    .where(
        sa.text("delivery.trigger IN ('test', 'manual')"),
        d.due_at.is_not(None),
        _FREE,
    )
    .order_by(d.due_at)
    .limit(sa.bindparam("most"))
)


async def due_of(
    session: AsyncSession, webhook_id: UUID, *, now: dt.datetime, limit: int
) -> list[Due]:
    """What a webhook has that is due and free, the longest due first."""
    found = await session.execute(_DUE_OF, {"webhook": webhook_id, "now": now, "most": limit})
    return [Due(*row) for row in found]


async def urgent(session: AsyncSession, *, now: dt.datetime, limit: int) -> list[Urgent]:
    """What people wait for that is due and free, of whichever webhook."""
    found = await session.execute(_URGENT, {"now": now, "most": limit})
    return [Urgent(*row) for row in found]


async def head_of(session: AsyncSession, webhook_id: UUID, *, now: dt.datetime) -> list[Due]:
    """What an ordered webhook may be sent next: its earliest event, if that is due and free.

    What a person waits for has no place in the order: see `urgent`.
    """
    found = await session.execute(
        sa.select(d.id, d.trigger, d.due_at, d.claim_id)
        .where(d.webhook_id == webhook_id, d.due_at.is_not(None), d.trigger != Trigger.TEST)
        .order_by(d.event_seq)
        .limit(1)
    )
    head = found.first()
    if head is None or head.due_at > now or head.claim_id is not None:
        return []
    return [Due(head.id, head.trigger)]


_CHANGING = tuple(
    webhooks.c[name]
    for name in (
        "id",
        "owner",
        "state",
        "generation",
        "ordered",
        "max_in_flight",
        "fail_streak",
        "failing_since",
        "last_failure_at",
        "last_success_at",
        "breaker",
        "breaker_until",
        "breaker_trips",
    )
)
_DECIDED = tuple(
    webhooks.c[name]
    for name in (
        "id",
        "repository_id",
        "repository",
        "name",
        "generation",
        "url",
        "format",
        "secrets",
        "at_most_once",
    )
)


_IDS: sa.BindParameter[Any] = sa.bindparam("ids", expanding=True)
_READ_DECIDED = sa.select(*_DECIDED).where(webhooks.c.id.in_(_IDS))
_READ_CHANGING = sa.select(*_CHANGING).where(webhooks.c.id.in_(_IDS)).order_by(webhooks.c.id)
_LOCK_CHANGING = _READ_CHANGING.with_for_update(key_share=True)
_COUNT_LEASED = (
    sa.select(d.webhook_id, sa.func.count())
    .where(d.webhook_id.in_(_IDS), d.claim_id.is_not(None))
    .group_by(d.webhook_id)
)


async def read_decided(connection: AsyncConnection, ids: Collection[UUID]) -> Sequence[sa.Row[Any]]:
    """What people decided about these webhooks, which stays the same for as long as their generation."""
    return (await connection.execute(_READ_DECIDED, {"ids": list(ids)})).all()


async def read_webhooks(
    connection: AsyncConnection, ids: Collection[UUID], *, lock: bool
) -> Mapping[UUID, sa.Row[Any]]:
    """What changes of these webhooks, for an update if they are locked."""
    wanted = _LOCK_CHANGING if lock else _READ_CHANGING
    return {row.id: row for row in await connection.execute(wanted, {"ids": list(ids)})}


async def count_leased(connection: AsyncConnection, ids: Collection[UUID]) -> Mapping[UUID, int]:
    """How many deliveries of each of these webhooks somebody holds."""
    found = await connection.execute(_COUNT_LEASED, {"ids": list(ids)})
    return {id: count for id, count in found}


def _claim(wanted: Any) -> Any:
    return (
        sa.update(deliveries)
        .where(wanted, _FREE)
        .values(
            claim_id=sa.bindparam("claim"),
            lease_until=sa.bindparam("until"),
            attempts=d.attempts + 1,
        )
        .returning(d.id, d.webhook_id, d.event_seq, d.trigger, d.rung, d.attempts)
    )


_LOCKED = sa.select(d.id).where(d.id.in_(_IDS), _FREE).with_for_update(skip_locked=True)
_CLAIM = {"postgresql": _claim(d.id.in_(_LOCKED)), "sqlite": _claim(d.id.in_(_IDS))}
_READ_EVENTS = sa.select(events).where(events.c.seq.in_(_IDS))


async def claim(
    connection: AsyncConnection,
    ids: Collection[UUID],
    *,
    claim_id: UUID,
    now: dt.datetime,
    until: dt.datetime,
) -> list[Claimed]:
    """Take those of these deliveries that are still due and free."""
    result = await connection.execute(
        _CLAIM[connection.dialect.name],
        {"ids": list(ids), "claim": claim_id, "now": now, "until": until},
    )
    return [Claimed(*row) for row in result]


async def read_events(
    connection: AsyncConnection, sequences: Collection[int]
) -> Sequence[sa.Row[Any]]:
    """The events with these numbers."""
    return (await connection.execute(_READ_EVENTS, {"ids": list(sequences)})).all()


async def begin_attempts(connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    """Write down that these requests are about to be made."""
    await connection.execute(sa.insert(attempts), rows)


_END_ATTEMPT = (
    sa.update(attempts)
    .where(
        attempts.c.delivery_id == sa.bindparam("of_delivery"),
        attempts.c.number == sa.bindparam("of_number"),
    )
    .values(
        {
            name: sa.bindparam(name)
            for name in (
                "outcome",
                "reason",
                "error_class",
                "status",
                "response_headers",
                "response_body",
                "response_length",
                "response_truncated",
                "peer_ip",
                "reused",
                "dns_ms",
                "connect_ms",
                "tls_ms",
                "first_byte_ms",
                "total_ms",
                "ended_at",
            )
        }
    )
)

_GIVE_BACK = (
    sa.update(deliveries)
    .where(d.id == sa.bindparam("of_delivery"), d.claim_id == sa.bindparam("under_claim"))
    .values(
        {
            "claim_id": None,
            "lease_until": None,
            **{
                name: sa.bindparam(name)
                for name in (
                    "state",
                    "due_at",
                    "trigger",
                    "rung",
                    "last_status",
                    "last_error",
                    "finished_at",
                )
            },
        }
    )
)


async def end_attempts(connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    """Write down how these attempts ended, also if their lease has gone to another meanwhile."""
    await connection.execute(_END_ATTEMPT, rows)


async def give_back(connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    """Write down what is next for these deliveries, where our claim still holds."""
    await connection.execute(_GIVE_BACK, rows)


async def skip(connection: AsyncConnection, ids: Collection[UUID], *, now: dt.datetime) -> None:
    """Give up deliveries for which no request could be made."""
    await connection.execute(
        sa.update(deliveries)
        .where(d.id.in_(ids))
        .values(
            state=DeliveryState.SKIPPED,
            due_at=None,
            claim_id=None,
            lease_until=None,
            finished_at=now,
            last_error="unprepared",
            attempts=d.attempts - 1,
        )
    )


async def update_webhooks(connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    """Write down how these webhooks are doing. All rows have the same keys; `of_webhook` says which."""
    names = [name for name in rows[0] if name != "of_webhook"]
    await connection.execute(
        sa.update(webhooks)
        .where(webhooks.c.id == sa.bindparam("of_webhook"))
        .values({name: sa.bindparam(name) for name in names}),
        rows,
    )


class Expired(NamedTuple):
    """A delivery whose holder has vanished."""

    id: UUID
    at_most_once: bool


async def expired(
    connection: AsyncConnection, *, now: dt.datetime | None, limit: int
) -> list[Expired]:
    """Deliveries whose lease ran out by a moment, or all that are leased, each for one finder only."""
    wanted = (
        sa.select(d.id, webhooks.c.at_most_once)
        .join_from(deliveries, webhooks, d.webhook_id == webhooks.c.id)
        .where(d.claim_id.is_not(None))
        .limit(limit)
    )
    if now is not None:
        wanted = wanted.where(d.lease_until <= now)
    if connection.dialect.name == "postgresql":
        wanted = wanted.with_for_update(skip_locked=True, of=deliveries)
    return [Expired(*row) for row in await connection.execute(wanted)]


async def release_expired(
    connection: AsyncConnection, found: Sequence[Expired], *, now: dt.datetime
) -> None:
    """Note that nobody knows how their attempts ended, and let them be sent again, or park them."""
    ids = [row.id for row in found]
    await connection.execute(
        sa.update(attempts)
        .where(attempts.c.delivery_id.in_(ids), attempts.c.outcome == AttemptOutcome.STARTED)
        .values(
            outcome=AttemptOutcome.UNKNOWN,
            ended_at=now,
            reason="the process that made it is gone: it may have arrived",
        )
    )
    again = [row.id for row in found if not row.at_most_once]
    parked = [row.id for row in found if row.at_most_once]
    free = {"claim_id": None, "lease_until": None, "last_error": "unknown"}
    await connection.execute(
        sa.update(deliveries).where(d.id.in_(again)).values(due_at=now, **free)
    )
    await connection.execute(
        sa.update(deliveries)
        .where(d.id.in_(parked))
        .values(due_at=None, state=DeliveryState.UNKNOWN, finished_at=now, **free)
    )
