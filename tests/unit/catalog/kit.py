"""Catalog alone, driven through its real routes: SQLite in a file, everything else in memory."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import sqlalchemy as sa
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from sqlmodel import col

from boatyard.catalog import service
from boatyard.catalog.db import Outbox
from boatyard.catalog.dependencies import CatalogState
from boatyard.catalog.settings import CatalogSettings
from boatyard.shared.access import CSRF_COOKIE, CSRF_HEADER
from boatyard.shared.bus.memory import MemoryBus
from boatyard.shared.clock import SetClock
from boatyard.shared.db import Database
from boatyard.shared.events import (
    ImageParts,
    ManifestPulled,
    Message,
    Question,
    TagDeleted,
    TagPushed,
)
from boatyard.shared.http import make_app
from boatyard.shared.oci import MediaType
from boatyard.shared.registry import Manifest
from boatyard.shared.registry.memory import MemoryRegistry
from boatyard.shared.service import Context

PASSWORD = "correct horse battery"
CHEAP_ARGON2 = {"password_rounds": 1, "password_memory_kib": 32}
HOST = "boatyard.test"


def make_routes() -> FastAPI:
    """The routes of catalog. It takes long to put them together, so they are shared, one catalog at a time."""
    return make_app(title="t", description="t", routers=service.SERVICE.routers)


class Catalog:
    """Life cycle: make it, use it, `stop` it. Nothing runs by itself: a test says what happens.

    `people` are those who have signed up and in already in the database that it is given.
    """

    def __init__(
        self,
        app: FastAPI,
        *,
        database_url: str,
        data_dir: Path,
        people: Mapping[str, Mapping[str, str]] | None = None,
        **settings: Any,
    ) -> None:
        self._people = people or {}
        self.clock = SetClock()
        self.registry = MemoryRegistry()
        self.settings = CatalogSettings(
            data_dir=data_dir,
            database_url=database_url,
            registry_host="images.test",
            **{**CHEAP_ARGON2, **settings},
        )
        self.database = Database(database_url, outbox=Outbox)
        context = Context(
            settings=self.settings,
            database=self.database,
            bus=MemoryBus(),
            clock=self.clock,
            metrics=CollectorRegistry(),
        )
        self.parts = service.assemble(context, registry=self.registry)
        assert isinstance(self.parts.state, CatalogState)
        self.state = self.parts.state
        self.app = app
        self.app.state.doorkeeper = self.parts.doorkeeper
        self.app.state.services = {"catalog": self.state}
        self._clients: list[httpx.AsyncClient] = []
        self._sequences: dict[tuple[str, str], int] = {}

    async def stop(self) -> None:
        for client in self._clients:
            await client.aclose()
        await self.database.close()

    def client(self, *, address: str = "192.0.2.1", **more: Any) -> httpx.AsyncClient:
        """Somebody who has not signed in, at an address."""
        transport = httpx.ASGITransport(self.app, client=(address, 12345))
        client = httpx.AsyncClient(transport=transport, base_url=f"http://{HOST}/api/v1", **more)
        self._clients.append(client)
        return client

    def bearer(self, token: str) -> httpx.AsyncClient:
        """Somebody who shows a token."""
        return self.client(headers={"Authorization": f"Bearer {token}"})

    async def person(self, username: str) -> httpx.AsyncClient:
        """Somebody who has just signed up and in. Anna comes first: she administers."""
        if username in self._people:
            client = self.client(headers={CSRF_HEADER: self._people[username][CSRF_COOKIE]})
            for name, value in self._people[username].items():
                client.cookies.set(name, value, domain=HOST)
            return client
        wish = {"username": username, "password": PASSWORD}
        assert (made := await self.client().post("/accounts", json=wish)).status_code == 201, (
            made.text
        )
        return await self.sign_in(username)

    async def sign_in(self, username: str, password: str = PASSWORD) -> httpx.AsyncClient:
        client = self.client()
        wish = {"username": username, "password": password}
        answer = await client.post("/session", json=wish)
        assert answer.status_code == 201, answer.text
        client.headers[CSRF_HEADER] = answer.json()["csrf_token"]
        return client

    async def organization(
        self, owner: httpx.AsyncClient, name: str, **members: str
    ) -> httpx.AsyncClient:
        """An organization with members in these roles; returns its owner."""
        await made(owner.post("/organizations", json={"name": name}))
        for username, role in members.items():
            await ok(owner.put(f"/organizations/{name}/members/{username}", json={"role": role}))
        return owner

    async def handle(self, *events: Message) -> None:
        """What happens when events arrive."""
        handlers = self.parts.consumers[0].handlers
        for event in events:
            async with self.database.unit_of_work() as uow:
                await handlers[type(event)](uow, event)

    async def push(
        self,
        repository: str,
        tag: str,
        image: Manifest | None = None,
        *,
        parts: ImageParts | None = None,
    ) -> Manifest:
        """An image is pushed, and registry-notifier tells of it."""
        image = image or self.image(repository, f"{repository}:{tag}")
        self.registry.add_manifest(repository, image, tag=tag)
        await self.handle(
            TagPushed(
                repository=repository,
                tag=tag,
                digest=image.digest,
                media_type=image.media_type,
                image=parts,
                sequence=self.next_sequence(repository, tag),
                pushed_by="anna",
                occurred_at=self.clock.now(),
            )
        )
        return image

    async def deleted(self, repository: str, tag: str, digest: str) -> None:
        """A tag is gone from the registry, and registry-notifier tells of it."""
        await self.handle(
            TagDeleted(
                repository=repository,
                tag=tag,
                digest=digest,
                sequence=self.next_sequence(repository, tag),
                deleted_by="anna",
                occurred_at=self.clock.now(),
            )
        )

    async def pulled(self, repository: str, digest: str, tag: str | None = None) -> None:
        await self.handle(
            ManifestPulled(
                repository=repository, tag=tag, digest=digest, occurred_at=self.clock.now()
            )
        )

    def next_sequence(self, repository: str, tag: str) -> int:
        key = (repository, tag)
        self._sequences[key] = self._sequences.get(key, 0) + 1
        return self._sequences[key]

    def image(
        self, repository: str, text: str, *, labels: dict[str, str] | None = None
    ) -> Manifest:
        """An image whose parts are in the registry already."""
        config = json.dumps(
            {
                "os": "linux",
                "architecture": "amd64",
                "created": "2025-12-24T18:00:00Z",
                "config": {"Labels": labels or {}},
            }
        ).encode()
        parts = [(config, "application/vnd.oci.image.config.v1+json"), (text.encode(), "layer")]
        descriptors = []
        for data, media_type in parts:
            digest = digest_of(data)
            self.registry.add_blob(repository, digest, data)
            descriptors.append({"mediaType": media_type, "digest": digest, "size": len(data)})
        body = {"schemaVersion": 2, "config": descriptors[0], "layers": descriptors[1:]}
        return manifest(body, MediaType.OCI_MANIFEST)

    async def ask(self, question: Question[Any]) -> Any:
        """What another service is answered."""
        [responder] = [r for r in self.parts.responders if isinstance(question, r.question)]
        return await responder.answer(question)

    async def outbox(self, kind: type[Message]) -> list[Any]:
        """The messages of a kind that were committed, the oldest first."""
        async with self.database.reading() as session:
            rows = await session.execute(
                sa.select(Outbox)
                .where(col(Outbox.subject) == kind.subject)
                .order_by(col(Outbox.id))
            )
            return [kind.decode(row.body) for row in rows.scalars()]


def digest_of(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def manifest(body: dict[str, Any], media_type: str) -> Manifest:
    data = json.dumps(body).encode()
    return Manifest(digest_of(data), media_type, data)


async def ok(request: Any) -> Any:
    """What a request that must succeed answers."""
    answer: httpx.Response = await request
    assert answer.is_success, f"{answer.request.method} {answer.url}: {answer.text}"
    return answer.json() if answer.content else None


async def made(request: Any) -> Any:
    """What a request that must make something answers."""
    answer: httpx.Response = await request
    assert answer.status_code == 201, f"{answer.request.method} {answer.url}: {answer.text}"
    return answer.json()


async def refused(
    request: Any, status: int, code: str | None = None, *, field: str | None = None
) -> dict[str, Any]:
    """The problem document of a request that must be refused, naming the field if one is at fault."""
    answer: httpx.Response = await request
    assert answer.status_code == status, f"{answer.request.url}: {answer.status_code} {answer.text}"
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem["status"] == status
    assert problem["detail"]
    if code is not None:
        assert problem["type"] == f"urn:boatyard:problem:{code}"
    if field is not None:
        assert field in [error["field"] for error in problem["errors"]], problem
        assert all(error["reason"] for error in problem["errors"])
    return problem


async def token(owner: httpx.AsyncClient, *verbs: str, on: str = "*", **more: Any) -> str:
    """The secret of a new access token."""
    scopes = [{"repository": on, "verbs": list(verbs or ("pull", "push", "delete", "admin"))}]
    secret: str = (
        await made(owner.post("/account/tokens", json={"name": "t", "scopes": scopes, **more}))
    )["secret"]
    return secret


def names(page: dict[str, Any], key: str = "name") -> list[str]:
    return [item[key] for item in page["items"]]


def some_uuid() -> UUID:
    return UUID("0192f000-0000-7000-8000-000000000000")


def pushed(sequence: int, digest: str, **more: Any) -> TagPushed:
    """A push to anna/app:1, unless told otherwise."""
    given = {"repository": "anna/app", "tag": "1", "digest": digest, "sequence": sequence}
    return TagPushed.model_validate({**given, **more})
