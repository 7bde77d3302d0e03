"""The SQL of webhooks as people make and change them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from boatyard.shared.errors import Invalid
from boatyard.shared.paging import decode_cursor, encode_cursor
from boatyard.webhook_dispatcher.models import Webhook
from boatyard.webhook_dispatcher.store.intake import LISTENING


async def listed(
    session: AsyncSession, repository_id: UUID, *, cursor: str | None, limit: int
) -> tuple[Sequence[Webhook], str | None]:
    """A page of a repository's webhooks in the order in which they were made."""
    wanted = sa.select(Webhook).where(_shown(repository_id)).order_by(col(Webhook.id))
    if cursor is not None:
        wanted = wanted.where(col(Webhook.id) > id_of_cursor(cursor))
    rows = (await session.execute(wanted.limit(limit + 1))).scalars().all()
    page = rows[:limit]
    return page, encode_cursor(str(page[-1].id)) if len(rows) > limit else None


async def read(
    session: AsyncSession, repository_id: UUID, id: UUID, *, lock: bool = False
) -> Webhook | None:
    """A webhook of a repository; with `lock` nobody changes it until the transaction ends."""
    wanted = sa.select(Webhook).where(_shown(repository_id), col(Webhook.id) == id)
    if lock:
        wanted = wanted.with_for_update(key_share=True)
    return (await session.execute(wanted)).scalar_one_or_none()


async def count(session: AsyncSession, repository_id: UUID) -> int:
    """How many webhooks a repository has."""
    found = await session.execute(
        sa.select(sa.func.count()).select_from(Webhook).where(_shown(repository_id))
    )
    return found.scalar_one()


def _shown(repository_id: UUID) -> sa.ColumnElement[bool]:
    return sa.and_(col(Webhook.repository_id) == repository_id, col(Webhook.state).in_(LISTENING))


def id_of_cursor(cursor: str) -> UUID:
    """The id in a cursor; Invalid if it has none."""
    (text,) = decode_cursor(cursor, str)
    try:
        return UUID(str(text))
    except ValueError as error:
        raise Invalid.field("query.cursor", "is not a cursor of this list") from error
