"""The SQL of access tokens."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from boatyard.catalog.tokens.models import AccessToken


async def of_account(
    session: AsyncSession, account_id: UUID, *, after: UUID | None, limit: int
) -> Sequence[AccessToken]:
    """An account's tokens, the oldest first."""
    wanted = (
        sa.select(AccessToken)
        .where(col(AccessToken.account_id) == account_id)
        .order_by(col(AccessToken.id))
        .limit(limit)
    )
    if after is not None:
        wanted = wanted.where(col(AccessToken.id) > after)
    return (await session.execute(wanted)).scalars().all()


async def count_of_account(session: AsyncSession, account_id: UUID) -> int:
    """How many tokens an account has."""
    wanted = sa.select(sa.func.count()).select_from(AccessToken)
    found = await session.execute(wanted.where(col(AccessToken.account_id) == account_id))
    return found.scalar_one()


async def delete(session: AsyncSession, id: UUID, *, account_id: UUID) -> bool:
    """Revoke one of an account's tokens; False if it has none of that id."""
    found = await session.execute(
        sa.delete(AccessToken)
        .where(col(AccessToken.id) == id, col(AccessToken.account_id) == account_id)
        .returning(col(AccessToken.id))
    )
    return found.first() is not None


async def delete_of_robot(session: AsyncSession, robot_id: UUID) -> None:
    """Revoke a robot's token."""
    await session.execute(sa.delete(AccessToken).where(col(AccessToken.robot_id) == robot_id))


async def of_robots(
    session: AsyncSession, robot_ids: Sequence[UUID]
) -> dict[UUID | None, AccessToken]:
    """The token of each robot."""
    found = await session.execute(
        sa.select(AccessToken).where(col(AccessToken.robot_id).in_(robot_ids))
    )
    return {token.robot_id: token for token in found.scalars()}
