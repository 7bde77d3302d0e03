"""B1: deliveries that one dispatcher sends and records, beside a bare loop, and beside Celery."""

from __future__ import annotations

import asyncio
from pathlib import Path
from statistics import median

import aiohttp

from benchmarks import endpoint
from benchmarks.dispatching import Stage, dispatching, until
from benchmarks.results import AtLeast, Row
from boatyard.shared.bus.memory import MemoryBus
from boatyard.shared.testing.postgres import Postgres

ENDPOINT_SECONDS = 0.02
WEBHOOKS = 64
EACH = 125
DELIVERIES = WEBHOOKS * EACH
WARM_UP = DELIVERIES // 10
AT_ONCE = 192
"""The slots that a dispatcher has for endpoints that are well, by default."""
ROUNDS = 3
BODY = b"x" * 500
HEADERS = {
    "content-type": "application/json",
    "webhook-id": "0" * 36,
    "webhook-timestamp": "1" * 10,
    "webhook-signature": "v1," + "0" * 44,
}


def measure(folder: Path) -> list[Row]:
    """Drain a backlog of deliveries that are recorded before and after, on both databases and in turns."""
    from benchmarks import celery_baseline  # what it needs is installed by `make bench` alone

    bare: list[float] = []
    celery: list[float] = []
    ours: dict[str, list[float]] = {"SQLite": [], "PostgreSQL": []}
    server = Postgres()
    server.start()
    try:
        with endpoint.running(folder, delay=ENDPOINT_SECONDS) as url:
            for turn in range(ROUNDS):
                bare.append(asyncio.run(_bare(url)))
                here = folder / f"turn-{turn}"
                here.mkdir()
                sqlite = f"sqlite+aiosqlite:///{here}/deliveries.db"
                ours["SQLite"].append(asyncio.run(_drain(sqlite, here, url)))
                ours["PostgreSQL"].append(asyncio.run(_drain(server.new_database(), here, url)))
                celery.append(celery_baseline.rate(here, server, url, deliveries=DELIVERIES // 4))
    finally:
        server.remove()
    beside_bare = [
        Row(
            what=f"recorded deliveries, {database}",
            value=median(rates),
            unit="/s",
            bare=median(bare),
            bare_is="aiohttp alone, nothing recorded",
            budget=AtLeast(0.25) if database == "SQLite" else None,
        )
        for database, rates in ours.items()
    ]
    beside_celery = [
        Row(
            what=f"the same, {database}",
            value=median(rates),
            unit="/s",
            bare=median(celery),
            bare_is="Celery, requests and PostgreSQL",
            budget=AtLeast(4),
        )
        for database, rates in ours.items()
    ]
    return beside_bare + beside_celery


async def _bare(url: str) -> float:
    loop = asyncio.get_running_loop()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        await _post(session, url, WARM_UP)
        began = loop.time()
        await _post(session, url, DELIVERIES)
        return DELIVERIES / (loop.time() - began)


async def _post(session: aiohttp.ClientSession, url: str, requests: int) -> None:
    left = iter(range(requests))

    async def worker() -> None:
        for _ in left:
            async with session.post(url, data=BODY, headers=HEADERS) as response:
                await response.read()

    await asyncio.gather(*(worker() for _ in range(AT_ONCE)))


async def _drain(database_url: str, folder: Path, url: str) -> float:
    stage = Stage(database_url, folder)
    repositories = [f"team-{number}/app" for number in range(WEBHOOKS)]
    await stage.prepare([(repository, url) for repository in repositories], at_once=16)
    await stage.fill(repositories, each=EACH)
    await stage.close()
    async with dispatching(stage, MemoryBus()) as process:
        began = await until(process, WARM_UP)
        ended = await until(process, DELIVERIES)
    return (DELIVERIES - WARM_UP) / (ended - began)
