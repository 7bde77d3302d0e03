"""Which credential is used for what: the users' own for what they look at, narrow ones for projects.

With a GitHub App a token for a project is minted of its installation, for this one project and the permissions
that are needed, and ends after an hour. An OAuth App has only its users' tokens.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from boatyard.github_gateway.accounts import store as accounts
from boatyard.github_gateway.accounts.models import LinkedAccount
from boatyard.github_gateway.github import (
    GithubDenied,
    GithubMissing,
    GithubRefused,
    InstallationToken,
    UserToken,
)
from boatyard.github_gateway.github.client import GithubClient
from boatyard.github_gateway.identity.current import App, CurrentApp
from boatyard.github_gateway.sources import store as sources
from boatyard.github_gateway.sources.models import Source
from boatyard.github_gateway.vault import Vault
from boatyard.shared.clock import Clock
from boatyard.shared.db import Database

READ: Mapping[str, str] = {"contents": "read", "metadata": "read"}
"""What fetching a project needs."""
CHECKS: Mapping[str, str] = {"checks": "write", "metadata": "read"}
"""What making check runs needs."""
STATUSES: Mapping[str, str] = {"statuses": "write", "metadata": "read"}
"""What showing a commit's status needs, where no check runs can be made."""
RENEW_BEFORE = dt.timedelta(minutes=10)
"""A token with less life left is replaced, so that none ends under whoever uses it."""
ASK_AGAIN_AFTER = dt.timedelta(hours=1)
"""How long an installation that does not let us make check runs is not asked for it again."""


class LinkLost(Exception):
    """There is no credential for this any more; the text says why and what to do about it."""


class NotGranted(LinkLost):
    """There is no credential with these permissions; there may be one with others."""

    def __init__(self, reason: str, installation_id: int | None = None) -> None:
        super().__init__(reason)
        self.installation_id = installation_id


@dataclass(frozen=True)
class ProjectToken:
    """What speaks for a project, until a moment."""

    token: str = field(repr=False)
    expires_at: dt.datetime | None


