"""The SQL of accounts, sessions and failed tries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from boatyard.catalog.accounts.models import Account, FailedSignIn, Namespace, Session
from boatyard.catalog.accounts.throttle import FORGET
from boatyard.catalog.tokens.models import RefreshToken
from boatyard.shared.db import insert_of


async def by_username(session: AsyncSession, username: str) -> Account | None:
    """The account of that name."""
    return (
        await session.execute(sa.select(Account).where(col(Account.username) == username))
    ).scalar_one_or_none()


async def by_id(session: AsyncSession, id: UUID) -> Account | None:
    """The account with that id."""
    return await session.get(Account, id)


async def count(session: AsyncSession) -> int:
    """How many accounts there are."""
    return (await session.execute(sa.select(sa.func.count()).select_from(Account))).scalar_one()


async def administrators(session: AsyncSession) -> int:
    """How many accounts administer and can sign in."""
    able = sa.and_(col(Account.administrator), ~col(Account.disabled))
    found = await session.execute(sa.select(sa.func.count()).select_from(Account).where(able))
    return found.scalar_one()


async def listed(
    session: AsyncSession, *, query: str, after: str | None, limit: int
) -> Sequence[Account]:
    """Accounts by name, those that contain `query`."""
    wanted = sa.select(Account).order_by(col(Account.username)).limit(limit)
    if query:
        wanted = wanted.where(col(Account.username).contains(query, autoescape=True))
    if after is not None:
        wanted = wanted.where(col(Account.username) > after)
    return (await session.execute(wanted)).scalars().all()


async def namespace(session: AsyncSession, name: str) -> Namespace | None:
    """Whose namespace that is."""
    return await session.get(Namespace, name)


async def lock_names(session: AsyncSession) -> None:
    """Let only one at a time take a name or change who administers, until the transaction ends.

    Rare acts that must see what the one before did. SQLite has one writer anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(sa.text("SELECT pg_advisory_xact_lock(7102)"))


async def hold_namespace(session: AsyncSession, name: str) -> Namespace | None:
    """Whose namespace that is; it stays so until the transaction ends."""
    found = await session.execute(
        sa.select(Namespace).where(col(Namespace.name) == name).with_for_update(read=True)
    )
    return found.scalar_one_or_none()


async def take_namespace(session: AsyncSession, name: str) -> None:
    """Wait until nobody holds a namespace, and let nobody hold it until the transaction ends."""
    await session.execute(sa.select(Namespace).where(col(Namespace.name) == name).with_for_update())


async def renew_hash(session: AsyncSession, account: Account, new_hash: str) -> None:
    """Replace the hash of a password by one with today's parameters, unless the password was changed."""
    same = col(Account.password_hash) == account.password_hash
    await session.execute(
        sa.update(Account).where(col(Account.id) == account.id, same).values(password_hash=new_hash)
    )


async def end_sessions(session: AsyncSession, account_id: UUID, *, but: str | None) -> None:
    """Sign an account out everywhere, except in the session with the hash `but`."""
    ended = sa.delete(Session).where(col(Session.account_id) == account_id)
    if but is not None:
        ended = ended.where(col(Session.secret_hash) != but)
    await session.execute(ended)
    await session.execute(sa.delete(RefreshToken).where(col(RefreshToken.account_id) == account_id))


async def end_session(session: AsyncSession, secret_hash: str) -> str | None:
    """Sign one session out; returns whose it was."""
    found = await session.execute(
        sa.select(col(Account.username))
        .join(Session, col(Session.account_id) == col(Account.id))
        .where(col(Session.secret_hash) == secret_hash)
    )
    await session.execute(sa.delete(Session).where(col(Session.secret_hash) == secret_hash))
    return found.scalar_one_or_none()


async def forget_expired(session: AsyncSession, *, now: dt.datetime) -> None:
    """Delete sessions and refresh tokens that are over, and failures that no longer count."""
    await session.execute(sa.delete(Session).where(col(Session.expires_at) <= now))
    await session.execute(sa.delete(RefreshToken).where(col(RefreshToken.expires_at) <= now))
    await session.execute(sa.delete(FailedSignIn).where(col(FailedSignIn.last_at) <= now - FORGET))


async def failures(session: AsyncSession, keys: Sequence[str]) -> dict[str, FailedSignIn]:
    """The failed tries under these keys."""
    found = await session.execute(sa.select(FailedSignIn).where(col(FailedSignIn.key).in_(keys)))
    return {row.key: row for row in found.scalars()}


async def add_failure(session: AsyncSession, key: str, *, now: dt.datetime) -> None:
    """Count one more failed try; the count begins anew when the last was long ago."""
    insert = insert_of(session)
    forgotten = col(FailedSignIn.last_at) <= now - FORGET
    statement = insert(FailedSignIn).values(key=key, failures=1, last_at=now)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["key"],
            set_={
                "failures": sa.case((forgotten, 1), else_=col(FailedSignIn.failures) + 1),
                "last_at": now,
            },
        )
    )


async def clear_failures(session: AsyncSession, key: str) -> None:
    """Forget the failed tries under a key."""
    await session.execute(sa.delete(FailedSignIn).where(col(FailedSignIn.key) == key))
