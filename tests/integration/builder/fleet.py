"""A builder as a process of its own, with NATS, an engine, a registry and a Git server, all real.

What the other services answer is answered here.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import httpx

from boatyard.shared.bus import Responder, responder
from boatyard.shared.bus.nats import NatsBus
from boatyard.shared.events import (
    Access,
    AskAccess,
    AskRegistryToken,
    AskSourceToken,
    BuildCause,
    BuildFinished,
    BuildImage,
    BuildQueued,
    BuildRecipe,
    BuildSource,
    BuildStarted,
    CredentialKind,
    Message,
    RegistryToken,
    SourceToken,
    Verb,
)
from boatyard.shared.registry.client import RegistryClient
from boatyard.shared.testing.bus import Collector, consuming
from boatyard.shared.testing.nats import NatsServer
from boatyard.shared.testing.processes import ServerProcess, free_port
from tests.integration.builder.gitserver import GitServer
from tests.integration.builder.kit import PUBLIC, TokenRegistry

SECONDS = 60.0
T = TypeVar("T")


@dataclass
class Fleet:
    """What a test works with."""

    folder: Path
    registry: TokenRegistry
    git: GitServer
    nats: NatsServer
    docker_host: str
    settings: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._cases = 0
        self.begin()
        self.port = free_port()
        (self.folder / "var").mkdir(exist_ok=True)
        self.builder = ServerProcess(
            [sys.executable, "-m", "boatyard.builder"],
            log=self.folder / "builder.log",
            environment={
                "BOATYARD_DATA_DIR": str(self.folder / "var"),
                "BOATYARD_PORT": str(self.port),
                "BOATYARD_NATS_URL": self.nats.url,
                "BOATYARD_REGISTRY_URL": f"http://{self.registry.host}",
                "BOATYARD_REGISTRY_HOST": self.registry.host,
                "BOATYARD_BUILDER_PRIVATE_ENGINE": "off",
                "BOATYARD_BUILDER_DOCKER_HOST": self.docker_host,
                "BOATYARD_BUILDER_BUILD_NETWORK": "none",
                "BOATYARD_BUILDER_LEASE_SECONDS": "3",
                "BOATYARD_BUILDER_FETCH_HTTP_HOSTS": self.git.host,
                "BOATYARD_BUILDER_FETCH_ALLOW_NETWORKS": "127.0.0.0/8",
                **self.settings,
            },
        )
        self.api = httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{self.port}/api/v1/repositories",
            headers={"Authorization": "Bearer writer"},
            timeout=30,
            trust_env=False,
        )
        self.bus = NatsBus(self.nats.url, name="test")

    def begin(self) -> None:
        """Begin a test: with a repository of its own, and a Git server that behaves."""
        self._cases += 1
        self._order = 0
        self.repository, self.repository_id = f"team/app-{self._cases}", uuid4()
        self.project = f"hello-{self._cases}"
        self.source_token = SourceToken()
        self.events: list[Message] = []
        self.git.behave()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Answer for the other services, and run the builder."""
        await self.bus.start()
        stop = asyncio.Event()
        collector = Collector()
        collector.act = self._collect
        answering = [asyncio.create_task(self.bus.respond(r, stop=stop)) for r in self._answers()]
        try:
            kinds = (BuildQueued, BuildStarted, BuildFinished)
            async with consuming(self.bus, collector, *kinds):
                await self.start()
                yield
                await asyncio.to_thread(self.builder.stop)
        finally:
            stop.set()
            await asyncio.gather(*answering)
            await self.api.aclose()
            await self.bus.stop()
            self.builder.kill()

    async def start(self) -> None:
        """Start the builder, and wait until it is ready."""

        def ready() -> bool:
            try:
                url = f"http://127.0.0.1:{self.port}/readyz"
                return httpx.get(url, timeout=5, trust_env=False).status_code == 200
            except httpx.HTTPError:
                return False

        await asyncio.to_thread(self.builder.start, ready, seconds=60)

    async def order(self, files: dict[str, str | bytes], **wishes: Any) -> BuildImage:
        """Commit files and ask for a build of them."""
        self._order += 1
        name = self.project
        commit = await asyncio.to_thread(
            lambda: self.git.repository(name).commit(files, f"Commit {self._order}")
        )
        source = wishes.pop("source", {})
        recipe = wishes.pop("recipe", {})
        command = BuildImage(
            **{
                "repository_id": self.repository_id,
                "repository": self.repository,
                "group": f"rule:{self._cases}:{self._order}",
                "order": self._order,
                "tags": ("latest",),
                "source": BuildSource(
                    project=f"octo/{name}",
                    clone_url=self.git.url(name),
                    ref="refs/heads/main",
                    commit=commit,
                    message=f"Commit {self._order}",
                    **source,
                ),
                "recipe": BuildRecipe(**recipe),
                "cause": BuildCause.PUSH,
                **wishes,
            }
        )
        await self.send(command)
        return command

    async def send(self, message: Message) -> None:
        await self.bus.publish(message.subject, message.encode(), message_id=str(message.id))

    async def finished(self, command: BuildImage) -> BuildFinished:
        """Wait for the news that a build has ended."""

        async def look() -> BuildFinished | None:
            told = [e for e in self.events if isinstance(e, BuildFinished)]
            return next((event for event in told if event.build_id == command.id), None)

        return await self.until(look, "the build ends")

    async def build(self, number: int = 1) -> Any:
        """A build as the API shows it; None before there is one."""
        answer = await self.api.get(self.path(number))
        return answer.json() if answer.status_code == 200 else None

    async def log(self, number: int = 1) -> str:
        return (await self.api.get(f"{self.path(number)}/log")).text

    def path(self, number: int = 1) -> str:
        """Where a build is in the API."""
        return f"/{self.repository}/builds/{number}"

    async def logged(self, text: str, number: int = 1) -> None:
        """Wait until a log has a text."""

        async def look() -> bool:
            return text in await self.log(number)

        await self.until(look, f"the log has {text!r}")

    async def digest(self, tag: str = "latest") -> str | None:
        """What a tag points at in the registry."""
        client = RegistryClient(f"http://{self.registry.host}", self)
        try:
            found = await client.resolve(self.repository, tag)
        finally:
            await client.close()
        return found.digest if found else None

    async def token(self, actor: str, scopes: tuple[str, ...]) -> str | None:
        return self.registry.token(*scopes, subject=actor)

    async def until(self, look: Callable[[], Awaitable[T | None]], what: str) -> T:
        try:
            async with asyncio.timeout(SECONDS):
                while not (found := await look()):
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"{what}: not within {SECONDS} s\n{self._last_words()}") from None
        return found

    def base(self) -> str:
        return f"{self.registry.host}/{PUBLIC}:1"

    async def is_clean(self) -> bool:
        """Whether nothing is left in the folder where builder works."""
        return not list((self.folder / "var" / "work").glob("*/*"))

    def _last_words(self) -> str:
        return self.builder.output[-4000:]

    async def _collect(self, delivery: Any, _id: str) -> None:
        kinds = {kind.subject: kind for kind in (BuildQueued, BuildStarted, BuildFinished)}
        self.events.append(kinds[delivery.subject].decode(delivery.data))
        await delivery.ack()

    def _answers(self) -> list[Responder]:
        async def access(question: AskAccess) -> Access:
            public = question.kind is CredentialKind.ANONYMOUS
            verbs = frozenset({Verb.PULL} if public else {Verb.PULL, Verb.PUSH})
            if public and question.repository != PUBLIC:
                return Access()
            return Access(
                authenticated=not public,
                username=None if public else "writer",
                administrator=not public,
                repository_id=self.repository_id,
                verbs=verbs,
            )

        async def registry_token(question: AskRegistryToken) -> RegistryToken:
            token = self.registry.token(*question.scopes, subject=question.actor)
            return RegistryToken(token=token, expires_in=300)

        async def source_token(question: AskSourceToken) -> SourceToken:
            return self.source_token

        return [
            responder(AskAccess, access),
            responder(AskRegistryToken, registry_token),
            responder(AskSourceToken, source_token),
        ]


def event_of(block: str) -> tuple[str, dict[str, Any]]:
    """The name and the data of a server-sent event."""
    lines = dict(line.split(": ", 1) for line in block.splitlines() if line[:1] != ":")
    return lines["event"], json.loads(lines["data"])
