"""What administrators do with the App."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import replace

from boatyard.github_gateway.dependencies import GatewayState
from boatyard.github_gateway.github import (
    GithubDenied,
    GithubError,
    GithubMissing,
    GithubRefused,
    NewApp,
)
from boatyard.github_gateway.identity import store
from boatyard.github_gateway.identity.current import App, AppSecrets
from boatyard.github_gateway.identity.jwt import app_jwt
from boatyard.github_gateway.identity.models import AppKind, AppRow
from boatyard.github_gateway.identity.schemas import AppCredentials
from boatyard.shared.db import UnitOfWork
from boatyard.shared.errors import Invalid, Unavailable

GRACE = dt.timedelta(days=3)
"""As long as GitHub delivers something again: with the secret that signed it first."""


def secret() -> str:
    """A fresh secret for webhooks."""
    return secrets.token_urlsafe(32)


async def adopt(state: GatewayState, uow: UnitOfWork, made: NewApp, *, by: str | None) -> None:
    """Be the App that GitHub has just made."""
    kept = AppSecrets(
        client_secret=made.client_secret,
        private_key=made.private_key,
        webhook_secret=made.webhook_secret,
    )
    row = _row(state, AppKind.GITHUB_APP, made.name, made.client_id, kept, by=by)
    row.app_id, row.slug = made.app_id, made.slug
    await _replace(state, uow, row)


async def check(state: GatewayState, given: AppCredentials) -> None:
    """Ask GitHub whether it knows a GitHub App by these credentials; Invalid if it does not."""
    if given.kind is AppKind.OAUTH_APP:
        return
    if given.private_key is None or given.slug is None:
        missing = "private_key" if given.private_key is None else "slug"
        raise Invalid.field(f"body.{missing}", "is needed for a GitHub App")
    try:
        jwt = app_jwt(given.client_id, given.private_key.get_secret_value(), state.clock.now())
    except ValueError as error:
        raise Invalid.field("body.private_key", "is no RSA key in PEM") from error
    try:
        await state.github.app.name(jwt)
    except (GithubDenied, GithubMissing, GithubRefused) as error:
        raise Invalid.field("body.private_key", f"is not believed: {error}") from error
    except GithubError as error:
        raise Unavailable("github-unreachable", f"GitHub can't be asked now: {error}.") from error


async def enter(
    state: GatewayState, uow: UnitOfWork, given: AppCredentials, *, by: str | None
) -> None:
    """Be an App that existed already."""
    signing = given.webhook_secret.get_secret_value() if given.webhook_secret else secret()
    key = given.private_key.get_secret_value() if given.private_key else ""
    kept = AppSecrets(
        client_secret=given.client_secret.get_secret_value(),
        private_key=key if given.kind is AppKind.GITHUB_APP else "",
        webhook_secret=signing,
    )
    row = _row(state, given.kind, given.name, given.client_id, kept, by=by)
    row.app_id, row.slug = given.app_id, given.slug or ""
    await _replace(state, uow, row)


async def rotate(state: GatewayState, uow: UnitOfWork, app: App, fresh: str) -> None:
    """Sign with another secret from now on; the one before is believed for as long as GitHub may use it."""
    row = await store.app(uow.session)
    if row is None:
        return
    until = state.clock.now() + GRACE
    kept = replace(
        app.secrets,
        webhook_secret=fresh,
        old_webhook_secret=app.secrets.webhook_secret,
        old_until=until.isoformat(),
    )
    row.secrets = kept.seal(state.vault)
    uow.session.add(row)
    uow.after_commit.append(state.app.forget)


async def keep(state: GatewayState, uow: UnitOfWork, app: App) -> None:
    """Go back to the secrets that an App had."""
    row = await store.app(uow.session)
    if row is not None:
        row.secrets = app.secrets.seal(state.vault)
        uow.session.add(row)
    uow.after_commit.append(state.app.forget)


async def leave(state: GatewayState, uow: UnitOfWork) -> None:
    """Be no App any more. What it could reach is lost to us, and says so."""
    await store.delete_app(uow.session)
    uow.after_commit.append(state.app.forget)


def _row(
    state: GatewayState,
    kind: AppKind,
    name: str,
    client_id: str,
    kept: AppSecrets,
    *,
    by: str | None,
) -> AppRow:
    return AppRow(
        kind=kind,
        web_url=state.github.addresses.web,
        name=name,
        client_id=client_id,
        secrets=kept.seal(state.vault),
        created_at=state.clock.now(),
        created_by=by,
    )


async def _replace(state: GatewayState, uow: UnitOfWork, row: AppRow) -> None:
    await store.replace_app(uow.session, row)
    uow.after_commit.append(state.app.forget)