class Credentials:
    """Finds the credential for a purpose; LinkLost if there is none, GithubError if GitHub can't say now."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        vault: Vault,
        *,
        github: GithubClient,
        app: CurrentApp,
    ) -> None:
        self._database, self._clock, self._vault = database, clock, vault
        self._github, self._app = github, app
        self._kept: dict[tuple[int, str], InstallationToken] = {}
        self._renewing: dict[UUID, asyncio.Lock] = {}
        self._no_checks: dict[int | None, dt.datetime] = {}

    def sealed(self, account_id: UUID, token: UserToken) -> tuple[bytes, dt.datetime | None]:
        """A user's tokens as they are stored, and when the first of them ends."""
        text = json.dumps({"access": token.access, "refresh": token.refresh})
        ends = token.expires_in
        expires_at = None if ends is None else self._clock.now() + dt.timedelta(seconds=ends)
        return self._vault.seal(text, owner=str(account_id)), expires_at

    async def user(self, account_id: UUID) -> str:
        """The token of a linked person, renewed if it is about to end."""
        row = await self._account(account_id)
        if row.expires_at is None or row.expires_at > self._clock.now() + RENEW_BEFORE:
            return self._opened(row)["access"]
        async with self._renewing.setdefault(account_id, asyncio.Lock()):
            return await self._renewed(await self._account(account_id))

    async def project(
        self, source: Source, permissions: Mapping[str, str], *, fresh: bool = False
    ) -> ProjectToken:
        """What speaks for a source's project; `fresh` for one that is given away."""
        app = await self._app.get()
        if app is None:
            raise LinkLost("This Boatyard has no App at GitHub any more.")
        if not app.is_github_app:
            return ProjectToken(await self.user(source.linked_by), None)
        key = (source.project_id, ",".join(sorted(permissions)))
        kept = self._kept.get(key)
        if kept is None or fresh or kept.expires_at < self._clock.now() + RENEW_BEFORE:
            kept = await self._minted(app, source, dict(permissions))
            self._kept[key] = kept
        return ProjectToken(kept.token, kept.expires_at)

    async def checks(self, source: Source) -> str:
        """A token that makes check runs in a source's project; NotGranted where only statuses can be set."""
        app = await self._app.get()
        if app is not None and not app.is_github_app:
            raise NotGranted("An OAuth App can't make check runs.")
        until = self._no_checks.get(source.installation_id)
        if until is not None and until > self._clock.now():
            raise NotGranted("The installation does not let the GitHub App make check runs.")
        try:
            return (await self.project(source, CHECKS)).token
        except NotGranted as refusal:
            self._no_checks[refusal.installation_id] = self._clock.now() + ASK_AGAIN_AFTER
            raise

    def ask_again(self, installation_id: int) -> None:
        """Ask an installation for everything again: what it lets us do may have changed."""
        self._no_checks.pop(installation_id, None)

    def forget(self, project_id: int) -> None:
        """Mint anew for a project next time: GitHub did not take what was kept."""
        for key in [key for key in self._kept if key[0] == project_id]:
            del self._kept[key]

    async def _minted(
        self, app: App, source: Source, permissions: dict[str, str]
    ) -> InstallationToken:
        jwt = app.jwt(self._clock.now())
        if source.installation_id is not None:
            try:
                return await self._github.app.token(
                    jwt,
                    source.installation_id,
                    project_id=source.project_id,
                    permissions=permissions,
                )
            except (GithubMissing, GithubRefused, GithubDenied):
                pass  # it may be in another installation since: the project moved, or was installed anew
        return await self._elsewhere(jwt, source, permissions)

    async def _elsewhere(
        self, jwt: str, source: Source, permissions: dict[str, str]
    ) -> InstallationToken:
        found = await self._github.app.installation_for(jwt, source.project)
        if found is None:
            raise LinkLost(
                f"The GitHub App does not see {source.project} any more: install it there again."
            )
        if found.suspended:
            raise LinkLost(
                f"The GitHub App is suspended in {found.account}: let it act again there."
            )
        try:
            minted = await self._github.app.token(
                jwt, found.id, project_id=source.project_id, permissions=permissions
            )
        except (GithubMissing, GithubRefused, GithubDenied) as error:
            reason = f"GitHub gives no token for {source.project}: {error}."
            raise NotGranted(reason, found.id) from error
        async with self._database.unit_of_work(recorded=False) as uow:
            await sources.moved(uow.session, source.id, installation_id=found.id)
        return minted

    async def _account(self, account_id: UUID) -> LinkedAccount:
        async with self._database.reading() as session:
            row = await accounts.account(session, account_id)
        if row is None:
            raise LinkLost("The GitHub account is not linked any more: link it again.")
        if row.lost:
            raise LinkLost(row.lost)
        return row

    def _opened(self, row: LinkedAccount) -> dict[str, str]:
        opened: dict[str, str] = json.loads(
            self._vault.unseal(row.tokens, owner=str(row.account_id))
        )
        return opened

    async def _renewed(self, row: LinkedAccount) -> str:
        opened, now = self._opened(row), self._clock.now()
        if row.expires_at is None or row.expires_at > now + RENEW_BEFORE:
            return opened["access"]  # another request has renewed it meanwhile
        app = await self._app.get()
        if app is None or not opened.get("refresh"):
            raise LinkLost("The link to GitHub has expired: link the account again.")
        try:
            renewed = await self._github.users.refresh(
                app.client_id, app.secrets.client_secret, opened["refresh"]
            )
        except GithubRefused as error:
            return await self._of_another(row, error)
        tokens, expires_at = self.sealed(row.account_id, renewed)
        async with self._database.unit_of_work(recorded=False) as uow:
            await accounts.renew(
                uow.session, row.account_id, old=row.tokens, tokens=tokens, expires_at=expires_at
            )
        return renewed.access

    async def _of_another(self, row: LinkedAccount, error: GithubRefused) -> str:
        """A refresh token is good once: another process may have used it, and stored what it got."""
        now = await self._account(row.account_id)
        if now.tokens != row.tokens:
            return self._opened(now)["access"]
        reason = "GitHub does not renew the link any more: link the account again."
        async with self._database.unit_of_work(recorded=False) as uow:
            await accounts.mark_lost(uow.session, row.account_id, reason)
        raise LinkLost(reason) from error
