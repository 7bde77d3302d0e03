"""Dispatchers in processes of their own, which share a database and its work."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import sqlalchemy as sa
from sqlmodel import col

from boatyard.shared.db import Database
from boatyard.shared.testing.nats import NatsServer
from boatyard.shared.testing.processes import ServerProcess, accepts, free_port
from boatyard.webhook_dispatcher.models import Attempt, AttemptOutcome

LOOK_SECONDS = 0.05


@contextmanager
def running(folder: Path, database_url: str, *, processes: int) -> Iterator[None]:
    """So many processes of webhook-dispatcher on one database."""
    nats = NatsServer(folder, name=f"nats-{processes}")
    nats.start()
    ports = [free_port() for _ in range(processes)]
    dispatchers = [_dispatcher(folder, database_url, nats.url, port) for port in ports]
    try:
        for dispatcher, port in zip(dispatchers, ports, strict=True):
            dispatcher.start(partial(accepts, port), seconds=60)
        yield
    finally:
        for dispatcher in dispatchers:
            dispatcher.kill()
        nats.kill()


def _dispatcher(folder: Path, database_url: str, nats_url: str, port: int) -> ServerProcess:
    return ServerProcess(
        [sys.executable, "-m", "boatyard.webhook_dispatcher"],
        log=folder / f"dispatcher-{port}.log",
        environment={
            "BOATYARD_DATA_DIR": str(folder),
            "BOATYARD_PORT": str(port),
            "BOATYARD_NATS_URL": nats_url,
            "BOATYARD_DATABASE_URL": database_url,
            "BOATYARD_LOG_LEVEL": "warning",
            "BOATYARD_WEBHOOK_DISPATCHER_ALLOW_NETWORKS": "127.0.0.0/8",
        },
    )


async def until(database_url: str, wanted: int, *, patience: float = 300.0) -> float:
    """Wait until so many attempts are recorded as successful; returns the moment (performance counter)."""
    database = Database(database_url)
    succeeded = (
        sa.select(sa.func.count())
        .select_from(Attempt)
        .where(col(Attempt.outcome) == AttemptOutcome.OK)
    )
    gives_up_at = time.perf_counter() + patience
    try:
        while True:
            async with database.reading() as session:
                if (await session.execute(succeeded)).scalar_one() >= wanted:
                    return time.perf_counter()
            if time.perf_counter() > gives_up_at:
                raise TimeoutError(f"fewer than {wanted} deliveries")
            await asyncio.sleep(LOOK_SECONDS)
    finally:
        await database.close()
