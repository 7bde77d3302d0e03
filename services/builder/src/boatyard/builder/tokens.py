"""The tokens of one build: to read its source, to pull its bases, to push its image. Its log masks them."""

from __future__ import annotations

import base64

from boatyard.builder.masking import Masker
from boatyard.builder.models import Build
from boatyard.builder.reasons import BuildError, Reason
from boatyard.shared.bus import Bus, NoAnswer
from boatyard.shared.events import (
    BUILDS,
    AskAccess,
    AskRegistryToken,
    AskSourceToken,
    CredentialKind,
    SourceToken,
    Verb,
)
from boatyard.shared.oci import NameFault, check_repository

SOURCE_SECONDS = 15.0
"""github-gateway may have to ask GitHub first."""
MAX_BASES = 20


class BuildTokens:
    """Asks the other services in the name of one build."""

    def __init__(self, bus: Bus, build: Build, masker: Masker) -> None:
        self._bus, self._build, self._masker = bus, build, masker
        self._actor = f"{BUILDS}{build.number}"

    async def source(self) -> SourceToken:
        """With what the project can be fetched."""
        question = AskSourceToken(
            repository_id=self._build.repository_id, project=str(self._build.source["project"])
        )
        try:
            token = await self._bus.ask(question, timeout=SOURCE_SECONDS)
        except NoAnswer as error:
            raise _away("source", "github-gateway") from error
        if token.password:
            pair = base64.b64encode(f"{token.username or ''}:{token.password}".encode()).decode()
            self._masker.add(token.password, pair)
        return token

    async def push(self) -> str:
        """A token for just this repository."""
        return await self._registry(f"repository:{self._build.repository}:pull,push")

    async def pull_token(self, host: str, repositories: tuple[str, ...]) -> str | None:
        """A token to pull base images: the namespace's own, and those that everybody may pull.

        The engine may ask for more than it gets; it is denied by the registry then, as anybody would be.
        """
        allowed = [name for name in repositories[:MAX_BASES] if await self._may_pull(name)]
        return await self._registry(*(f"repository:{name}:pull" for name in allowed))

    async def _may_pull(self, repository: str) -> bool:
        try:
            check_repository(repository)
        except NameFault:
            return False
        if repository.partition("/")[0] == self._build.namespace:
            return True
        question = AskAccess(kind=CredentialKind.ANONYMOUS, repository=repository)
        try:
            access = await self._bus.ask(question)
        except NoAnswer:
            return False
        return Verb.PULL in access.verbs

    async def _registry(self, *scopes: str) -> str:
        try:
            given = await self._bus.ask(AskRegistryToken(actor=self._actor, scopes=scopes))
        except NoAnswer as error:
            raise _away("registry", "catalog") from error
        self._masker.add(given.token)
        if given.refusal is not None:
            raise BuildError(Reason.PUSH_REFUSED, detail=given.refusal)
        return given.token


def _away(kind: str, service: str) -> BuildError:
    return BuildError(Reason.PART_AWAY, kind=kind, service=service)
