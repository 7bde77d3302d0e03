"""The SQL of organizations, members and robots."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from boatyard.catalog.accounts.models import Account
from boatyard.catalog.organizations.models import Member, Organization, Robot
from boatyard.catalog.repositories.models import Repository
from boatyard.shared.events import Role


async def by_name(session: AsyncSession, name: str) -> Organization | None:
    """The organization of that name."""
    found = await session.execute(sa.select(Organization).where(col(Organization.name) == name))
    return found.scalar_one_or_none()


async def by_names(
    session: AsyncSession, names: Sequence[str], *, after: str | None, limit: int
) -> Sequence[Organization]:
    """Those of the named organizations that exist, by name."""
    wanted = sa.select(Organization).where(col(Organization.name).in_(names))
    if after is not None:
        wanted = wanted.where(col(Organization.name) > after)
    return (
        (await session.execute(wanted.order_by(col(Organization.name)).limit(limit)))
        .scalars()
        .all()
    )


async def has_repositories(session: AsyncSession, name: str) -> bool:
    """Whether any repository is, or is still being removed, in that namespace."""
    found = await session.execute(
        sa.select(col(Repository.id)).where(col(Repository.namespace) == name).limit(1)
    )
    return found.first() is not None


async def lock_members(session: AsyncSession, organization_id: UUID) -> None:
    """Let only one at a time change who belongs to an organization, until the transaction ends."""
    await session.execute(
        sa.select(col(Organization.id))
        .where(col(Organization.id) == organization_id)
        .with_for_update(key_share=True)
    )


async def count_robots(session: AsyncSession, organization_id: UUID) -> int:
    """How many robots an organization has."""
    wanted = sa.select(sa.func.count()).select_from(Robot)
    found = await session.execute(wanted.where(col(Robot.organization_id) == organization_id))
    return found.scalar_one()


async def member(session: AsyncSession, organization_id: UUID, account_id: UUID) -> Member | None:
    """The membership of an account."""
    return await session.get(Member, (organization_id, account_id))


async def admins(session: AsyncSession, organization_id: UUID) -> int:
    """How many members administer an organization."""
    found = await session.execute(
        sa.select(sa.func.count())
        .select_from(Member)
        .where(col(Member.organization_id) == organization_id, col(Member.role) == Role.ADMIN)
    )
    return found.scalar_one()


async def members(
    session: AsyncSession, organization_id: UUID, *, after: str | None, limit: int
) -> Sequence[tuple[Account, Member]]:
    """The members with their accounts, by name."""
    wanted = (
        sa.select(Account, Member)
        .join(Member, col(Member.account_id) == col(Account.id))
        .where(col(Member.organization_id) == organization_id)
        .order_by(col(Account.username))
        .limit(limit)
    )
    if after is not None:
        wanted = wanted.where(col(Account.username) > after)
    return [(account, member) for account, member in await session.execute(wanted)]


async def robot(session: AsyncSession, organization_id: UUID, name: str) -> Robot | None:
    """The robot of that name."""
    found = await session.execute(
        sa.select(Robot).where(
            col(Robot.organization_id) == organization_id, col(Robot.name) == name
        )
    )
    return found.scalar_one_or_none()


async def robots(
    session: AsyncSession, organization_id: UUID, *, after: str | None, limit: int
) -> Sequence[Robot]:
    """The robots, by name."""
    wanted = sa.select(Robot).where(col(Robot.organization_id) == organization_id)
    if after is not None:
        wanted = wanted.where(col(Robot.name) > after)
    return (await session.execute(wanted.order_by(col(Robot.name)).limit(limit))).scalars().all()
