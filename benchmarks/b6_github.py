"""B6: GitHub's deliveries, from the request to the answer that says they are stored."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from benchmarks.results import AtLeast, AtMost, Row, percentile
from boatyard.shared.testing.installation import Installation

RATE = 500
SECONDS = 10
AT_ONCE = 64
STORM = 5000
WARM_UP = 500
SECRET = "a-secret-that-lives-as-long-as-a-benchmark"
BYTES = 7000
"""Of a push event at GitHub, about."""
MILLISECOND = 1e-3


@dataclass(frozen=True)
class Delivery:
    """One request, ready to be sent."""

    body: bytes
    headers: dict[str, str]


def measure(folder: Path) -> list[Row]:
    """Deliver as fast as it goes, then at the budget's rate, and in turn to an address that stores nothing."""
    boatyard = Installation(folder)
    try:
        boatyard.start()
        captain = boatyard.sign_up("captain")
        captain.put("/github/app", **_app())
        bare, fastest, steady = asyncio.run(_run(boatyard.url))
    finally:
        boatyard.remove()
    return [
        Row(
            what=f"deliveries stored, {AT_ONCE} at once",
            value=fastest,
            unit="/s",
            bare=bare,
            bare_is="the same requests to /healthz",
        ),
        Row(what="deliveries stored", value=fastest, unit="/s", budget=AtLeast(500)),
        Row(what=f"answer at {RATE}/s, p50", value=percentile(steady, 50) / MILLISECOND, unit="ms"),
        Row(
            what=f"answer at {RATE}/s, p99",
            value=percentile(steady, 99) / MILLISECOND,
            unit="ms",
            budget=AtMost(100),
        ),
    ]


def _app() -> dict[str, str]:
    return {
        "kind": "oauth-app",
        "client_id": "benchmark",
        "client_secret": "benchmark",
        "webhook_secret": SECRET,
    }


async def _run(url: str) -> tuple[float, float, list[float]]:
    events = f"{url}/github/events"
    connector = aiohttp.TCPConnector(limit=AT_ONCE)
    async with aiohttp.ClientSession(connector=connector) as session:
        await _storm(session, events, WARM_UP)
        bare = await _storm(session, f"{url}/healthz", STORM, method="GET")
        fastest = await _storm(session, events, STORM)
        steady = await _steadily(session, events)
    return bare, fastest, steady


async def _storm(
    session: aiohttp.ClientSession, url: str, count: int, *, method: str = "POST"
) -> float:
    """How many a second are answered when there are always some under way."""
    waiting = iter([make_delivery() for _ in range(count)])

    async def one_after_the_other() -> None:
        for delivery in waiting:
            await _send(session, method, url, delivery)

    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(one_after_the_other())
    return count / (time.perf_counter() - began)


async def _steadily(session: aiohttp.ClientSession, url: str) -> list[float]:
    """How long each answer takes at the rate, counted from when it was to be sent."""
    deliveries = [make_delivery() for _ in range(RATE * SECONDS)]
    took: list[float] = []

    async def one(at: float, delivery: Delivery) -> None:
        await _send(session, "POST", url, delivery)
        took.append(time.perf_counter() - at)

    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number, delivery in enumerate(deliveries):
            at = began + number / RATE
            await asyncio.sleep(max(0.0, at - time.perf_counter()))
            group.create_task(one(at, delivery))
    return took


async def _send(session: aiohttp.ClientSession, method: str, url: str, delivery: Delivery) -> None:
    body = delivery.body if method == "POST" else None
    async with session.request(method, url, headers=delivery.headers, data=body) as answer:
        await answer.read()
        answer.raise_for_status()


def make_delivery() -> Delivery:
    """A push event of a project that nothing is built from; no two are alike."""
    sha = uuid.uuid4().hex + "00000000"
    payload = {
        "ref": "refs/heads/main",
        "before": "0" * 40,
        "after": sha,
        "created": False,
        "deleted": False,
        "repository": {"id": 1, "full_name": "octocat/hello", "pushed_at": 1_700_000_000},
        "pusher": {"name": "octocat"},
        "head_commit": {"id": sha, "message": "x" * BYTES, "timestamp": "2026-01-01T00:00:00Z"},
    }
    body = json.dumps(payload).encode()
    signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/json",
        "X-GitHub-Event": "push",
        "X-GitHub-Delivery": str(uuid.uuid4()),
        "X-Hub-Signature-256": f"sha256={signature}",
    }
    return Delivery(body, headers)
