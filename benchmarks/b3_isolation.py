"""B3: what endpoints that are dead do to the others, which is to be nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from uuid import UUID

from aiohttp import web

from benchmarks.dispatching import Stage, dispatching, push
from benchmarks.results import AtMost, Row, percentile
from boatyard.shared.bus.memory import MemoryBus

ENDPOINTS = 50
DEAD = ENDPOINTS // 5
ENDPOINT_SECONDS = 0.02
RATE = 100
SECONDS = 10
WARM_UP_SECONDS = 5
ROUNDS = 3
MILLISECOND = 1e-3


def measure(folder: Path) -> list[Row]:
    """Push to repositories in turn, with and without a fifth of the endpoints hanging, and time the others."""
    p50: dict[int, list[float]] = {0: [], DEAD: []}
    p99: dict[int, list[float]] = {0: [], DEAD: []}
    for turn in range(ROUNDS):
        for dead in (0, DEAD):
            here = folder / f"turn-{turn}-{dead}"
            here.mkdir()
            delays = asyncio.run(_run(here, dead))
            p50[dead].append(percentile(delays, 50) / MILLISECOND)
            p99[dead].append(percentile(delays, 99) / MILLISECOND)
    return [
        Row(
            what=f"event to healthy endpoint, {name}",
            value=median(measured[DEAD]),
            unit="ms",
            bare=median(measured[0]),
            bare_is="with no endpoint dead",
            budget=AtMost(1.1) if name == "p99" else None,
        )
        for name, measured in (("p50", p50), ("p99", p99))
    ]


class _Endpoints:
    """Answers on `/healthy`, and on `/dead` not before it is `over`."""

    def __init__(self) -> None:
        self.over = asyncio.Event()
        self.arrived: dict[UUID, float] = {}
        self._news = asyncio.Condition()

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/dead":
            await self.over.wait()
            return web.Response()
        loop = asyncio.get_running_loop()
        self.arrived[UUID(request.headers["webhook-id"])] = loop.time()
        async with self._news:
            self._news.notify_all()
        await asyncio.sleep(ENDPOINT_SECONDS)
        return web.Response()

    async def have(self, told: Iterable[UUID]) -> None:
        """Wait until all of these have arrived."""
        wanted = set(told)
        async with asyncio.timeout(60), self._news:
            await self._news.wait_for(lambda: wanted <= self.arrived.keys())


@asynccontextmanager
async def _listening(endpoints: _Endpoints) -> AsyncIterator[str]:
    runner = web.ServerRunner(web.Server(endpoints), shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        endpoints.over.set()
        await runner.cleanup()


async def _run(folder: Path, dead: int) -> list[float]:
    endpoints, bus = _Endpoints(), MemoryBus()
    async with _listening(endpoints) as url:
        stage = Stage(f"sqlite+aiosqlite:///{folder}/deliveries.db", folder)
        hooks = [
            (f"team-{number}/app", f"{url}/{'dead' if number < dead else 'healthy'}")
            for number in range(ENDPOINTS)
        ]
        await stage.prepare(hooks, at_once=4)
        await stage.close()
        async with dispatching(stage, bus):
            await _push(bus, hooks, WARM_UP_SECONDS)
            told = await _push(bus, hooks, SECONDS)
            await endpoints.have(told)
    return [endpoints.arrived[id] - at for id, at in told.items()]


async def _push(bus: MemoryBus, hooks: list[tuple[str, str]], seconds: float) -> dict[UUID, float]:
    """Push at the rate; returns when the events of healthy endpoints were published."""
    loop = asyncio.get_running_loop()
    told: dict[UUID, float] = {}
    began = loop.time()
    for number in range(int(RATE * seconds)):
        await asyncio.sleep(max(0.0, began + number / RATE - loop.time()))
        repository, url = hooks[number % len(hooks)]
        event = push(repository)
        if url.endswith("/healthy"):
            told[event.id] = loop.time()
        await bus.publish(event.subject, event.encode(), message_id=str(event.id))
    return told
