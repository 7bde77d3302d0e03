"""B2: from the manifest that the registry accepted to the first byte at a webhook's endpoint."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psutil
from aiohttp import web

from benchmarks.bare_registry import BareRegistry
from benchmarks.results import AtMost, Row, percentile
from boatyard.shared.registry.config import Notifications
from boatyard.shared.testing.installation import Installation
from boatyard.shared.testing.nats import NatsServer
from boatyard.shared.testing.processes import ServerProcess, accepts, free_port
from boatyard.shared.testing.pusher import Pusher

RATE = 100
SECONDS = {10: 15, 25: 12, RATE: 20}
"""How long pushes come at each rate, a second; each after as many that don't count as come in one."""
REPOSITORIES = 10
BARE_AT_ONCE = 16
BARE_PUSHES = 2_000
PATIENCE_SECONDS = 120.0
MILLISECOND = 1e-3

Image = tuple[str, str]
"""A repository and a tag."""
Delays = dict[int, list[float]]
"""By the rate at which they were pushed: seconds from each push to its news."""


def measure(folder: Path) -> list[Row]:
    """Push tags at steady rates over HTTP, with one webhook for each repository, and time each of them."""
    for each in ("alone", "thin", "packaged", "boatyard"):
        (folder / each).mkdir()
    alone = _registry_alone(folder / "alone")
    thin = _line(folder / "thin", "benchmarks.bare_pipeline")
    packaged = _line(folder / "packaged", "benchmarks.packaged_pipeline")
    ours = _boatyard(folder / "boatyard")
    pushes = Row(
        what="pushes",
        value=ours.rate,
        unit="/s",
        bare=alone,
        bare_is="as many as the registry alone takes from the same client",
    )
    return [
        pushes,
        *_judged(ours.delays[RATE]),
        *(row for rate in SECONDS for row in _beside(rate, ours, thin, packaged)),
        *_spent(ours.spent),
        *_spent({"thinnest line": thin.spent, "thinnest line with our packages": packaged.spent}),
    ]


def _judged(delays: Sequence[float]) -> list[Row]:
    in_ms = [delay / MILLISECOND for delay in delays]
    what = "manifest accepted to first byte"
    return [
        Row(what=f"{what}, p50", value=percentile(in_ms, 50), unit="ms", budget=AtMost(15)),
        Row(what=f"{what}, p99", value=percentile(in_ms, 99), unit="ms", budget=AtMost(75)),
        Row(what="the slowest", value=max(in_ms), unit="ms"),
    ]


def _beside(rate: int, ours: _Measured, thin: _Line, packaged: _Line) -> Iterator[Row]:
    for percent in (50, 99):
        limit = percentile(thin.delays[rate], percent) / MILLISECOND
        for what, delays in (
            (f"at {rate} pushes/s, p{percent}", ours.delays[rate]),
            ("… the thinnest line with our packages", packaged.delays[rate]),
        ):
            yield Row(
                what=what,
                value=percentile(delays, percent) / MILLISECOND,
                unit="ms",
                bare=limit,
                bare_is="the thinnest line of the same parts",
            )


def _spent(seconds: dict[str, float]) -> list[Row]:
    return [
        Row(
            what=f"processor time per push, {program}",
            value=each / MILLISECOND,
            unit="ms",
        )
        for program, each in seconds.items()
    ]


@dataclass(frozen=True)
class _Timed:
    """How long the news of each push took, in seconds, and how many were accepted a second."""

    delays: list[float]
    rate: float


@dataclass(frozen=True)
class _Line:
    """How long news took in a line that does nothing else, and its seconds for one push at the highest rate."""

    delays: Delays
    spent: float


@dataclass(frozen=True)
class _Measured:
    """How long news took, pushes a second at the highest rate, and each program's seconds for one of them."""

    delays: Delays
    rate: float
    spent: dict[str, float]


class _Endpoint:
    """Notes when the news of each image arrives."""

    def __init__(self) -> None:
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}/"
        self.arrived: dict[Image, float] = {}
        self._waiting: dict[Image, asyncio.Event] = {}
        self._runner: web.ServerRunner | None = None

    async def start(self) -> None:
        self._runner = web.ServerRunner(web.Server(self._take))
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()

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


def _registry_alone(folder: Path) -> float:
    """How many pushes a second a registry takes that has nobody to ask and nobody to tell."""
    registry = BareRegistry(folder)
    registry.start()
    try:
        return asyncio.run(_push_all(f"http://{registry.address}"))
    finally:
        registry.stop()


