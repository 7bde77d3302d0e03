"""Celery with requests and PostgreSQL, started, measured and stopped: what B1 is compared with."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from celery import Celery
from sqlalchemy.engine import make_url

from benchmarks.celery_worker import TABLE
from boatyard.shared.testing.postgres import Postgres
from boatyard.shared.testing.processes import ServerProcess, accepts, free_port

THREADS = 64
"""More make it slower, here: they wait for each other, not for the endpoint."""
PATIENCE_SECONDS = 120


def rate(folder: Path, server: Postgres, endpoint: str, *, deliveries: int) -> float:
    """Recorded deliveries a second of one worker that drains a queue, its start not counted."""
    database = _database(server)
    with _redis(folder) as broker, psycopg.connect(database, autocommit=True) as connection:
        connection.execute(TABLE)
        sender = Celery(broker=broker)
        for number in range(deliveries):
            sender.send_task("deliver", (number,))
        with _worker(folder, broker, database, endpoint):
            first = deliveries // 10
            began = _until(connection, first)
            ended = _until(connection, deliveries)
    return (deliveries - first) / (ended - began)


def _database(server: Postgres) -> str:
    url = make_url(server.new_database()).set(drivername="postgresql")
    return url.render_as_string(hide_password=False)


@contextmanager
def _redis(folder: Path) -> Iterator[str]:
    port = free_port()
    argv = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    redis = ServerProcess([*argv, "--dir", str(folder)], log=folder / "redis.log")
    redis.start(lambda: accepts(port))
    try:
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        redis.kill()


@contextmanager
def _worker(folder: Path, broker: str, database: str, endpoint: str) -> Iterator[None]:
    argv = [sys.executable, "-m", "celery", "-A", "benchmarks.celery_worker", "worker"]
    argv += ["--pool", "threads", "--concurrency", str(THREADS), "--without-gossip"]
    environment = {
        **os.environ,
        "CELERY_BROKER": broker,
        "CELERY_DATABASE": database,
        "CELERY_ENDPOINT": endpoint,
    }
    with (folder / "celery.log").open("wb") as log:
        worker = subprocess.Popen(
            [*argv, "--loglevel", "warning"], env=environment, stderr=log, stdout=log
        )
        try:
            yield
        finally:
            worker.kill()
            worker.wait()


def _until(connection: Any, wanted: int) -> float:
    gives_up_at = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < gives_up_at:
        found = connection.execute("SELECT count(*) FROM attempt").fetchone()
        if found and found[0] >= wanted:
            return time.monotonic()
        time.sleep(0.05)
    raise TimeoutError(f"Celery did not make {wanted} deliveries")
