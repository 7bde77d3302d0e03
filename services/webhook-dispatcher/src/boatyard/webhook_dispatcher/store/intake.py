"""The SQL of taking events in: one row for the event, one for each webhook that wants it.

The statements that each event needs are put together once: that takes longer than to run them.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlmodel import col

from boatyard.shared.db import INSERTS
from boatyard.webhook_dispatcher.models import (
    Delivery,
    EventRow,
    Webhook,
    WebhookState,
    table,
)

webhooks, events, deliveries = table(Webhook), table(EventRow), table(Delivery)
LISTENING = (WebhookState.ACTIVE, WebhookState.PAUSED, WebhookState.DISABLED)
_ORDER_LOCK = 0x7765_6268
"""On PostgreSQL events are numbered one transaction after the other, so that their order is that of commits."""


_NUMBER_IN_TURN = sa.select(sa.func.pg_advisory_xact_lock(_ORDER_LOCK))
_ADD_EVENTS = {
    dialect: insert(events)
    .on_conflict_do_nothing(index_elements=["id"])
    .returning(events.c.id, events.c.seq)
    for dialect, insert in INSERTS.items()
}
_LISTENING = sa.select(webhooks).where(
    webhooks.c.repository.in_(sa.bindparam("repositories", expanding=True)),
    webhooks.c.state.in_(LISTENING),
)
_ADD_DELIVERIES = {
    dialect: insert(deliveries).on_conflict_do_nothing(index_elements=["webhook_id", "event_seq"])
    for dialect, insert in INSERTS.items()
}


async def add_events(
    connection: AsyncConnection, rows: Sequence[dict[str, Any]]
) -> dict[UUID, int]:
    """Enter events in their order; returns the numbers of those that were not entered before."""
    if connection.dialect.name == "postgresql":
        await connection.execute(_NUMBER_IN_TURN)
    result = await connection.execute(_ADD_EVENTS[connection.dialect.name], rows)
    return {id: sequence for id, sequence in result}


async def listening(
    connection: AsyncConnection, repositories: Collection[str]
) -> Mapping[str, list[sa.Row[Any]]]:
    """The webhooks that hear of new events, by repository."""
    found = await connection.execute(_LISTENING, {"repositories": list(repositories)})
    by_repository = defaultdict(list)
    for row in found:
        by_repository[row.repository].append(row)
    return by_repository


async def add_deliveries(connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    """Enter deliveries; one that is there already stays as it is. All rows have the same keys."""
    await connection.execute(_ADD_DELIVERIES[connection.dialect.name], rows)


async def set_visibility(session: AsyncSession, repository_id: UUID, *, public: bool) -> None:
    """Note with the webhooks of a repository whether everybody may pull it."""
    await session.execute(
        sa.update(Webhook)
        .where(col(Webhook.repository_id) == repository_id)
        .values(public=public)
        .execution_options(synchronize_session=False)
    )


async def retire(
    session: AsyncSession, repository_id: UUID, *, now: dt.datetime
) -> Collection[UUID]:
    """Let the webhooks of a deleted repository hear of nothing new; returns which they are."""
    found = await session.execute(
        sa.update(Webhook)
        .where(col(Webhook.repository_id) == repository_id, col(Webhook.state).in_(LISTENING))
        .values(
            state=sa.case(
                (col(Webhook.state) == WebhookState.ACTIVE, WebhookState.RETIRED.value),
                else_=WebhookState.DELETED.value,
            ),
            updated_at=now,
            generation=col(Webhook.generation) + 1,
        )
        .returning(col(Webhook.id))
        .execution_options(synchronize_session=False)
    )
    return found.scalars().all()
