"""What people do with accounts.

Signing in is the one action here that commits by itself: a failed try must be counted though the request fails.
"""

from __future__ import annotations

import datetime as dt
import math
import secrets
from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from boatyard.catalog.accounts import store
from boatyard.catalog.accounts.models import Account, Namespace, Session
from boatyard.catalog.accounts.schemas import AccountChange, AccountRights, SignUp
from boatyard.catalog.accounts.throttle import ADDRESS, NAME, NAME_FROM_ADDRESS, Limit, wait
from boatyard.catalog.dependencies import CatalogState
from boatyard.shared import audit
from boatyard.shared.access import secret_hash
from boatyard.shared.db import UnitOfWork
from boatyard.shared.errors import Conflict, Forbidden, Invalid, NotFound, TooMany, Unauthenticated
from boatyard.shared.events import Access

# fmt: off
RESERVED = frozenset({
    "account", "accounts", "admin", "administrator", "anonymous", "api", "assets", "boatyard", "catalog",
    "console", "docs", "explore", "favourites", "github", "healthz", "help", "library", "login", "logout",
    "metrics", "new", "organizations", "readyz", "registry", "repositories", "root", "session", "settings",
    "sign-in", "sign-up", "static", "support", "system", "tags", "tokens", "v2", "webhooks",
})
# fmt: on
"""Names that could be mistaken for a part of Boatyard or of its addresses, or for Docker's own images."""
SIGN_UPS = Limit(free=60, longest=dt.timedelta(minutes=15))
"""Accounts that may be made from one address in a while: a course signs up at once, a script is slowed down."""


async def hash_first_password(state: CatalogState, wish: SignUp, *, address: str) -> str:
    """The hash for a new account; TooMany if too many accounts were made from one address lately."""
    tries = {f"sign-up:{address[:64]}": SIGN_UPS}
    await check_throttle(state, tries)
    await count_try(state, tries)
    async with state.passwords.turn() as argon2:
        return await argon2.hash(wish.password)


async def check_name(session: AsyncSession, name: str, *, field: str) -> None:
    """Invalid if a name is reserved, Conflict if it is somebody's already."""
    if name in RESERVED:
        raise Invalid.field(field, "is reserved: choose another")
    if await store.namespace(session, name):
        raise Conflict("name-taken", f"The name {name} is taken: choose another.")


async def check_sign_up(
    state: CatalogState, session: AsyncSession, wish: SignUp, *, by: Access
) -> bool:
    """Whether it is the first account, which will administer; Forbidden if signing up is closed."""
    first = await store.count(session) == 0
    if not first and not state.settings.sign_up and not by.administrator:
        raise Forbidden("sign-up-closed", "Signing up is closed here: ask an administrator.")
    await check_name(session, wish.username, field="body.username")
    return first


async def sign_up(
    state: CatalogState, uow: UnitOfWork, wish: SignUp, password_hash: str, *, by: Access
) -> Account:
    """Make an account and its namespace; the first one administers."""
    await store.lock_names(uow.session)
    account = Account(
        username=wish.username,
        email=wish.email,
        password_hash=password_hash,
        administrator=await check_sign_up(state, uow.session, wish, by=by),
        language=wish.language,
        created_at=state.clock.now(),
    )
    uow.session.add(account)
    await uow.session.flush()
    uow.session.add(Namespace(name=account.username, account_id=account.id))
    return account


def sign_in_tries(username: str, address: str) -> dict[str, Limit]:
    """Under which keys failed tries are counted, and how many of each are free; the nearest key first."""
    return {
        f"both:{secret_hash(f'{username}@{address}')[:32]}": NAME_FROM_ADDRESS,
        f"address:{address[:64]}": ADDRESS,
        f"name:{secret_hash(username)[:32]}": NAME,
    }


async def check_throttle(state: CatalogState, tries: Mapping[str, Limit]) -> set[str]:
    """TooMany if one of these keys has to wait; otherwise those under which tries are counted now."""
    now = state.clock.now()
    async with state.database.reading() as session:
        failed = await store.failures(session, list(tries))
    pause = max(
        (
            wait(failures=row.failures, limit=tries[key], last_at=row.last_at, now=now)
            for key, row in failed.items()
        ),
        default=dt.timedelta(),
    )
    if pause > dt.timedelta():
        seconds = math.ceil(pause.total_seconds())
        raise TooMany("too-many-tries", f"Too many tries: wait {seconds} s.", retry_after=seconds)
    return set(failed)


async def count_try(state: CatalogState, tries: Iterable[str], *, refused: bool = False) -> None:
    """Remember a try under each key; one that was refused is in the audit log, too."""
    if refused:
        audit.refused()
    async with state.database.unit_of_work(recorded=refused) as uow:
        for key in sorted(tries):  # always in one order, so that two don't wait for each other
            await store.add_failure(uow.session, key, now=state.clock.now())


async def check_password(
    state: CatalogState, *, username: str, password: str, address: str
) -> Account:
    """The account, if the password is right; Unauthenticated alike for a wrong one and an unknown name."""
    tries = sign_in_tries(username, address)
    await check_throttle(state, tries)  # at once, not only after waiting for a turn
    async with state.passwords.turn() as argon2:
        counted = await check_throttle(state, tries)
        async with state.database.reading() as session:
            legal = "\x00" not in username
            account = await store.by_username(session, username) if legal else None
        right = await argon2.matches(account.password_hash if account else None, password)
        if account is None or not right or account.disabled:
            audit.note(actor=username)
            await count_try(state, tries, refused=True)
            raise Unauthenticated("sign-in-refused", "The username or the password is wrong.")
        new_hash = None
        if argon2.outdated(account.password_hash):
            new_hash = await argon2.hash(password)
    nearest = next(iter(tries))
    if new_hash or nearest in counted:
        async with state.database.unit_of_work(recorded=False) as uow:
            await store.clear_failures(uow.session, nearest)
            if new_hash:
                await store.renew_hash(uow.session, account, new_hash)
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


async def own_account(session: AsyncSession, account_id: UUID | None) -> Account:
    """The caller's own account; Forbidden for a robot, which has none."""
    account = await store.by_id(session, account_id) if account_id else None
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
    if "email" in change.model_fields_set:
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
    tries = sign_in_tries(account.username, address)
    async with state.passwords.turn() as argon2:
        await check_throttle(state, tries)
        if not await argon2.matches(account.password_hash, change.current_password):
            await count_try(state, tries, refused=True)
            raise Invalid.field("body.current_password", "is wrong")
        return await argon2.hash(change.password)


async def change_rights(uow: UnitOfWork, username: str, rights: AccountRights) -> Account:
    """Disable an account or let it administer; the last administrator stays one."""
    await store.lock_names(uow.session)
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
