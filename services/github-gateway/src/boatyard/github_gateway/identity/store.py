"""The SQL of the App, and of those who were sent to GitHub."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from boatyard.github_gateway.identity.models import ONLY, AppRow, Errand


async def app(session: AsyncSession) -> AppRow | None:
    """The App's row."""
    return await session.get(AppRow, ONLY)


async def replace_app(session: AsyncSession, row: AppRow) -> None:
    """Put an App in the place of the one there was."""
    await session.merge(row)


async def delete_app(session: AsyncSession) -> None:
    """Forget the App."""
    await session.execute(sa.delete(AppRow))


async def take_errand(session: AsyncSession, state_sha256: str, purpose: str) -> Errand | None:
    """The errand of a state, which is used up by it."""
    taken = await session.execute(
        sa.delete(Errand)
        .where(col(Errand.state_sha256) == state_sha256, col(Errand.purpose) == purpose)
        .returning(Errand)
    )
    return taken.scalar_one_or_none()


async def forget_errands(session: AsyncSession, *, before: dt.datetime) -> None:
    """Delete those from which nobody came back in time."""
    await session.execute(sa.delete(Errand).where(col(Errand.expires_at) < before))
