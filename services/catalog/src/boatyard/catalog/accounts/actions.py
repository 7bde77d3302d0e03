"""What people do with accounts.

Signing in is the one action here that commits by itself: a failed try must be counted though the request fails.
"""

from __future__ import annotations

import datetime as dt
import math
import secrets
from uuid import UUID

from boatyard.catalog.accounts import store
from boatyard.catalog.accounts.models import Account, Namespace, Session
from boatyard.catalog.accounts.schemas import AccountChange, AccountRights, SignUp
from boatyard.catalog.accounts.throttle import FREE_FOR_ADDRESS, FREE_FOR_NAME, wait
from boatyard.catalog.dependencies import CatalogState
from boatyard.shared.access import secret_hash
from boatyard.shared.db import UnitOfWork
from boatyard.shared.errors import Conflict, Forbidden, Invalid, NotFound, TooMany, Unauthenticated

RESERVED = frozenset(
    {"api", "admin", "boatyard", "github", "library", "registry", "root", "system"}
)
"""Names that could be mistaken for a part of Boatyard, or for Docker's own images."""


async def sign_up(
    state: CatalogState, uow: UnitOfWork, wish: SignUp, password_hash: str
) -> Account:
    """Make an account and its namespace; the first one administers."""
    await store.lock_first_sign_up(uow.session)
    first = await store.count(uow.session) == 0
    if not first and not state.settings.sign_up:
        raise Forbidden("sign-up-closed", "Signing up is closed here: ask an administrator.")
    if wish.username in RESERVED:
        raise Invalid.field("body.username", "is reserved: choose another")
    if await store.namespace(uow.session, wish.username):
        raise Conflict("name-taken", f"The name {wish.username} is taken: choose another.")
    account = Account(
        username=wish.username,
        email=wish.email,
        password_hash=password_hash,
        administrator=first,
        language=wish.language,
        created_at=state.clock.now(),
    )
    uow.session.add(account)
    await uow.session.flush()
    uow.session.add(Namespace(name=account.username, account_id=account.id))
    return account


def throttle_keys(username: str, address: str) -> tuple[str, str]:
    """Under which keys failed tries are counted: the name's and the address's."""
    return f"name:{secret_hash(username)[:32]}", f"address:{address[:64]}"


async def check_throttle(state: CatalogState, keys: tuple[str, str]) -> None:
    """TooMany if this name or this address has to wait."""
    now = state.clock.now()
    async with state.database.reading() as session:
        failed = await store.failures(session, keys)
    pause = max(
        (
            wait(failures=row.failures, free=free, last_at=row.last_at, now=now)
            for key, free in zip(keys, (FREE_FOR_NAME, FREE_FOR_ADDRESS), strict=True)
            if (row := failed.get(key))
        ),
        default=dt.timedelta(),
    )
    if pause > dt.timedelta():
        seconds = math.ceil(pause.total_seconds())
        raise TooMany(
            "too-many-tries", f"Too many failed tries: wait {seconds} s.", retry_after=seconds
        )


async def count_failure(state: CatalogState, keys: tuple[str, str]) -> None:
    """Remember a failed try."""
    async with state.database.unit_of_work() as uow:
        for key in keys:
            await store.add_failure(uow.session, key, now=state.clock.now())


async def check_password(
    state: CatalogState, *, username: str, password: str, address: str
) -> Account:
    """The account, if the password is right; Unauthenticated alike for a wrong one and an unknown name."""
    keys = throttle_keys(username, address)
    await check_throttle(state, keys)
    async with state.database.reading() as session:
        account = await store.by_username(session, username) if "\x00" not in username else None
    right = await state.passwords.matches(account.password_hash if account else None, password)
    if account is None or not right or account.disabled:
        await count_failure(state, keys)
        raise Unauthenticated("sign-in-refused", "The username or the password is wrong.")
    async with state.database.unit_of_work() as uow:
        await store.clear_failures(uow.session, keys[0])
    return account


async def open_session(state: CatalogState, uow: UnitOfWork, account: Account) -> str:
    """Sign an account in; returns the secret for the cookie."""
    secret = "bys_" + secrets.token_urlsafe(32)
    now = state.clock.now()
    uow.session.add(
        Session(
            secret_hash=secret_hash(secret),
            account_id=account.id,
            created_at=now,
            expires_at=now + dt.timedelta(days=state.settings.session_days),
        )
    )
    return secret


async def own_account(uow: UnitOfWork, account_id: UUID | None) -> Account:
    """The caller's own account; Forbidden for a robot, which has none."""
    account = await store.by_id(uow.session, account_id) if account_id else None
    if account is None:
        raise Forbidden("no-account", "A robot has no account of its own.")
    return account


async def change_account(
    uow: UnitOfWork,
    account: Account,
    change: AccountChange,
    *,
    new_hash: str | None,
    session: str | None,
) -> Account:
    """Apply what the owner wants changed; a new password ends every session but the one it is set in."""
    if change.email is not None:
        account.email = change.email
    if change.language is not None:
        account.language = change.language
    if new_hash is not None:
        account.password_hash = new_hash
        await store.end_sessions(uow.session, account.id, but=session)
    uow.session.add(account)
    return account


async def hash_new_password(
    state: CatalogState, account: Account, change: AccountChange, *, address: str
) -> str | None:
    """The hash of the new password, once the current one has proved right; None if it stays."""
    if change.password is None:
        return None
    if change.current_password is None:
        raise Invalid.field("body.current_password", "is needed to set a new password")
    keys = throttle_keys(account.username, address)
    await check_throttle(state, keys)
    if not await state.passwords.matches(account.password_hash, change.current_password):
        await count_failure(state, keys)
        raise Invalid.field("body.current_password", "is wrong")
    return await state.passwords.hash(change.password)


async def change_rights(uow: UnitOfWork, username: str, rights: AccountRights) -> Account:
    """Disable an account or let it administer; the last administrator stays one."""
    account = await store.by_username(uow.session, username)
    if account is None:
        raise NotFound("account-not-found", f"There is no account {username}.")
    loses = rights.disabled is True or rights.administrator is False
    able = account.administrator and not account.disabled
    if loses and able and await store.administrators(uow.session) == 1:
        raise Conflict("last-administrator", "Somebody has to administer: name another one first.")
    if rights.disabled is not None:
        account.disabled = rights.disabled
    if rights.administrator is not None:
        account.administrator = rights.administrator
    if account.disabled:
        await store.end_sessions(uow.session, account.id, but=None)
    uow.session.add(account)
    return account
