"""The App as everything else uses it: read from the database now and then, its secrets opened."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from dataclasses import asdict, dataclass, field
from typing import Self

from boatyard.github_gateway.identity import store
from boatyard.github_gateway.identity.jwt import app_jwt
from boatyard.github_gateway.identity.models import AppKind, AppRow
from boatyard.github_gateway.vault import Vault
from boatyard.shared.db import Database
from boatyard.shared.errors import Conflict

FRESH_SECONDS = 2.0
"""How long another process's change of the App may go unnoticed."""
IMPATIENCE_SECONDS = 0.2
"""How often somebody who sends nonsense can make us read it again."""
_OWNER = "github-app"


@dataclass(frozen=True)
class AppSecrets:
    """What must stay between GitHub and us. None of it is part of its own representation."""

    client_secret: str = field(default="", repr=False)
    private_key: str = field(default="", repr=False)
    webhook_secret: str = field(default="", repr=False)
    old_webhook_secret: str = field(default="", repr=False)
    """Good until `old_until`, for what GitHub had signed already when it was replaced."""
    old_until: str = ""

    def seal(self, vault: Vault) -> bytes:
        """As it is kept in the database."""
        return vault.seal(json.dumps(asdict(self)), owner=_OWNER)

    @classmethod
    def unseal(cls, vault: Vault, sealed: bytes) -> Self:
        """From the database."""
        return cls(**json.loads(vault.unseal(sealed, owner=_OWNER)))


@dataclass(frozen=True)
class App:
    """The App that Boatyard is at GitHub."""

    kind: AppKind
    web_url: str
    app_id: int | None
    slug: str
    name: str
    client_id: str
    created_at: dt.datetime
    created_by: str | None
    secrets: AppSecrets

    @property
    def is_github_app(self) -> bool:
        """Whether it has installations, rather than only its users' rights."""
        return self.kind is AppKind.GITHUB_APP

    def jwt(self, now: dt.datetime) -> str:
        """The token with which the App says who it is."""
        return app_jwt(self.client_id, self.secrets.private_key, now)

    def webhook_secrets(self, now: dt.datetime) -> tuple[str, ...]:
        """What a delivery may be signed with at a moment; empty if nothing can be believed."""
        kept = [self.secrets.webhook_secret]
        if self.secrets.old_until and dt.datetime.fromisoformat(self.secrets.old_until) > now:
            kept.append(self.secrets.old_webhook_secret)
        return tuple(secret for secret in kept if secret)

    @classmethod
    def of(cls, row: AppRow, vault: Vault) -> Self:
        """From its row."""
        return cls(
            kind=AppKind(row.kind),
            web_url=row.web_url,
            app_id=row.app_id,
            slug=row.slug,
            name=row.name,
            client_id=row.client_id,
            created_at=row.created_at,
            created_by=row.created_by,
            secrets=AppSecrets.unseal(vault, row.secrets),
        )


class CurrentApp:
    """The App there is now, if one was made."""

    def __init__(self, database: Database, vault: Vault, *, web_url: str) -> None:
        self._database, self._vault, self._web_url = database, vault, web_url
        self._app: App | None = None
        self._read_at = -FRESH_SECONDS
        self._changes = 0

    async def get(self) -> App | None:
        """The App; None if there is none, or only one of another GitHub."""
        loop = asyncio.get_running_loop()
        while loop.time() - self._read_at >= FRESH_SECONDS:
            changes = self._changes
            async with self._database.reading() as session:
                row = await store.app(session)
            if changes == self._changes:  # else what was read may be from before the change
                belongs = row is not None and row.web_url == self._web_url
                self._app = App.of(row, self._vault) if row is not None and belongs else None
                self._read_at = loop.time()
        return self._app

    async def newest(self) -> App | None:
        """The App as it is in the database now, for what the one that was read can't explain."""
        age = asyncio.get_running_loop().time() - self._read_at
        if IMPATIENCE_SECONDS < age < FRESH_SECONDS:  # if it is older, it is being read already
            self.forget()
        return await self.get()

    async def require(self) -> App:
        """The App; Conflict says what an administrator has to do first."""
        app = await self.get()
        if app is None:
            raise Conflict(
                "github-not-set-up",
                f"This Boatyard is not known at {self._web_url} yet. An administrator connects it in "
                "the settings under GitHub (POST /api/v1/github/app/manifest): GitHub then makes an App for "
                "it, which takes one click there.",
            )
        return app

    def forget(self) -> None:
        """Read it again next time, and take nothing that is being read now."""
        self._read_at = -FRESH_SECONDS
        self._changes += 1
