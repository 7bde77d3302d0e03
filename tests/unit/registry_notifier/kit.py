"""registry-notifier alone, driven through its real routes: SQLite, a registry in memory, a set clock."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import sqlalchemy as sa
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from sqlmodel import col

from boatyard.registry_notifier import actions, store
from boatyard.registry_notifier.db import Outbox
from boatyard.registry_notifier.dependencies import State
from boatyard.registry_notifier.position import Position
from boatyard.registry_notifier.service import SERVICE, assemble
from boatyard.registry_notifier.settings import RegistryNotifierSettings
from boatyard.registry_notifier.sweep import Findings
from boatyard.registry_notifier.sweeper import Sweeper
from boatyard.shared.access import Credential
from boatyard.shared.bus.memory import MemoryBus
from boatyard.shared.clock import SetClock
from boatyard.shared.db import Database
from boatyard.shared.errors import Unavailable
from boatyard.shared.events import Access, ManifestPulled, Message, TagDeleted, TagPushed
from boatyard.shared.http import make_app
from boatyard.shared.oci import MediaType
from boatyard.shared.registry import PLACEHOLDER_ANNOTATION, Manifest, RegistryError, Resolved
from boatyard.shared.registry.memory import MemoryRegistry
from boatyard.shared.service import Context, Service

SECRET = "shared-with-the-registry"
EVENTS = "/registry/events"
SWEEP = "/api/v1/administration/registry-sweep"
CAPTURED: dict[str, Any] = json.loads(Path(__file__).with_name("captured.json").read_text())
"""What distribution 2.8.2 posted for each thing that a client can do; hosts and addresses are changed."""

REPOSITORY = "team/app"
OTHER_INSTANCE = "00000000-0000-4000-8000-000000000002"
_MESSAGES: dict[str, type[Message]] = {
    m.subject: m for m in (TagPushed, TagDeleted, ManifestPulled)
}


def image(text: str) -> Manifest:
    """A manifest that needs nothing, another one for each text."""
    body = {"schemaVersion": 2, "mediaType": MediaType.OCI_INDEX, "manifests": [], "text": text}
    return manifest(body)


def placeholder(text: str = "") -> Manifest:
    """What Boatyard puts under a tag that it is about to remove."""
    return manifest(
        {
            "schemaVersion": 2,
            "mediaType": MediaType.OCI_INDEX,
            "manifests": [],
            "annotations": {PLACEHOLDER_ANNOTATION: text},
        }
    )


def manifest(body: dict[str, Any]) -> Manifest:
    data = json.dumps(body).encode()
    return Manifest(f"sha256:{hashlib.sha256(data).hexdigest()}", body["mediaType"], data)


A, B, C = image("a"), image("b"), image("c")


def event(
    name: str, *, id: str = "", at: dt.datetime | None = None, **changes: Any
) -> dict[str, Any]:
    """A captured event under an id of its own, with some of its parts changed: `target={"tag": "v2"}`."""
    made: dict[str, Any] = json.loads(json.dumps(CAPTURED[name]))
    made["id"] = id or f"event-{next(_NUMBERS)}"
    if at:
        made["timestamp"] = at.isoformat()
    for part, change in changes.items():
        made[part] = {**made[part], **change} if isinstance(change, dict) else change
    return made


_NUMBERS = iter(range(1, 1_000_000_000))


def push(tag: str, image: Manifest, **more: Any) -> dict[str, Any]:
    return event("push_tag", target=_target(tag=tag, digest=image.digest), **more)


def delete_digest(image: Manifest, **more: Any) -> dict[str, Any]:
    return event("delete_digest", target=_target(digest=image.digest), **more)


def delete_tag(tag: str, **more: Any) -> dict[str, Any]:
    return event("delete_first_tag", target=_target(tag=tag), **more)


def _target(**fields: str) -> dict[str, str]:
    return {"repository": REPOSITORY, **fields}


class OddRegistry(MemoryRegistry):
    """A registry of which a part is unwell, or in which something happens while it is read."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: dict[str, RegistryError] = {}
        self.meanwhile: Callable[[], object] | None = None
        self.reads: list[tuple[str, Resolved | None]] = []
        self.pings = 0

    async def ping(self) -> None:
        self.pings += 1
        await super().ping()

    async def tags(self, repository: str) -> list[str]:
        self._fail(repository)
        return await super().tags(repository)

    async def resolve(
        self, repository: str, reference: str, *, known: Resolved | None = None
    ) -> Resolved | None:
        self._fail(reference)
        self.reads.append((reference, known))
        found = await super().resolve(repository, reference, known=known)
        if self.meanwhile is not None:
            happens, self.meanwhile = self.meanwhile, None
            happens()
        return found

    def _fail(self, name: str) -> None:
        if name in self.faults:
            raise self.faults[name]


