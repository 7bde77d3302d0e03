"""B2: from the manifest that the registry accepted to the first byte at a webhook's endpoint."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
from aiohttp import web

from benchmarks.bare_registry import BareRegistry
from benchmarks.results import AtMost, Row, percentile
from boatyard.shared.testing.installation import Installation
from boatyard.shared.testing.processes import free_port
from boatyard.shared.testing.pusher import Pusher

RATE = 100
SECONDS = 20
CALM_RATE = 10
CALM_SECONDS = 15
"""What a large team pushes at its busiest."""
REPOSITORIES = 10
BARE_AT_ONCE = 16
BARE_PUSHES = 2_000
WARM_UP = 100
"""Pushes before it counts."""
PATIENCE_SECONDS = 120.0
MILLISECOND = 1e-3

Image = tuple[str, str]
"""A repository and a tag."""


def measure(folder: Path) -> list[Row]:
    """Push tags at a steady rate over HTTP, with one webhook for each repository, and time each of them."""
    for each in ("bare", "boatyard"):
        (folder / each).mkdir()
    bare = BareRegistry(folder / "bare")
    boatyard = Installation(folder / "boatyard")
    try:
        bare.start()
        bare_rate = asyncio.run(_bare(f"http://{bare.address}"))
        bare.stop()
        boatyard.start()
        measured = asyncio.run(_run(boatyard))
    finally:
        bare.stop()
        boatyard.remove()
    pushes = Row(
        what="pushes",
        value=measured.rate,
        unit="/s",
        bare=bare_rate,
        bare_is="as many as the registry alone takes from the same client",
    )
    return [
        pushes,
        *_delays([delay / MILLISECOND for delay in measured.delays]),
        *_calm_delays([delay / MILLISECOND for delay in measured.calm_delays]),
        *_spent(measured.spent, len(measured.delays)),
    ]


def _calm_delays(in_ms: list[float]) -> list[Row]:
    return [
        Row(what=f"the same at {CALM_RATE} pushes/s, p{n}", value=percentile(in_ms, n), unit="ms")
        for n in (50, 99)
    ]


def _delays(in_ms: list[float]) -> list[Row]:
    return [
        Row(
            what="manifest accepted to first byte, p50",
            value=percentile(in_ms, 50),
            unit="ms",
            budget=AtMost(15),
        ),
        Row(
            what="manifest accepted to first byte, p99",
            value=percentile(in_ms, 99),
            unit="ms",
            budget=AtMost(75),
        ),
        Row(what="the slowest", value=max(in_ms), unit="ms"),
    ]


def _spent(seconds: dict[str, float], pushes: int) -> list[Row]:
    return [
        Row(
            what=f"processor time per push, {program}",
            value=each / pushes / MILLISECOND,
            unit="ms",
        )
        for program, each in seconds.items()
    ]


@dataclass(frozen=True)
class _Measured:
    """Seconds from each push to its news, pushes a second, and each program's processor time."""

    delays: list[float]
    calm_delays: list[float]
    rate: float
    spent: dict[str, float]


class _Endpoint:
    """Notes when the news of each image arrives."""

    def __init__(self) -> None:
        self.port = free_port()
        self.arrived: dict[Image, float] = {}
        self._waiting: dict[Image, asyncio.Event] = {}
        self._runner: web.ServerRunner | None = None

    async def start(self) -> None:
        self._runner = web.ServerRunner(web.Server(self._take))
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()

    async def stop(self) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def news_of(self, image: Image) -> None:
        """Wait until the news of an image has arrived."""
        if image not in self.arrived:
            await self._waiting.setdefault(image, asyncio.Event()).wait()

    async def _take(self, request: web.BaseRequest) -> web.StreamResponse:
        at = time.perf_counter()
        data = json.loads(await request.read())["data"]
        image = (data["repository"], data["tag"])
        self.arrived.setdefault(image, at)
        if image in self._waiting:
            self._waiting[image].set()
        return web.Response(status=204)


async def _bare(registry: str) -> float:
    """How many pushes a second a registry takes that has nobody to ask and nobody to tell."""
    names = iter(range(BARE_PUSHES))

    async def client(pusher: Pusher) -> None:
        for number in names:
            await pusher.push("app", f"tag-{number}", text=f"bare {number}")

    async with Pusher(registry) as pusher:
        await pusher.prepare("app")
        began = time.perf_counter()
        await asyncio.gather(*(client(pusher) for _ in range(BARE_AT_ONCE)))
        return BARE_PUSHES / (time.perf_counter() - began)


async def _run(boatyard: Installation) -> _Measured:
    endpoint = _Endpoint()
    await endpoint.start()
    captain = await asyncio.to_thread(boatyard.sign_up, "captain")
    repositories = [f"captain/app-{number}" for number in range(REPOSITORIES)]
    for repository in repositories:
        await asyncio.to_thread(captain.post, "/repositories", name=repository.partition("/")[2])
        url = f"http://127.0.0.1:{endpoint.port}/"
        await asyncio.to_thread(captain.post, f"/repositories/{repository}/webhooks", url=url)
    secret = await asyncio.to_thread(captain.token, "pull", "push")
    realm = f"{boatyard.url}/registry/token"
    async with Pusher(
        f"http://{boatyard.registry}", realm=realm, username="captain", password=secret
    ) as pusher:
        for repository in repositories:
            await pusher.prepare(repository)
        calm = await _push(
            pusher, repositories, rate=CALM_RATE, count=CALM_RATE * CALM_SECONDS, name="calm"
        )
        await _push(pusher, repositories, rate=RATE, count=WARM_UP, name="warm-up")
        before, began = _cpu_seconds(boatyard), time.perf_counter()
        accepted = await _push(pusher, repositories, rate=RATE, count=RATE * SECONDS, name="tag")
        rate = len(accepted) / (time.perf_counter() - began)
        await _all_arrived(endpoint, accepted)
    after = _cpu_seconds(boatyard)
    spent = {program: seconds - before.get(program, 0.0) for program, seconds in after.items()}
    await endpoint.stop()
    delays, calm_delays = (
        [endpoint.arrived[image] - at for image, at in each.items()] for each in (accepted, calm)
    )
    return _Measured(delays, calm_delays, rate, spent)


def _cpu_seconds(boatyard: Installation) -> dict[str, float]:
    """What the services, the registry and NATS have used so far."""
    services = psutil.Process(boatyard.process.pid)
    spent = {"all services": services.cpu_times()}
    spent |= {child.name(): child.cpu_times() for child in services.children()}
    return {
        program: times.user + times.system
        for program, times in spent.items()
        if program in ("all services", "docker-registry", "nats-server")
    }


async def _push(
    pusher: Pusher, repositories: list[str], *, rate: int, count: int, name: str
) -> dict[Image, float]:
    """Push so many tags at the rate, and say when the registry accepted each."""
    accepted: dict[Image, float] = {}

    async def one(number: int) -> None:
        image = (repositories[number % len(repositories)], f"{name}-{number}")
        await pusher.push(*image, text=f"{name} {number}")
        accepted[image] = time.perf_counter()

    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(count):
            await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
            group.create_task(one(number))
    return accepted


async def _all_arrived(endpoint: _Endpoint, accepted: dict[Image, float]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        for image in accepted:
            await endpoint.news_of(image)
