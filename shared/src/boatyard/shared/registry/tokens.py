"""Where our own services get the tokens that they show the registry."""

from __future__ import annotations

import asyncio
from typing import Protocol

from boatyard.shared.bus import Bus, NoAnswer
from boatyard.shared.events import AskRegistryToken
from boatyard.shared.registry import RegistryUnavailable

RENEW_SECONDS = 30
MAX_CACHED = 1000


class TokenProvider(Protocol):
    """Gives tokens for the registry."""

    async def token(self, actor: str, scopes: tuple[str, ...]) -> str | None:
        """A token for these scopes in the name of this actor, or None where the registry asks for none."""
        ...


class NoTokens:
    """For a registry that asks for no tokens."""

    async def token(self, actor: str, scopes: tuple[str, ...]) -> str | None:
        """None."""
        return None


class BusTokens:
    """Asks catalog for tokens and keeps them until shortly before they expire."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._cached: dict[tuple[str, tuple[str, ...]], tuple[str, float]] = {}

    async def token(self, actor: str, scopes: tuple[str, ...]) -> str | None:
        """A token; RegistryUnavailable when catalog does not answer."""
        now = asyncio.get_running_loop().time()
        kept = self._cached.get((actor, scopes))
        if kept and kept[1] > now:
            return kept[0]
        try:
            given = await self._bus.ask(AskRegistryToken(actor=actor, scopes=scopes))
        except NoAnswer as error:
            raise RegistryUnavailable("catalog gives no token now") from error
        if len(self._cached) >= MAX_CACHED:
            self._cached.clear()
        self._cached[actor, scopes] = (given.token, now + given.expires_in - RENEW_SECONDS)
        return given.token
