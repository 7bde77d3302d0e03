"""The SQL of linked accounts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from boatyard.github_gateway.accounts.models import LinkedAccount


async def account(session: AsyncSession, account_id: UUID) -> LinkedAccount | None:
    """The GitHub account that an account is linked with."""
    return await session.get(LinkedAccount, account_id)


async def accounts(session: AsyncSession) -> Sequence[LinkedAccount]:
    """Every linked account."""
    return (await session.execute(sa.select(LinkedAccount))).scalars().all()


async def accounts_of(session: AsyncSession, github_id: int) -> Sequence[LinkedAccount]:
    """The accounts that are linked with a person at GitHub."""
    found = await session.execute(
        sa.select(LinkedAccount).where(col(LinkedAccount.github_id) == github_id)
    )
    return found.scalars().all()


async def save(session: AsyncSession, row: LinkedAccount) -> None:
    """Store a link, in the place of the one there was."""
    await session.merge(row)


async def delete(session: AsyncSession, account_id: UUID) -> None:
    """Forget a link."""
    await session.execute(
        sa.delete(LinkedAccount).where(col(LinkedAccount.account_id) == account_id)
    )


async def renew(
    session: AsyncSession,
    account_id: UUID,
    *,
    old: bytes,
    tokens: bytes,
    expires_at: dt.datetime | None,
) -> bool:
    """Put renewed tokens in the place of those they were made of; False if others are there by now."""
    renewed = await session.execute(
        sa.update(LinkedAccount)
        .where(col(LinkedAccount.account_id) == account_id, col(LinkedAccount.tokens) == old)
        .values(tokens=tokens, expires_at=expires_at)
        .returning(col(LinkedAccount.account_id))
    )
    return renewed.first() is not None


async def mark_lost(session: AsyncSession, account_id: UUID, reason: str) -> None:
    """GitHub does not believe the link any more."""
    await session.execute(
        sa.update(LinkedAccount)
        .where(col(LinkedAccount.account_id) == account_id)
        .values(lost=reason)
    )
