"""The SQL of catching up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from boatyard.github_gateway.catchup.models import HookWatch, Reminder


async def watch(session: AsyncSession, hook: str) -> HookWatch | None:
    """How far a webhook's deliveries were looked through."""
    return await session.get(HookWatch, hook)


async def note_watch(session: AsyncSession, row: HookWatch) -> None:
    """Remember how far they were looked through."""
    await session.merge(row)


async def reminded(session: AsyncSession, guids: Sequence[str]) -> dict[str, int]:
    """How often GitHub was asked to deliver these again."""
    found = await session.execute(
        sa.select(col(Reminder.guid), col(Reminder.times)).where(col(Reminder.guid).in_(guids))
    )
    return {guid: times for guid, times in found}


async def note_reminder(session: AsyncSession, guid: str, *, times: int, now: dt.datetime) -> None:
    """Remember that GitHub was asked."""
    await session.merge(Reminder(guid=guid, times=times, asked_at=now))


async def forget(session: AsyncSession, *, before: dt.datetime) -> None:
    """Forget reminders of what GitHub has forgotten itself."""
    await session.execute(sa.delete(Reminder).where(col(Reminder.asked_at) < before))
