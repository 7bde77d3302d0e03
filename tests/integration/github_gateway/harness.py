"""github-gateway at work: its real application on a real port, with a bus in memory and a GitHub of its own."""

from __future__ import annotations

import asyncio
import functools
import json
import tempfile
import threading
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID, uuid4

import httpx
import sqlalchemy as sa
import uvicorn
from pydantic import BaseModel, SecretStr

from boatyard.github_gateway.accounts import actions as accounts
from boatyard.github_gateway.dependencies import GatewayState
from boatyard.github_gateway.github import UserToken
from boatyard.github_gateway.identity import actions as identity
from boatyard.github_gateway.identity.models import AppKind
from boatyard.github_gateway.identity.schemas import AppCredentials
from boatyard.github_gateway.service import SERVICE
from boatyard.github_gateway.settings import GithubGatewaySettings
from boatyard.shared import migrations
from boatyard.shared.access import secret_hash
from boatyard.shared.bus import Delivery, Subscription, responder
from boatyard.shared.bus.memory import MemoryBus
from boatyard.shared.clock import Clock, SystemClock
from boatyard.shared.db import Database
from boatyard.shared.events import (
    Access,
    AskAccess,
    BuildFacts,
    BuildFinished,
    BuildImage,
    BuildQueued,
    BuildStarted,
    BuildStatus,
    CancelBuilds,
    Event,
    Message,
    Role,
    Verb,
    new_id,
)
from boatyard.shared.process import Process
from boatyard.shared.testing.github import FakeApp, FakeGithub, FakeProject
from boatyard.shared.testing.github.courier import signature_headers
from boatyard.shared.testing.processes import free_port

REPOSITORY = "/api/v1/repositories/team/app"
MessageT = TypeVar("MessageT", bound=Message)
EventT = TypeVar("EventT", bound=Event)


class People:
    """Stands in for catalog: who has which token, and what they may do to team/app and team/other."""

    def __init__(self) -> None:
        self.repositories = {"team/app": new_id(), "team/other": new_id()}
        self.accounts = {name: new_id() for name in ("ada", "bob", "root")}

    async def answer(self, question: AskAccess) -> BaseModel:
        names = {secret_hash(name): name for name in self.accounts}
        name = names.get(question.credential_sha256 or "")
        if name is None:
            return Access()
        verbs = frozenset({Verb.PULL}) if name == "bob" else frozenset(Verb)
        repository_id = self.repositories.get(question.repository or "")
        return Access(
            authenticated=True,
            username=name,
            account_id=self.accounts[name],
            administrator=name == "root",
            roles={"team": Role.READER if name == "bob" else Role.ADMIN},
            repository_id=repository_id,
            verbs=verbs if repository_id else frozenset(),
        )