async def _push_all(registry: str) -> float:
    names = iter(range(BARE_PUSHES))

    async def client(pusher: Pusher) -> None:
        for number in names:
            await pusher.push("app", f"tag-{number}", text=f"bare {number}")

    async with Pusher(registry) as pusher:
        await pusher.prepare("app")
        began = time.perf_counter()
        await asyncio.gather(*(client(pusher) for _ in range(BARE_AT_ONCE)))
        return BARE_PUSHES / (time.perf_counter() - began)


def _line(folder: Path, module: str) -> _Line:
    """The same with as little as can stand between a registry and an endpoint."""
    port, endpoint, nats = free_port(), _Endpoint(), NatsServer(folder)
    told = Notifications(url=f"http://127.0.0.1:{port}/", token="none")
    registry = BareRegistry(folder, notifications=told)
    pipeline = ServerProcess(
        [
            *(sys.executable, "-m", module),
            *(str(port), nats.url, endpoint.url, str(folder)),
        ],
        log=folder / "pipeline.log",
    )
    with ExitStack() as stack:
        nats.start()
        stack.callback(nats.stop)
        pipeline.start(lambda: accepts(port))
        stack.callback(pipeline.kill)
        registry.start()
        stack.callback(registry.stop)
        return asyncio.run(_push_line(f"http://{registry.address}", endpoint, pipeline.pid))


async def _push_line(registry: str, endpoint: _Endpoint, pid: int) -> _Line:
    repositories = [f"captain/app-{number}" for number in range(REPOSITORIES)]
    process = psutil.Process(pid)
    delays, before = Delays(), 0.0
    await endpoint.start()
    async with Pusher(registry) as pusher:
        for repository in repositories:
            await pusher.prepare(repository)
        for rate in SECONDS:
            before = _seconds(process)
            delays[rate] = (await _timed(pusher, repositories, endpoint, rate=rate)).delays
    await endpoint.stop()
    return _Line(delays, (_seconds(process) - before) / (RATE + len(delays[RATE])))


def _boatyard(folder: Path) -> _Measured:
    boatyard = Installation(folder)
    try:
        boatyard.start()
        return asyncio.run(_push_ours(boatyard))
    finally:
        boatyard.remove()


async def _push_ours(boatyard: Installation) -> _Measured:
    endpoint = _Endpoint()
    await endpoint.start()
    captain = await asyncio.to_thread(boatyard.sign_up, "captain")
    repositories = [f"captain/app-{number}" for number in range(REPOSITORIES)]
    for repository in repositories:
        await asyncio.to_thread(captain.post, "/repositories", name=repository.partition("/")[2])
        path = f"/repositories/{repository}/webhooks"
        await asyncio.to_thread(captain.post, path, url=endpoint.url)
    secret = await asyncio.to_thread(captain.token, "pull", "push")
    realm = f"{boatyard.url}/registry/token"
    timed: dict[int, _Timed] = {}
    async with Pusher(
        f"http://{boatyard.registry}", realm=realm, username="captain", password=secret
    ) as pusher:
        for repository in repositories:
            await pusher.prepare(repository)
        for rate in SECONDS:
            before = _cpu_seconds(boatyard)
            timed[rate] = await _timed(pusher, repositories, endpoint, rate=rate)
    spent = {
        program: (seconds - before.get(program, 0.0)) / (RATE + len(timed[RATE].delays))
        for program, seconds in _cpu_seconds(boatyard).items()
    }
    await endpoint.stop()
    delays = {rate: each.delays for rate, each in timed.items()}
    return _Measured(delays, timed[RATE].rate, spent)


async def _timed(
    pusher: Pusher, repositories: Sequence[str], endpoint: _Endpoint, *, rate: int
) -> _Timed:
    """Push at a rate, wait for all news, and say how long each took."""
    await _push(pusher, repositories, rate=rate, count=rate, name=f"warm-up-{rate}")
    count = rate * SECONDS[rate]
    accepted = await _push(pusher, repositories, rate=rate, count=count, name=f"tag-{rate}")
    await _all_arrived(endpoint, accepted)
    took = max(accepted.values()) - min(accepted.values())
    delays = [endpoint.arrived[image] - at for image, at in accepted.items()]
    return _Timed(delays, len(accepted) / took)


def _cpu_seconds(boatyard: Installation) -> dict[str, float]:
    """What the services, the registry and NATS have used so far."""
    services = psutil.Process(boatyard.process.pid)
    spent = {"all services": _seconds(services)}
    spent |= {child.name(): _seconds(child) for child in services.children()}
    programs = ("all services", "docker-registry", "nats-server")
    return {program: seconds for program, seconds in spent.items() if program in programs}


def _seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


async def _push(
    pusher: Pusher, repositories: Sequence[str], *, rate: int, count: int, name: str
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
