"""B1: deliveries that one dispatcher sends and records, beside a bare loop, and beside Celery."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from statistics import median

import aiohttp

from benchmarks import dispatchers, endpoint
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
BARE = "aiohttp alone, nothing recorded"
CELERY = "Celery, requests and PostgreSQL"


def measure(folder: Path) -> list[Row]:
    """Drain a backlog of deliveries that are recorded before and after, on both databases and in turns."""
    from benchmarks import celery_baseline  # what it needs is installed by `make bench` alone

    rates: defaultdict[str, list[float]] = defaultdict(list)
    server = Postgres()
    server.start()
    try:
        with endpoint.running(folder, delay=ENDPOINT_SECONDS) as url:
            for turn in range(ROUNDS):
                here = folder / f"turn-{turn}"
                here.mkdir()
                sqlite = f"sqlite+aiosqlite:///{here}/deliveries.db"
                rates[BARE].append(asyncio.run(_bare(url)))
                rates["SQLite"].append(asyncio.run(_drain(sqlite, here, url)))
                rates["PostgreSQL"].append(asyncio.run(_drain(server.new_database(), here, url)))
                for count in (1, 2):
                    shared = _shared(server.new_database(), here, url, processes=count)
                    rates[f"{count} of their own"].append(asyncio.run(shared))
                celery = celery_baseline.rate(here, server, url, deliveries=DELIVERIES // 4)
                rates[CELERY].append(celery)
    finally:
        server.remove()
    return _rows({name: median(each) for name, each in rates.items()})


def _rows(rates: Mapping[str, float]) -> list[Row]:
    budgets = {(BARE, "SQLite"): AtLeast(0.25), (CELERY, "SQLite"): AtLeast(4)}
    beside = [
        Row(
            what=f"recorded deliveries, {database}",
            value=rates[database],
            unit="/s",
            bare=rates[limit],
            bare_is=limit,
            budget=budgets.get((limit, database)),
        )
        for limit in (BARE, CELERY)
        for database in ("SQLite", "PostgreSQL")
    ]
    grown = Row(
        what="PostgreSQL, two processes that share the work",
        value=rates["2 of their own"],
        unit="/s",
        bare=rates["1 of their own"],
        bare_is="one process of its own",
    )
    return [*beside, grown]


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
            async with session.post(url, data=endpoint.BODY, headers=endpoint.HEADERS) as response:
                await response.read()

    await asyncio.gather(*(worker() for _ in range(AT_ONCE)))


async def _shared(database_url: str, folder: Path, url: str, *, processes: int) -> float:
    await _fill(Stage(database_url, folder), url)
    with dispatchers.running(folder, database_url, processes=processes):
        began = await dispatchers.until(database_url, WARM_UP)
        ended = await dispatchers.until(database_url, DELIVERIES)
    return (DELIVERIES - WARM_UP) / (ended - began)


async def _fill(stage: Stage, url: str) -> None:
    repositories = [f"team-{number}/app" for number in range(WEBHOOKS)]
    await stage.prepare([(repository, url) for repository in repositories], at_once=16)
    await stage.fill(repositories, each=EACH)
    await stage.close()


async def _drain(database_url: str, folder: Path, url: str) -> float:
    stage = Stage(database_url, folder)
    await _fill(stage, url)
    async with dispatching(stage, MemoryBus()) as process:
        began = await until(process, WARM_UP)
        ended = await until(process, DELIVERIES)
    return (DELIVERIES - WARM_UP) / (ended - began)
