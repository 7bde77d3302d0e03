"""A whole Boatyard in one process, for tests of its API.

The bus, the registry and the webhooks' endpoints are the faithful dummies of their ports; databases are files;
GitHub is the tests' own, on loopback.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx

from boatyard.catalog import service as catalog
from boatyard.registry_notifier import service as notifier
from boatyard.shared.access import CSRF_HEADER
from boatyard.shared.bus.memory import MemoryBus
from boatyard.shared.clock import SystemClock
from boatyard.shared.events import (
    BuildCause,
    BuildImage,
    BuildRecipe,
    BuildSource,
    Message,
    TagPushed,
    new_id,
)
from boatyard.shared.oci import MediaType
from boatyard.shared.process import Process
from boatyard.shared.registry import Manifest
from boatyard.shared.registry.memory import MemoryRegistry
from boatyard.shared.service import Service
from boatyard.shared.testing.github import FakeGithub
from boatyard.standalone.services import SERVICES
from boatyard.webhook_dispatcher import service as dispatcher
from boatyard.webhook_dispatcher.dummy_sender import DummySender

PASSWORD = "correct horse battery"
URL = "http://boatyard.test"
NOTIFICATION_SECRET = "a secret of the registry"
OWN_SETTINGS: dict[str, dict[str, Any]] = {
    "catalog": {"password_rounds": 1, "password_memory_kib": 32, "news_wait_seconds": 0},
    "registry-notifier": {"notification_secret": NOTIFICATION_SECRET},
    "builder": {"engine": "dummy", "private_engine": "off", "workers": 0},
}

SELDOM = {"reconcile_seconds": 86_400, "catch_up_seconds": 86_400}


class Yard:
    """Life cycle: `start`, use, `stop`."""

    def __init__(self, folder: Path) -> None:
        self.bus, self.registry, self.endpoints = MemoryBus(), MemoryRegistry(), DummySender()
        self.github = FakeGithub(folder / "github")
        own = {**OWN_SETTINGS, "github-gateway": {"github_url": self.github.url, **SELDOM}}
        settings = {
            service.name: service.settings(
                data_dir=folder, public_url=URL, **own.get(service.name, {})
            )
            for service in SERVICES
        }
        services = [self._in_memory(service) for service in SERVICES]
        self.process = Process(services, settings=settings, bus=self.bus, clock=SystemClock())
        self.app = self.process.app
        self._clients: list[httpx.AsyncClient] = []

    def _in_memory(self, service: Service) -> Service:
        """A service that reaches nothing outside of this process."""
        assemblies: dict[str, Any] = {
            "catalog": lambda context: catalog.assemble(context, registry=self.registry),
            "registry-notifier": lambda context: notifier.assemble(context, self.registry),
            "webhook-dispatcher": lambda context: dispatcher.assemble(context, self.endpoints),
        }
        return replace(service, build=assemblies.get(service.name, service.build))

    async def start(self) -> None:
        await asyncio.to_thread(self.github.start)
        await self.process.start()

    async def stop(self) -> None:
        for client in self._clients:
            await client.aclose()
        await self.process.stop()
        await asyncio.to_thread(self.github.stop)

    def client(self, **headers: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        client = httpx.AsyncClient(transport=transport, base_url=URL, headers=headers, timeout=30)
        self._clients.append(client)
        return client

    def bearer(self, token: str) -> httpx.AsyncClient:
        return self.client(Authorization=f"Bearer {token}")

    async def person(self, username: str) -> httpx.AsyncClient:
        """Somebody who has just signed up and in."""
        who = {"username": username, "password": PASSWORD}
        await ok(self.client().post("/api/v1/accounts", json=who))
        return await self.sign_in(username)

    async def sign_in(self, username: str) -> httpx.AsyncClient:
        client = self.client()
        who = {"username": username, "password": PASSWORD}
        session = await ok(client.post("/api/v1/session", json=who))
        client.headers[CSRF_HEADER] = session["csrf_token"]
        return client

    async def tell(self, *messages: Message) -> None:
        """Have messages sent that no service here sends."""
        for message in messages:
            await self.bus.publish(message.subject, message.encode(), message_id=str(message.id))

    async def push(self, repository: str, *tags: str) -> Manifest:
        """An image is pushed under some tags."""
        image = self._image(repository, f"{repository} {tags}")
        for tag in tags:
            self.registry.add_manifest(repository, image, tag=tag)
        events = [
            TagPushed(
                repository=repository,
                tag=tag,
                digest=image.digest,
                media_type=image.media_type,
                sequence=1,
                pushed_by="olga",
            )
            for tag in tags
        ]
        await self.tell(*events)
        return image

    async def queue_build(self, repository: str, repository_id: str) -> None:
        """GitHub was pushed to, and a rule asks for an image."""
        source = BuildSource(
            project="team/app",
            clone_url="https://github.com/team/app",
            ref="refs/heads/main",
            commit="0" * 40,
        )
        facts: dict[str, Any] = {
            "repository": repository,
            "repository_id": repository_id,
            "group": str(new_id()),
            "order": 1,
            "tags": ("built",),
            "source": source,
            "cause": BuildCause.PUSH,
        }
        await self.tell(BuildImage(**facts, recipe=BuildRecipe()))

    def _image(self, repository: str, text: str) -> Manifest:
        parts = []
        for data in (b'{"os": "linux", "architecture": "amd64"}', text.encode()):
            digest = digest_of(data)
            self.registry.add_blob(repository, digest, data)
            parts.append({"mediaType": "any", "digest": digest, "size": len(data)})
        body = json.dumps({"schemaVersion": 2, "config": parts[0], "layers": parts[1:]}).encode()
        return Manifest(digest_of(body), MediaType.OCI_MANIFEST, body)


def digest_of(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


async def ok(request: Any) -> Any:
    """What a request that must succeed answers."""
    answer: httpx.Response = await request
    assert answer.is_success, f"{answer.request.method} {answer.url}: {answer.text}"
    return answer.json() if answer.content else None


async def until(condition: Callable[[], Any], *, seconds: float = 30) -> None:
    """Wait for what the services do by themselves."""
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.02)
