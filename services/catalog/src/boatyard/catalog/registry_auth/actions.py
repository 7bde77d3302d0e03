"""Gives out tokens for the registry."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence

from boatyard.catalog.access import store as access_store
from boatyard.catalog.access.doorkeeper import TOUCH_EVERY, repository_verbs
from boatyard.catalog.access.store import Identity
from boatyard.catalog.accounts import actions as accounts
from boatyard.catalog.dependencies import CatalogState
from boatyard.catalog.quotas.actions import why_full
from boatyard.catalog.registry_auth import jwt, store
from boatyard.catalog.registry_auth.grants import Grant, Known, grant
from boatyard.catalog.registry_auth.scopes import Scope, parse_scopes
from boatyard.catalog.repositories.models import Repository
from boatyard.catalog.tokens.actions import PREFIX
from boatyard.catalog.tokens.models import RefreshToken
from boatyard.shared import audit
from boatyard.shared.access import secret_hash
from boatyard.shared.errors import Unauthenticated
from boatyard.shared.events import BUILDS, AskRegistryToken, RegistryToken
from boatyard.shared.oci import NameFault, check_repository

REFRESH_DAYS = 90
REFRESH_PREFIX = "byr_"


class OtherService(Exception):
    """A token is asked for that another registry would have to believe."""


class PushRefused(Exception):
    """Somebody wants to push where they can't; the text tells them why."""


async def prove(state: CatalogState, *, username: str, password: str, address: str) -> Identity:
    """Who signs in with a username and a password, or an access token in its place.

    Unauthenticated if either is wrong; TooMany after too many wrong passwords.
    """
    if password.startswith(PREFIX):
        identity = await _by_token(state, secret_hash(password))
        if identity is not None and identity.username == username:
            return identity
        # Nobody guesses 256 bits: to count this would only lock out whoever's old token is still in use.
        raise Unauthenticated(
            "token-refused",
            f"This access token is unknown, expired or revoked, or not {username}'s.",
        )
    account = await accounts.check_password(
        state, username=username, password=password, address=address
    )
    async with state.database.reading() as session:
        return await access_store.of_account(session, account)


async def prove_refresh(state: CatalogState, token: str) -> Identity:
    """Whom a refresh token stands for, as long as what it was made from is good."""
    now = state.clock.now()
    async with state.database.reading() as session:
        found = await store.refresh_token(session, secret_hash(token), now=now)
        account, access_token = found or (None, None)
        if account is not None and not account.disabled:
            return await access_store.of_account(session, account)
    identity = await _by_token(state, access_token.secret_hash) if access_token else None
    if identity is None:
        raise Unauthenticated("refresh-token-refused", "Sign in again: `docker login`.")
    return identity


async def _by_token(state: CatalogState, sha256: str) -> Identity | None:
    now = state.clock.now()
    async with state.database.reading() as session:
        identity = await access_store.of_token(session, sha256, now=now)
    if identity is None or identity.token_id is None:
        return None
    if identity.used_at is None or now - identity.used_at >= TOUCH_EVERY:
        async with state.database.unit_of_work(recorded=False) as uow:
            await access_store.touch_token(uow.session, identity.token_id, now=now)
    return identity


async def make_refresh_token(state: CatalogState, identity: Identity) -> str:
    """A token that a client keeps instead of the password; it dies with what it was made from."""
    audit.note(actor=identity.username)
    secret = REFRESH_PREFIX + secrets.token_urlsafe(32)
    now = state.clock.now()
    async with state.database.unit_of_work() as uow:
        uow.session.add(
            RefreshToken(
                secret_hash=secret_hash(secret),
                account_id=None if identity.token_id else identity.account_id,
                access_token_id=identity.token_id,
                created_at=now,
                expires_at=now + dt.timedelta(days=REFRESH_DAYS),
            )
        )
    return secret


def check_service(state: CatalogState, service: str) -> None:
    """OtherService if the registry that sent the client here is not ours; some clients don't say."""
    ours = state.settings.registry_service
    if service not in ("", ours):
        raise OtherService(f"this gives tokens for {ours}, not for {service[:100]}")


async def give_token(
    state: CatalogState, identity: Identity | None, scope_parameters: Sequence[str]
) -> str:
    """A token for what is allowed of the scopes; ScopeFault, or PushRefused if only a push was asked for."""
    scopes = parse_scopes(scope_parameters)
    known = await _look_up(state, identity, scopes)
    grants = [
        grant(
            scope,
            identity=identity,
            known=known,
            create_on_push=state.settings.create_on_push,
        )
        for scope in scopes
    ]
    _refuse_hopeless_push(grants)
    return _sign(state, identity.username if identity else "", [g.scope for g in grants])


def _refuse_hopeless_push(grants: Sequence[Grant]) -> None:
    """Say why, where a token would be of no use: the docker command shows it to its user."""
    nothing = all(not granted.scope.actions for granted in grants)
    reasons = [granted.refusal for granted in grants if granted.refusal]
    if nothing and reasons:
        raise PushRefused(reasons[0])


async def _look_up(
    state: CatalogState, identity: Identity | None, scopes: Sequence[Scope]
) -> dict[str, Known]:
    names = [scope.name for scope in scopes if scope.type == "repository" and _is_legal(scope.name)]
    if not names:
        return {}
    async with state.database.reading() as session:
        found = await store.repositories(session, names)
        spaces = await store.namespaces(session, [name.partition("/")[0] for name in names])
        pushed = {s.name.partition("/")[0] for s in scopes if "push" in s.actions} & spaces
        full = {space: await why_full(state, session, space) for space in pushed}
    return {
        name: _known(
            identity,
            found.get(name),
            in_namespace=name.partition("/")[0] in spaces,
            full=full.get(name.partition("/")[0]),
        )
        for name in names
    }


def _known(
    identity: Identity | None, found: Repository | None, *, in_namespace: bool, full: str | None
) -> Known:
    deleting = found is not None and found.deleting_at is not None
    return Known(
        exists=found is not None,
        deleting=deleting,
        namespace_exists=in_namespace,
        verbs=frozenset() if deleting else repository_verbs(identity, found),
        full=full,
    )


def _is_legal(name: str) -> bool:
    try:
        check_repository(name)
    except NameFault:
        return False
    return True


def _sign(state: CatalogState, subject: str, scopes: Sequence[Scope]) -> str:
    settings = state.settings
    return jwt.issue(
        state.keys.key(),
        issuer=settings.registry_issuer,
        audience=settings.registry_service,
        subject=subject,
        grants=[scope for scope in scopes if scope.actions],
        seconds=settings.registry_token_seconds,
        clock=state.clock,
    )


async def answer_service(state: CatalogState, question: AskRegistryToken) -> RegistryToken:
    """A token for one of our own services, which asks over the bus for exactly what it needs."""
    scopes = parse_scopes(question.scopes)
    return RegistryToken(
        token=_sign(state, question.actor, scopes),
        expires_in=state.settings.registry_token_seconds,
        refusal=await _why_not_push(state, question.actor, scopes),
    )


async def _why_not_push(state: CatalogState, actor: str, scopes: Sequence[Scope]) -> str | None:
    """Why a build can't push into a namespace; what we do ourselves adds nothing to one."""
    if not actor.startswith(BUILDS):
        return None
    spaces = {scope.name.partition("/")[0] for scope in scopes if "push" in scope.actions}
    async with state.database.reading() as session:
        reasons = [await why_full(state, session, space) for space in spaces]
    return next((reason for reason in reasons if reason), None)
