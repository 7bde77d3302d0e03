"""The SQL that finds out who a credential belongs to.

Every request runs some of it, so statements are put together once: that takes longer than to run them.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from boatyard.catalog.accounts.models import Account, Session
from boatyard.catalog.organizations.models import Member, Organization, Robot
from boatyard.catalog.repositories.models import Repository
from boatyard.catalog.tokens.models import AccessToken
from boatyard.shared.events import Role, TokenScope

_SCOPES = TypeAdapter(tuple[TokenScope, ...])
_SESSION = (
    sa.select(Account, col(Session.expires_at))
    .join(Session, col(Session.account_id) == col(Account.id))
    .where(
        col(Session.secret_hash) == sa.bindparam("sha256"),
        col(Session.expires_at) > sa.bindparam("now"),
        ~col(Account.disabled),
    )
)
_TOKEN = (
    sa.select(AccessToken, Account, Robot, col(Organization.name))
    .outerjoin(Account, col(Account.id) == col(AccessToken.account_id))
    .outerjoin(Robot, col(Robot.id) == col(AccessToken.robot_id))
    .outerjoin(Organization, col(Organization.id) == col(Robot.organization_id))
    .where(
        col(AccessToken.secret_hash) == sa.bindparam("sha256"),
        sa.or_(
            col(AccessToken.expires_at).is_(None),
            col(AccessToken.expires_at) > sa.bindparam("now"),
        ),
    )
)
_ROLES = (
    sa.select(col(Organization.name), col(Member.role))
    .join(Member, col(Member.organization_id) == col(Organization.id))
    .where(col(Member.account_id) == sa.bindparam("account"))
)
_REPOSITORY = sa.select(Repository).where(
    col(Repository.namespace) == sa.bindparam("namespace"),
    col(Repository.name) == sa.bindparam("name"),
    col(Repository.deleting_at).is_(None),
)


@dataclass(frozen=True)
class Identity:
    """Who a credential belongs to, what they are where, and what narrows it."""

    username: str
    account_id: UUID | None
    administrator: bool
    roles: dict[str, Role]
    scopes: tuple[TokenScope, ...] | None = None
    token_id: UUID | None = None
    expires_at: dt.datetime | None = None
    """When the token ends, if it ever does."""
    used_at: dt.datetime | None = None
    """When the token was last seen, or when the session ends."""


async def of_session(session: AsyncSession, sha256: str, *, now: dt.datetime) -> Identity | None:
    """Who is signed in with a session that is not over."""
    found = await session.execute(_SESSION, {"sha256": sha256, "now": now})
    row = found.first()
    if row is None:
        return None
    identity = await of_account(session, row[0])
    return Identity(**{**vars(identity), "used_at": row[1]})


async def of_token(session: AsyncSession, sha256: str, *, now: dt.datetime) -> Identity | None:
    """Who an access token stands for, if it has not expired and its owner is not disabled."""
    found = await session.execute(_TOKEN, {"sha256": sha256, "now": now})
    row = found.first()
    if row is None:
        return None
    token, account, robot, organization = row
    identity = await _of_owner(session, account, robot, organization)
    if identity is None:
        return None
    return Identity(
        **{
            **vars(identity),
            "scopes": _SCOPES.validate_python(token.scopes),
            "token_id": token.id,
            "expires_at": token.expires_at,
            "used_at": token.last_used_at,
        }
    )


async def _of_owner(
    session: AsyncSession, account: Account | None, robot: Robot | None, organization: str | None
) -> Identity | None:
    if account is not None:
        return None if account.disabled else await of_account(session, account)
    if robot is None or organization is None or robot.disabled:
        return None
    return of_robot(robot, organization)


async def of_account(session: AsyncSession, account: Account) -> Identity:
    """An account with its roles: it administers its own namespace."""
    found = await session.execute(_ROLES, {"account": account.id})
    return Identity(
        username=account.username,
        account_id=account.id,
        administrator=account.administrator,
        roles={
            account.username: Role.ADMIN,
            **{name: Role(role) for name, role in found},
        },
    )


def of_robot(robot: Robot, organization: str) -> Identity:
    """A robot: its role is in its organization alone."""
    return Identity(
        username=f"{organization}+{robot.name}",
        account_id=None,
        administrator=False,
        roles={organization: Role(robot.role)},
    )


async def repository(session: AsyncSession, full_name: str) -> Repository | None:
    """The repository of that name, unless it was deleted."""
    namespace, _, name = full_name.partition("/")
    found = await session.execute(_REPOSITORY, {"namespace": namespace, "name": name})
    return found.scalar_one_or_none()


async def touch_token(session: AsyncSession, id: UUID, *, now: dt.datetime) -> None:
    """Remember that a token was used."""
    await session.execute(
        sa.update(AccessToken).where(col(AccessToken.id) == id).values(last_used_at=now)
    )


async def prolong_session(session: AsyncSession, sha256: str, *, until: dt.datetime) -> None:
    """Let a session that is used last longer."""
    await session.execute(
        sa.update(Session).where(col(Session.secret_hash) == sha256).values(expires_at=until)
    )