class Gateway:
    """One process of github-gateway. `start`, use, `stop`."""

    def __init__(
        self,
        github: FakeGithub,
        folder: Path,
        *,
        url: str = "",
        clock: Clock | None = None,
        bus: MemoryBus | None = None,
        people: People | None = None,
        **settings: Any,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.github, self.people = github, people or People()
        self.bus = bus or MemoryBus()
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        given = {"reconcile_seconds": 86_400, "catch_up_seconds": 86_400, **settings}
        if not url:
            copy_migrated(folder)
        self.process = Process(
            [SERVICE],
            settings={
                SERVICE.name: GithubGatewaySettings.load(
                    data_dir=folder,
                    database_url=url,
                    public_url=self.url,
                    github_url=github.url,
                    **given,
                )
            },
            bus=self.bus,
            clock=clock or SystemClock(),
        )
        self.messages: list[Message] = []
        self._changed = asyncio.Event()
        self._stop = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._server: uvicorn.Server | None = None

    @property
    def state(self) -> GatewayState:
        """The service's own parts, for a test that lets a task run when it wants."""
        found: GatewayState = self.process.app.state.services[SERVICE.name]
        return found

    async def start(self) -> None:
        await self.process.start()
        catalog = responder(AskAccess, self.people.answer)
        builder = Subscription(
            name="builder", messages=(BuildImage, CancelBuilds), handle=self._collect
        )
        self._tasks = [
            asyncio.create_task(self.bus.respond(catalog, stop=self._stop)),
            asyncio.create_task(self.bus.consume(builder, stop=self._stop)),
        ]
        self._server = uvicorn.Server(
            uvicorn.Config(
                self.process.app,
                host="127.0.0.1",
                port=self.port,
                log_config=None,
                lifespan="off",
                timeout_graceful_shutdown=2,
            )
        )
        self._tasks.append(asyncio.create_task(self._server.serve()))
        await eventually(lambda: self._server is not None and self._server.started)

    async def stop(self) -> None:
        if self._server is not None:
            self._server.should_exit = True
        self._stop.set()
        await asyncio.gather(*self._tasks)
        await self.process.stop()

    def client(self, person: str | None = "ada") -> httpx.AsyncClient:
        """The API as a person sees it; over plain HTTP, so no certificates are read."""
        headers = {"Authorization": f"Bearer {person}"} if person else {}
        return httpx.AsyncClient(base_url=self.url, headers=headers, verify=False, timeout=30)

    def sent(self, kind: type[MessageT]) -> list[MessageT]:
        """The commands of a kind that builder was given."""
        return [message for message in self.messages if isinstance(message, kind)]

    async def builds(self, count: int) -> list[BuildImage]:
        """The builds that were ordered, once there are so many."""
        await eventually(lambda: len(self.sent(BuildImage)) >= count, what=f"{count} builds")
        return self.sent(BuildImage)

    async def emit(self, event: Event) -> None:
        """Publish an event of another service."""
        await self.bus.publish(event.subject, event.encode(), message_id=str(event.id))

    async def idle(self) -> None:
        """Wait until every delivery was attempted and worked off."""
        await asyncio.to_thread(self.github.courier.settle)
        await eventually(self._nothing_waits, what="deliveries are worked off")

    async def _nothing_waits(self) -> bool:
        async with self.client("root") as client:
            answer = await client.get("/api/v1/github/deliveries?state=received")
        return not answer.json()["items"]

    async def _collect(self, deliveries: Sequence[Delivery]) -> None:
        classes = {kind.subject: kind for kind in (BuildImage, CancelBuilds)}
        for delivery in deliveries:
            self.messages.append(classes[delivery.subject].decode(delivery.data))
            await delivery.ack()


@functools.cache
def _migrated() -> bytes:
    """An SQLite database that is migrated already, which saves each test the migrating."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite+aiosqlite:///{folder}/empty.db"

        async def migrate() -> None:
            database = Database(url, outbox=SERVICE.tables.outbox)
            await migrations.upgrade(SERVICE, database)
            async with database.reading() as session:  # all of it into the one file
                await session.execute(sa.text("PRAGMA wal_checkpoint(TRUNCATE)"))
            await database.close()

        thread = threading.Thread(target=lambda: asyncio.run(migrate()))
        thread.start()
        thread.join()
        return (Path(folder) / "empty.db").read_bytes()


def copy_migrated(folder: Path) -> None:
    """Put a migrated database where a gateway will look for its own, unless one is there."""
    target = folder / f"{SERVICE.name}.db"
    if not target.exists():
        target.write_bytes(_migrated())


async def eventually(
    condition: Callable[[], bool | Awaitable[bool]], *, what: str = "", seconds: float = 30
) -> None:
    """Wait for a condition; AssertionError if it never holds."""
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        held = condition()
        if held if isinstance(held, bool) else await held:
            return
        assert asyncio.get_running_loop().time() < deadline, f"not within {seconds} s: {what}"
        await asyncio.sleep(0.02)


def app_of(github: FakeGithub) -> FakeApp:
    """The App at the fake GitHub."""
    assert github.world.app is not None
    return github.world.app


async def connect(gateway: Gateway, kind: AppKind = AppKind.GITHUB_APP) -> None:
    """Connect the gateway with GitHub, and link ada's account, without the way through a browser."""
    is_github_app = kind is AppKind.GITHUB_APP
    app = (
        gateway.github.make_app(f"{gateway.url}/github/events")
        if is_github_app
        else gateway.github.make_oauth_app()
    )
    given = AppCredentials(
        kind=kind,
        app_id=app.id,
        slug=app.slug,
        client_id=app.client_id,
        client_secret=SecretStr(app.client_secret),
        private_key=SecretStr(app.private_key) if is_github_app else None,
        webhook_secret=SecretStr(app.webhook_secret) if is_github_app else None,
    )
    state = gateway.state
    async with state.database.unit_of_work() as uow:
        await identity.enter(state, uow, given, by="root")
    token = UserToken(
        gateway.github.world.user_token("ada", expires_in=28_800),
        expires_in=28_800,
        refresh=gateway.github.world.refresh_token("ada"),
    )
    if is_github_app:
        gateway.github.install("ada")
    await accounts.link(state, token, account_id=gateway.people.accounts["ada"], username="ada")


async def make_app(gateway: Gateway) -> None:
    """The administrator makes the App, as a browser does it."""
    async with gateway.client("root") as browser, httpx.AsyncClient(verify=False) as outside:
        form = (await browser.post("/api/v1/github/app/manifest", json={})).json()
        made = await outside.post(
            form["action"], data={"manifest": httpx.Response(200, json=form["manifest"]).text}
        )
        back = await browser.get(made.headers["location"])
        assert back.headers["location"] == "/?github=app-made"


async def link(gateway: Gateway, person: str = "ada", *, login: str = "ada") -> list[str]:
    """A person links their account, as a browser does it; where they were sent, one after the other."""
    gateway.github.world.signed_in = login
    visited: list[str] = []
    async with gateway.client(person) as browser, httpx.AsyncClient(verify=False) as outside:
        answer = await browser.post("/api/v1/github/link", json={"return_to": "/settings"})
        target = answer.json()["authorize_url"]
        while not target.startswith("/"):
            visited.append(target)
            ours = target.startswith(gateway.url)
            target = (await (browser if ours else outside).get(target)).headers["location"]
        visited.append(target)
    return visited


async def set_source(
    gateway: Gateway, project: FakeProject, *rules: dict[str, Any], repository: str = "team/app"
) -> list[dict[str, Any]]:
    """Build a repository from a project by some rules; the rules as they are shown."""
    path = f"/api/v1/repositories/{repository}"
    async with gateway.client() as client:
        answer = await client.put(f"{path}/source", json={"project": project.full_name})
        assert answer.status_code == 200, answer.text
        made = [await client.post(f"{path}/build-rules", json=make_rule(**it)) for it in rules]
        assert all(it.status_code == 201 for it in made), [it.text for it in made]
    return [it.json() for it in made]


async def push(
    gateway: Gateway, github: FakeGithub, project: FakeProject, files: dict[str, str]
) -> BuildImage:
    """Push a change of files to main; the build that comes of it."""
    count = len(gateway.sent(BuildImage))
    before = project.git.refs()
    project.git.commit(dict(files), f"Change {', '.join(files)}")
    github.change(project, before)
    return (await gateway.builds(count + 1))[-1]


def make_rule(**fields: Any) -> dict[str, Any]:
    """A rule with sane defaults."""
    defaults = {"type": "branch", "pattern": "main", "versions": "latest", "override": True}
    return {**defaults, **fields}


def event_of(
    kind: Callable[..., EventT], build: BuildImage, *, number: int = 1, **more: Any
) -> EventT:
    """What builder makes known of a build."""
    facts: dict[str, Any] = {name: getattr(build, name) for name in BuildFacts.model_fields}
    return kind(build_id=build.id, number=number, **facts, **more)


def queued(build: BuildImage, *, number: int = 1) -> BuildQueued:
    return event_of(BuildQueued, build, number=number)


def started(build: BuildImage, *, number: int = 1) -> BuildStarted:
    return event_of(BuildStarted, build, number=number)


def finished(
    build: BuildImage,
    status: BuildStatus = BuildStatus.SUCCEEDED,
    *,
    number: int = 1,
    build_id: UUID | None = None,
    **more: Any,
) -> BuildFinished:
    event = event_of(BuildFinished, build, number=number, status=status, **more)
    return event if build_id is None else event.model_copy(update={"build_id": build_id})


class Sender:
    """Posts deliveries as GitHub does, or almost."""

    def __init__(self, gateway: Gateway) -> None:
        self.secret = app_of(gateway.github).webhook_secret
        self.http = gateway.client(None)

    async def __call__(
        self,
        payload: object = None,
        *,
        event: str = "push",
        guid: str | None = None,
        secret: str | None = None,
        raw: bytes | None = None,
        **headers: str,
    ) -> httpx.Response:
        body = json.dumps(payload).encode() if raw is None else raw
        signed = signature_headers(body, self.secret if secret is None else secret)
        sent = {
            "Content-Type": "application/json",
            "X-GitHub-Event": event,
            "X-GitHub-Delivery": guid or str(uuid4()),
            **signed,
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        return await self.http.post("/github/events", content=body, headers=sent)