class StaticDoorkeeper:
    """Takes everybody for the same one; `access` None: nobody can say who it is."""

    def __init__(self) -> None:
        self.answer: Access | None = Access()

    async def access(self, credential: Credential, repository: str | None = None) -> Access:
        if self.answer is None:
            raise Unavailable("catalog-unreachable", "told to be away")
        return self.answer


async def committed(database: Database) -> list[Message]:
    """Every message about tags and manifests that is in the outbox, oldest first."""
    async with database.reading() as session:
        found = await session.execute(sa.select(Outbox).order_by(col(Outbox.id)))
        return [
            _MESSAGES[row.subject].decode(row.body)
            for row in found.scalars()
            if row.subject in _MESSAGES
        ]


Change = tuple[int, str | None, str]
"""A change of a tag as it was told: its number, the digest (None: deleted), and how it became known."""


def story(messages: Sequence[Message], repository: str, tag: str) -> list[Change]:
    """The changes of one tag."""
    return [
        (m.sequence, m.digest if isinstance(m, TagPushed) else None, str(m.origin))
        for m in messages
        if isinstance(m, TagPushed | TagDeleted) and (m.repository, m.tag) == (repository, tag)
    ]


class Notifier:
    """Life cycle: make it, use it, `stop` it. Nothing runs by itself: a test says what happens."""

    def __init__(self, database_url: str, *, registry: OddRegistry | None = None) -> None:
        self.clock = SetClock(dt.datetime(2026, 11, 24, 18, tzinfo=dt.UTC))
        self.registry = registry or OddRegistry()
        self.metrics = CollectorRegistry()
        self.database = Database(database_url, outbox=Outbox)
        self.settings = RegistryNotifierSettings(
            database_url=database_url,
            notification_secret=SECRET,
            quiet_seconds=0,
            registry_poll_seconds=0.05,
        )
        context = Context(
            settings=self.settings,
            database=self.database,
            bus=MemoryBus(),
            clock=self.clock,
            metrics=self.metrics,
        )
        self.parts = assemble(context, self.registry)
        assert isinstance(self.parts.state, State)
        self.state = self.parts.state
        self.doorkeeper = StaticDoorkeeper()
        self.app = application(SERVICE, state=self.state, doorkeeper=self.doorkeeper)
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app, raise_app_exceptions=False),
            base_url="http://boatyard.test",
        )

    async def stop(self) -> None:
        await self.http.aclose()
        await self.database.close()

    @property
    def now(self) -> dt.datetime:
        return self.clock.now()

    def sweeper(self, *, quiet: float = 0) -> Sweeper:
        return Sweeper(
            registry=self.registry,
            database=self.database,
            clock=self.clock,
            quiet=dt.timedelta(seconds=quiet),
        )

    async def post(self, *events: Any, **headers: str) -> httpx.Response:
        """Post an envelope as the registry does."""
        return await self.http.post(
            EVENTS,
            content=json.dumps({"events": events}),
            headers={
                "Authorization": f"Bearer {SECRET}",
                "Content-Type": "application/vnd.docker.distribution.events.v1+json",
                **headers,
            },
        )

    async def tell(self, *events: Any) -> None:
        """Post events one by one, each of which must be accepted, and settle the doubts that arise."""
        for one in events:
            answer = await self.post(one)
            assert answer.status_code == 202, answer.text
            assert answer.content == b""
        await self.state.doubts.settle()

    async def sweep(self) -> Findings:
        total = Findings()
        async for part in self.sweeper().sweep():
            total += part
        return total

    async def observe(self, tag: str, image: Manifest | None, *, sequence: int) -> actions.Seen:
        """What the sweep does with a tag that it has read."""
        found = Resolved(image.digest, image.media_type) if image else None
        async with self.database.unit_of_work() as uow:
            return await actions.observe(
                uow, REPOSITORY, tag, found=found, read_at=self.now, sequence=sequence
            )

    async def outbox(self) -> list[Message]:
        return await committed(self.database)

    async def story(self, tag: str = "v1") -> list[Change]:
        return story(await self.outbox(), REPOSITORY, tag)

    async def position(self, tag: str = "v1") -> Position:
        async with self.database.reading() as session:
            return await store.position(session, REPOSITORY, tag)

    async def ids(self) -> list[UUID]:
        return [message.id for message in await self.outbox()]

    def metric(self, name: str, **labels: str) -> float:
        return self.metrics.get_sample_value(name, labels) or 0


def application(service: Service, *, state: object, doorkeeper: StaticDoorkeeper) -> FastAPI:
    app = make_app(
        title="t", description="t", routers=service.routers, body_limits=service.body_limits
    )
    app.state.services = {service.name: state}
    app.state.doorkeeper = doorkeeper
    return app


async def eventually(condition: Any, *, seconds: float = 20) -> None:
    """Wait for a condition of something that runs in this event loop."""
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.01)
