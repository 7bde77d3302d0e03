"""Making and revoking access tokens."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterable
from uuid import UUID

from boatyard.catalog.access.rules import within
from boatyard.catalog.tokens import store
from boatyard.catalog.tokens.models import AccessToken
from boatyard.catalog.tokens.schemas import NewToken, ScopeView
from boatyard.shared.access import secret_hash
from boatyard.shared.db import UnitOfWork
from boatyard.shared.errors import Conflict, Forbidden, Invalid, NotFound
from boatyard.shared.events import Access, TokenScope

PREFIX = "byt_"
MAX_TOKENS = 200


def make_token(
    *,
    name: str,
    scopes: list[ScopeView],
    expires_at: dt.datetime | None,
    now: dt.datetime,
    account_id: UUID | None = None,
    robot_id: UUID | None = None,
) -> tuple[AccessToken, str]:
    """A new token and its secret, 256 random bits; Invalid if it would have expired already."""
    if expires_at is not None and expires_at <= now:
        raise Invalid.field("body.expires_at", "has passed already")
    secret = PREFIX + secrets.token_urlsafe(32)
    token = AccessToken(
        account_id=account_id,
        robot_id=robot_id,
        name=name,
        secret_hash=secret_hash(secret),
        hint=secret[:8],
        scopes=[{"repository": scope.repository, "verbs": sorted(scope.verbs)} for scope in scopes],
        created_at=now,
        expires_at=expires_at,
    )
    return token, secret


def check_not_wider(
    access: Access, *, scopes: Iterable[ScopeView], expires_at: dt.datetime | None
) -> None:
    """Forbidden if a token would make a credential that may do more than itself, or lives longer."""
    if access.scopes is not None:
        for scope in scopes:
            wanted = TokenScope(repository=scope.repository, verbs=scope.verbs)
            if not within(wanted, access.scopes):
                raise Forbidden(
                    "scope-too-small", f"This token may not give away {scope.repository}."
                )
    ends = access.expires_at
    if ends is not None and (expires_at is None or expires_at > ends):
        raise Forbidden(
            "outlives-its-maker",
            f"This token ends at {ends.isoformat()}: what it makes may not live longer. "
            "Give an earlier expires_at.",
        )


async def create(
    uow: UnitOfWork, access: Access, wish: NewToken, *, now: dt.datetime
) -> tuple[AccessToken, str]:
    """Make a token for the caller."""
    assert access.account_id is not None  # noqa: S101 - the route checked it
    check_not_wider(access, scopes=wish.scopes, expires_at=wish.expires_at)
    if await store.count_of_account(uow.session, access.account_id) >= MAX_TOKENS:
        raise Conflict("too-many-tokens", f"There are {MAX_TOKENS} tokens already: revoke some.")
    token, secret = make_token(
        name=wish.name,
        scopes=wish.scopes,
        expires_at=wish.expires_at,
        now=now,
        account_id=access.account_id,
    )
    uow.session.add(token)
    return token, secret


async def revoke(uow: UnitOfWork, access: Access, id: UUID) -> None:
    """Revoke one of the caller's tokens."""
    assert access.account_id is not None  # noqa: S101 - the route checked it
    if not await store.delete(uow.session, id, account_id=access.account_id):
        raise NotFound("token-not-found", "You have no access token of that id.")
