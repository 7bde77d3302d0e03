"""A real registry and a whole registry-notifier beside it, each of which can go away and come back."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from boatyard.registry_notifier import store
from boatyard.registry_notifier.service import SERVICE
from boatyard.registry_notifier.settings import RegistryNotifierSettings
from boatyard.shared import events
from boatyard.shared.bus import responder
from boatyard.shared.bus.memory import MemoryBus
from boatyard.shared.clock import SystemClock
from boatyard.shared.db import Database
from boatyard.shared.events import Access, AskAccess, AskRegistryToken, RegistryToken
from boatyard.shared.oci import MediaType
from boatyard.shared.process import Process
from boatyard.shared.registry import ACCEPT, Manifest
from boatyard.shared.registry.config import Notifications, registry_config
from boatyard.shared.runtime import listen
from boatyard.shared.testing.engine import program
from boatyard.shared.testing.processes import ServerProcess, accepts, free_port
from boatyard.shared.testing.pusher import digest_of
from tests.unit.registry_notifier.kit import SECRET, SWEEP, Change, committed, manifest, story

ARRIVES = 30.0
"""Seconds within which the registry's news must be here: it waits a second after each few failures."""


CONFIG, LAYER = b"{}", b"of every image"
FIRST = "team/first"
"""Where the first word of the registry goes, of which no test tells."""


def image(text: str) -> Manifest:
    """An image of one layer; another text makes another digest."""
    config, layer = (
        {"mediaType": media_type, "digest": digest_of(blob), "size": len(blob)}
        for media_type, blob in (
            ("application/vnd.oci.image.config.v1+json", CONFIG),
            ("application/vnd.oci.image.layer.v1.tar", LAYER),
        )
    )
    return manifest(
        {
            "schemaVersion": 2,
            "mediaType": MediaType.OCI_MANIFEST,
            "config": config,
            "layers": [layer],
            "annotations": {"text": text},
        }
    )


A, B, C = image("a"), image("b"), image("c")


def client(url: str) -> httpx.AsyncClient:
    """A client that keeps no connections, since the other side may be killed."""
    limits = httpx.Limits(max_keepalive_connections=0)
    return httpx.AsyncClient(base_url=url, trust_env=False, timeout=30, limits=limits, verify=False)


class RealRegistry:
    """Debian's docker-registry, open to everybody, on a port that it keeps over restarts."""

    def __init__(self, folder: Path, *, notify: int) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._prepared: set[str] = set()
        self._http = client(self.url)
        config = folder / "registry.yml"
        config.write_text(
            registry_config(
                address=f"127.0.0.1:{self.port}",
                storage=folder / "registry",
                secret="of-the-registry",
                notifications=Notifications(
                    url=f"http://127.0.0.1:{notify}/registry/events", token=SECRET
                ),
            )
        )
        self.process = ServerProcess(
            [program("docker-registry"), "serve", str(config)], log=folder / "registry.log"
        )

    async def start(self) -> None:
        await asyncio.to_thread(self.process.start, lambda: accepts(self.port))

    async def close(self) -> None:
        await self.kill()
        await self._http.aclose()

    async def kill(self) -> None:
        """SIGKILL: what it had not told yet is forgotten."""
        await asyncio.to_thread(self.process.kill)

    async def push(self, repository: str, tag: str, manifest: Manifest) -> None:
        if repository not in self._prepared:
            await self._upload(repository, CONFIG)
            await self._upload(repository, LAYER)
        self._prepared.add(repository)
        await self._ask(
            "PUT",
            f"/v2/{repository}/manifests/{tag}",
            content=manifest.body,
            headers={"Content-Type": manifest.media_type},
        )

    async def pull(self, repository: str, reference: str, **headers: str) -> None:
        path = f"/v2/{repository}/manifests/{reference}"
        await self._ask("GET", path, headers={"Accept": ACCEPT, **headers})

    async def look(self, repository: str, reference: str) -> None:
        """HEAD, as docker does to learn a digest."""
        path = f"/v2/{repository}/manifests/{reference}"
        await self._ask("HEAD", path, headers={"Accept": ACCEPT})

    async def delete(self, repository: str, manifest: Manifest) -> None:
        await self._ask("DELETE", f"/v2/{repository}/manifests/{manifest.digest}")

    async def _upload(self, repository: str, blob: bytes) -> None:
        begun = await self._ask("POST", f"/v2/{repository}/blobs/uploads/")
        place = httpx.URL(begun.headers["Location"]).copy_merge_params({"digest": digest_of(blob)})
        headers = {"Content-Type": "application/octet-stream"}
        await self._ask("PUT", str(place), content=blob, headers=headers)

    async def _ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        answer = await self._http.request(method, path, **more)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer


