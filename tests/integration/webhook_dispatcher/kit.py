"""A whole dispatcher in this process: real database, real HTTP to the endpoints, the bus in memory."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import httpx

from boatyard.shared.access import Credential
from boatyard.shared.bus.memory import MemoryBus
from boatyard.shared.clock import Clock, SystemClock
from boatyard.shared.events import Access, Message, TagPushed, Verb
from boatyard.shared.process import Process
from boatyard.webhook_dispatcher.dependencies import DispatcherState
from boatyard.webhook_dispatcher.sender import Sender
from boatyard.webhook_dispatcher.service import SERVICE, assemble
from boatyard.webhook_dispatcher.settings import WebhookDispatcherSettings

REPOSITORY = "team/app"
DIGEST = "sha256:" + "a" * 64
_sequences = count(1)


def id_of(repository: str) -> UUID:
    return uuid5(UUID(int=0), repository)


class OpenDoor:
    """Lets everybody do what `verbs` says, to any repository."""

    def __init__(self) -> None:
        self.verbs = frozenset(Verb)
        self.authenticated = self.public = True

    async def access(self, credential: Credential, repository: str | None = None) -> Access:
        return Access(
            authenticated=self.authenticated,
            username="ann" if self.authenticated else None,
            repository_id=id_of(repository) if repository else None,
            repository_public=self.public,
            verbs=self.verbs,
        )


class Dispatcher:
    """A running dispatcher, and what a test does with it."""

    def __init__(self, process: Process, bus: MemoryBus, door: OpenDoor, clock: Clock) -> None:
        self.process, self.bus, self.door, self.clock = process, bus, door, clock
        transport = httpx.ASGITransport(app=process.app)
        self.http = httpx.AsyncClient(transport=transport, base_url="http://boatyard.test")

    @property
    def state(self) -> DispatcherState:
        state = self.process.app.state.services["webhook-dispatcher"]
        assert isinstance(state, DispatcherState)
        return state

    async def crash(self) -> None:
        """Die: every task ends where it is, and nothing more is written down."""
        engine = self.state.engine
        for tasks in (self.process._supervisor._running, engine._sending):
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def path(self, repository: str = REPOSITORY) -> str:
        return f"/api/v1/repositories/{repository}/webhooks"

    async def hook(self, url: str, *, repository: str = REPOSITORY, **wish: Any) -> dict[str, Any]:
        answer = await self.http.post(self.path(repository), json={"url": url, **wish})
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def call(
        self, method: str, hook: dict[str, Any], rest: str = "", **arguments: Any
    ) -> httpx.Response:
        return await self.http.request(method, f"{self.path()}/{hook['id']}{rest}", **arguments)

    async def push(self, tag: str = "latest", *, repository: str = REPOSITORY) -> TagPushed:
        event = TagPushed(repository=repository, tag=tag, digest=DIGEST, sequence=next(_sequences))
        await self.publish(event)
        return event

    async def publish(self, event: Message) -> None:
        await self.bus.publish(event.subject, event.encode(), message_id=str(event.id))

    async def deliveries(self, hook: dict[str, Any], **query: Any) -> list[dict[str, Any]]:
        answer = await self.call("GET", hook, "/deliveries", params=query)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    async def log(self, hook: dict[str, Any], delivery: str) -> list[dict[str, Any]]:
        answer = await self.call("GET", hook, f"/deliveries/{delivery}")
        assert answer.status_code == 200, answer.text
        log: list[dict[str, Any]] = answer.json()["attempts"]
        return log

    async def delivered(
        self, hook: dict[str, Any], states: list[str], *, seconds: float = 20
    ) -> list[dict[str, Any]]:
        """Wait until the deliveries of a webhook, the newest first, are in these states."""

        async def reached() -> list[dict[str, Any]] | None:
            found = await self.deliveries(hook)
            return found if [each["state"] for each in found] == states else None

        found: list[dict[str, Any]] = await eventually(reached, seconds=seconds)
        return found


async def eventually(check: Callable[[], Awaitable[Any]], *, seconds: float = 20) -> Any:
    """Ask until the answer is true; AssertionError if it never is."""
    loop = asyncio.get_running_loop()
    ends_at = loop.time() + seconds
    while loop.time() < ends_at:
        found = await check()
        if found:
            return found
        await asyncio.sleep(0.02)
    raise AssertionError(f"after {seconds} s still {found!r}")


@asynccontextmanager
async def dispatching(
    database_url: str,
    folder: Path,
    *,
    sender: Sender | None = None,
    clock: Clock | None = None,
    bus: MemoryBus | None = None,
    **settings: Any,
) -> AsyncIterator[Dispatcher]:
    """Run a dispatcher for the length of a block; loopback is allowed, and its pauses are short."""
    configured = {
        "allow_networks": "127.0.0.0/8",
        "ladder_scale": 0.002,
        "poll_seconds": 0.05,
        **settings,
    }
    bus, clock, door = bus or MemoryBus(), clock or SystemClock(), OpenDoor()
    service = (
        SERVICE
        if sender is None
        else replace(SERVICE, build=lambda context: assemble(context, sender))
    )
    process = Process(
        [service],
        settings={
            service.name: WebhookDispatcherSettings.load(
                database_url=database_url, data_dir=folder, **configured
            )
        },
        bus=bus,
        clock=clock,
    )
    await process.start()
    process.app.state.doorkeeper = door
    dispatcher = Dispatcher(process, bus, door, clock)
    try:
        yield dispatcher
    finally:
        await dispatcher.http.aclose()
        await process.stop()


def ago(**duration: float) -> str:
    return (dt.datetime.now(dt.UTC) - dt.timedelta(**duration)).isoformat()
