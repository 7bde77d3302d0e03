"""A whole builder in memory for these tests: a dummy engine, files for source, a clock that is set."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID, uuid4

import httpx
import sqlalchemy as sa
from prometheus_client import CollectorRegistry
from sqlmodel import col

from boatyard.builder import service as wiring
from boatyard.builder.actions import Queue
from boatyard.builder.db import Outbox
from boatyard.builder.dependencies import BuilderState
from boatyard.builder.engine_host import EngineHost, Found
from boatyard.builder.engines.dummy import DummyEngine
from boatyard.builder.logs import LogStore
from boatyard.builder.metrics import BuildMetrics
from boatyard.builder.models import Build
from boatyard.builder.service import SERVICE
from boatyard.builder.settings import BuilderSettings
from boatyard.builder.source import FilesSource
from boatyard.shared.access import secret_hash
from boatyard.shared.bus import responder
from boatyard.shared.bus.memory import MemoryBus
from boatyard.shared.clock import SetClock
from boatyard.shared.db import Database
from boatyard.shared.events import (
    Access,
    AskAccess,
    AskRegistryToken,
    AskSourceToken,
    BuildCause,
    BuildFinished,
    BuildImage,
    BuildRecipe,
    BuildSource,
    BuildStatus,
    CredentialKind,
    Message,
    RegistryToken,
    Role,
    SourceToken,
    Verb,
)
from boatyard.shared.process import Process
from boatyard.shared.service import Context, Parts

REPOSITORY = "team/app"
REPOSITORY_ID = uuid4()
SIMPLE = "FROM scratch\nRUN echo hello\n"
PEOPLE: dict[str, Access] = {
    name: Access(
        authenticated=True,
        username=name,
        account_id=uuid4(),
        roles={"team": role} if role else {},
        repository_id=REPOSITORY_ID,
        verbs=verbs,
    )
    for name, role, verbs in [
        ("reader", Role.READER, frozenset({Verb.PULL})),
        ("writer", Role.WRITER, frozenset({Verb.PULL, Verb.PUSH, Verb.DELETE})),
        ("stranger", None, frozenset()),
    ]
}
T = TypeVar("T")
MessageT = TypeVar("MessageT", bound=Message)


@dataclass
class Kit:
    """What a test works with."""

    folder: Path
    settings: dict[str, Any] = field(default_factory=dict)
    files: dict[str, str | bytes] = field(default_factory=lambda: {"Dockerfile": SIMPLE})
    clock: SetClock = field(default_factory=SetClock)
    bus: MemoryBus = field(default_factory=MemoryBus)
    engine: DummyEngine = field(default_factory=DummyEngine)
    public: bool = False
    source_token: SourceToken = field(default_factory=SourceToken)

    def __post_init__(self) -> None:
        self.source = FilesSource(self.files)
        self.files = self.source.files
        self.asked: list[AskRegistryToken] = []
        self._orders = 0
        self._states: list[BuilderState] = []

    @property
    def state(self) -> BuilderState:
        """The parts of the builder that was started last."""
        return self._states[-1]

    @property
    def database(self) -> Database:
        return self.state.database

    @asynccontextmanager
    async def running(self, **settings: Any) -> AsyncIterator[httpx.AsyncClient]:
        """Run a builder; a client of its API."""
        given = {"data_dir": self.folder, **self.settings, **settings}
        process = Process(
            [replace(SERVICE, build=self._build)],
            settings={"builder": BuilderSettings(**given)},
            bus=self.bus,
            clock=self.clock,
        )
        answers = asyncio.Event()
        others = [asyncio.create_task(self.bus.respond(r, stop=answers)) for r in self._others()]
        await process.start()
        transport = httpx.ASGITransport(process.app)
        client = httpx.AsyncClient(
            transport=transport,
            base_url=f"http://boatyard/api/v1/repositories/{REPOSITORY}",
            headers={"Authorization": "Bearer writer"},
        )
        try:
            yield client
        finally:
            await client.aclose()
            await process.stop()
            answers.set()
            await asyncio.gather(*others)

    def _build(self, context: Context) -> Parts:
        async def find() -> Found:
            return Found(engine=self.engine, registry=context.settings.registry_host)

        settings: BuilderSettings = context.settings
        state = BuilderState(
            settings=settings,
            database=context.database,
            bus=context.bus,
            clock=context.clock,
            queue=Queue(),
            logs=LogStore(settings.logs_folder, limit=settings.log_limit_mib * 1024 * 1024),
            engines=EngineHost(find),
            source=self.source,
            metrics=BuildMetrics(CollectorRegistry()),
        )
        self._states.append(state)
        return wiring.assemble(state)

    def _others(self) -> list[Any]:
        async def access(question: AskAccess) -> Access:
            if question.kind is CredentialKind.ANONYMOUS:
                verbs = frozenset({Verb.PULL}) if self.public else frozenset()
                return Access(repository_id=REPOSITORY_ID if self.public else None, verbs=verbs)
            found = {secret_hash(name): who for name, who in PEOPLE.items()}
            who = found.get(question.credential_sha256 or "", Access())
            if self.public and who.authenticated:
                return who.model_copy(update={"verbs": who.verbs | {Verb.PULL}})
            return who

        async def registry_token(question: AskRegistryToken) -> RegistryToken:
            self.asked.append(question)
            return RegistryToken(token=f"registry-token-{len(self.asked)}", expires_in=300)

        async def source_token(question: AskSourceToken) -> SourceToken:
            return self.source_token

        return [
            responder(AskAccess, access),
            responder(AskRegistryToken, registry_token),
            responder(AskSourceToken, source_token),
        ]

    async def send(self, message: Message) -> None:
        """Publish a message as another service does."""
        await self.bus.publish(message.subject, message.encode(), message_id=str(message.id))

    async def order(self, **wishes: Any) -> UUID:
        """Ask for a build; returns its id once it is entered."""
        command = self.command(**wishes)
        await self.send(command)
        await self.until(lambda: self.build(command.id), "the build is entered")
        return command.id

    def command(self, **wishes: Any) -> BuildImage:
        """A command to build; what a test does not say is usual."""
        self._orders += 1
        recipe = {
            name: wishes.pop(name)
            for name in ("dockerfile", "context", "arguments", "timeout_seconds")
            if name in wishes
        }
        usual = {
            "repository_id": REPOSITORY_ID,
            "repository": REPOSITORY,
            "group": f"rule:main:{self._orders}",
            "order": self._orders,
            "tags": ("latest",),
            "source": BuildSource(
                project="octo/hello",
                clone_url="https://github.example/octo/hello.git",
                ref="refs/heads/main",
                commit=f"{self._orders:040x}",
                author="Ada",
                message="Say hello\n\nAnd more.",
            ),
            "recipe": BuildRecipe(**recipe),
            "cause": BuildCause.PUSH,
        }
        return BuildImage(**{**usual, **wishes})

    async def build(self, id: UUID) -> Build | None:
        """A build's row as it is now."""
        async with self.database.reading() as session:
            return await session.get(Build, id)

    async def row(self, id: UUID) -> Build:
        """A build's row, which must be there."""
        found = await self.build(id)
        assert found is not None
        return found

    async def ended(self, id: UUID) -> Build:
        """Wait until a build has ended."""

        async def look() -> Build | None:
            row = await self.row(id)
            return row if row.finished_at else None

        return await self.until(look, "the build ends")

    async def reaches(self, id: UUID, status: BuildStatus, *, phase: str | None = None) -> Build:
        """Wait until a build is somewhere."""

        async def look() -> Build | None:
            row = await self.row(id)
            return row if row.status == status and phase in (None, row.phase) else None

        return await self.until(look, f"the build gets {status} {phase or ''}")

    def log(self, id: UUID) -> str:
        """What a log has."""
        text, cursor = "", 0
        while part := self.state.logs.read(id, cursor).data:
            text, cursor = text + part.decode(), cursor + len(part)
        return text

    async def told(self, kind: type[MessageT]) -> list[MessageT]:
        """The messages of a kind that were committed to be sent."""
        wanted = sa.select(col(Outbox.body)).where(col(Outbox.subject) == kind.subject)
        async with self.database.reading() as session:
            found = await session.execute(wanted.order_by(col(Outbox.id)))
        return [kind.decode(body) for body in found.scalars()]

    async def finished(self, id: UUID) -> BuildFinished:
        """The news that a build has ended."""

        async def look() -> BuildFinished | None:
            found = [event for event in await self.told(BuildFinished) if event.build_id == id]
            assert len(found) < 2, "it is told once"
            return found[0] if found else None

        return await self.until(look, "the end is told")

    async def until(self, look: Callable[[], Awaitable[T | None]], what: str) -> T:
        """Wait until something is there, and return it."""
        try:
            async with asyncio.timeout(20):
                while not (found := await look()):
                    await asyncio.sleep(0.01)
        except TimeoutError:
            raise AssertionError(f"{what}: not within 20 s") from None
        return found


async def pages(client: httpx.AsyncClient, path: str, **query: Any) -> Sequence[dict[str, Any]]:
    """All items of a list, page by page."""
    items: list[dict[str, Any]] = []
    while True:
        page = (await client.get(path, params=query)).json()
        items += page["items"]
        if page["next_cursor"] is None:
            return items
        query["cursor"] = page["next_cursor"]