class Gate:
    """Stands before the application, counts what the registry sends, and lets it through or not.

    `refuse`: answer 503 instead. `swallow`: let it through, and lose the answer.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.refuse = self.swallow = False
        self.seen: list[dict[str, Any]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != "/registry/events":
            await self._app(scope, receive, send)
            return
        body = await _body(receive)
        self.seen += json.loads(body)["events"]
        if self.refuse:
            await _answer(send, 503)
            return
        await self._app(scope, _replay(body), _nowhere if self.swallow else send)
        if self.swallow:
            await _answer(send, 502)

    def ids(self, tag: str) -> list[str]:
        """The ids under which the registry told of pushes of a tag, each time that it did."""
        return [
            one["id"]
            for one in self.seen
            if one["action"] == "push" and one["target"].get("tag") == tag
        ]


async def _body(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        part: bytes = message.get("body", b"")
        body += part
        if not message.get("more_body"):
            return body


def _replay(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body}

    return receive


async def _nowhere(_message: Message) -> None: ...


async def _answer(send: Send, status: int) -> None:
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": b""})


class WholeNotifier:
    """registry-notifier with all its tasks, served on a port that it keeps over restarts.

    Catalog, which it asks for tokens and for who somebody is, is a responder on a bus in memory.
    """

    def __init__(self, folder: Path, *, port: int, registry_url: str) -> None:
        self._folder, self._port = folder, port
        self.settings = RegistryNotifierSettings(
            database_url=f"sqlite+aiosqlite:///{folder}/registry-notifier.db",
            registry_url=registry_url,
            notification_secret=SECRET,
            quiet_seconds=0.2,
            registry_poll_seconds=0.05,
        )
        self.gate = Gate(_nobody)
        self._database = Database(self.settings.database_url)
        self._process: Process | None = None
        self._serving: list[asyncio.Task[None]] = []
        self._server: uvicorn.Server | None = None
        self._listener: socket.socket | None = None
        self._stop = asyncio.Event()

    async def start(self) -> None:
        bus = MemoryBus()
        process = Process(
            [SERVICE],
            settings={SERVICE.name: self.settings},
            bus=bus,
            clock=SystemClock(),
        )
        self._stop = asyncio.Event()
        self._serving = [
            asyncio.create_task(bus.respond(one, stop=self._stop))
            for one in (responder(AskRegistryToken, _token), responder(AskAccess, _root))
        ]
        await process.start()
        seen, refuse = self.gate.seen, self.gate.refuse
        self.gate = Gate(process.app)
        self.gate.seen, self.gate.refuse = seen, refuse
        config = uvicorn.Config(self.gate, log_config=None, lifespan="off")
        self._server = uvicorn.Server(config)
        self._listener = listen("127.0.0.1", self._port)
        self._serving.append(asyncio.create_task(self._server.serve(sockets=[self._listener])))
        self._process = process

    async def close(self) -> None:
        await self.stop()
        await self._database.close()

    async def stop(self) -> None:
        if self._process is None or self._server is None:
            return
        self._server.should_exit = True
        self._stop.set()
        await asyncio.gather(*self._serving)
        if self._listener is not None:
            self._listener.close()
        await self._process.stop()
        self._process = None

    async def ask_for_sweep(self) -> httpx.Response:
        async with client(f"http://127.0.0.1:{self._port}") as http:
            return await http.post(SWEEP, headers={"Authorization": "Bearer of-root"})

    def metric(self, name: str, **labels: str) -> float:
        assert self._process is not None
        return self._process.metrics.get_sample_value(name, labels) or 0

    async def rests(self) -> bool:
        async with self._database.reading() as session:
            row = await store.sweep_row(session)
        now = SystemClock().now()
        return row is not None and row.claim_id is None and (row.due_at or now) > now

    async def outbox(self) -> list[events.Message]:
        return [m for m in await committed(self._database) if getattr(m, "repository", "") != FIRST]

    async def story(self, repository: str, tag: str) -> list[Change]:
        return story(await committed(self._database), repository, tag)


async def _nobody(_scope: Scope, _receive: Receive, _send: Send) -> None: ...


async def _token(_question: AskRegistryToken) -> RegistryToken:
    return RegistryToken(token="unread", expires_in=300)


async def _root(_question: AskAccess) -> Access:
    return Access(authenticated=True, username="root", administrator=True)


class Quay:
    """Both of them. `start`, use, `stop`."""

    def __init__(self, folder: Path) -> None:
        port = free_port()
        self.registry = RealRegistry(folder, notify=port)
        self.notifier = WholeNotifier(folder, port=port, registry_url=self.registry.url)

    async def start(self) -> None:
        """Start both, and wait for the sweep that the first word of the registry's process leads to."""
        await self.registry.start()
        await self.notifier.start()
        await self.registry.push(FIRST, "word", A)
        await self.told(FIRST, "word", times=1)
        await self.rested()

    async def stop(self) -> None:
        await self.registry.close()
        await self.notifier.close()

    async def rested(self) -> None:
        """Wait until no sweep is under way or due."""
        await until(self.notifier.rests)

    async def told(self, repository: str, tag: str, *, times: int) -> list[Change]:
        """Wait until so many changes of a tag were told."""

        async def condition() -> bool:
            return len(await self.notifier.story(repository, tag)) >= times

        await until(condition)
        return await self.notifier.story(repository, tag)


async def until(condition: Callable[[], Awaitable[bool]], *, seconds: float = ARRIVES) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.02)
