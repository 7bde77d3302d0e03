"""A dispatcher that dies between any two steps loses nothing, and everything it sent has a record."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from boatyard.shared.bus.memory import MemoryBus
from boatyard.shared.egress import EgressPolicy
from boatyard.shared.testing.receiver import Receiver
from boatyard.webhook_dispatcher.outcome import Outcome, Request
from boatyard.webhook_dispatcher.sender import AiohttpSender
from tests.integration.webhook_dispatcher.kit import Dispatcher, dispatching, eventually

SHORT: dict[str, Any] = {"lease_seconds": 1.0, "deadline_seconds": 0.5}
LOOPBACK = EgressPolicy.parse("127.0.0.0/8")


class StuckSender:
    """Gets stuck before a request leaves, or after its answer has come."""

    def __init__(self, *, sends: bool) -> None:
        self.stuck = asyncio.Event()
        self._sender = AiohttpSender(LOOPBACK) if sends else None

    async def send(self, request: Request) -> Outcome:
        if self._sender is not None:
            await self._sender.send(request)
        self.stuck.set()
        await asyncio.Event().wait()
        raise AssertionError("never reached")

    async def close(self) -> None:
        if self._sender is not None:
            await self._sender.close()


async def duplicates(dispatcher: Dispatcher) -> float:
    text = (await dispatcher.http.get("/metrics")).text
    (line,) = [
        line
        for line in text.splitlines()
        if line.startswith("boatyard_webhook_possible_duplicates_total ")
    ]
    return float(line.split()[1])


@pytest.mark.parametrize("sends", [False, True], ids=["before-sending", "after-sending"])
async def test_what_a_dead_dispatcher_held_is_sent_by_the_next_one(
    database_url: str, tmp_path: Path, *, sends: bool
) -> None:
    sender = StuckSender(sends=sends)
    async with Receiver() as endpoint:
        async with dispatching(database_url, tmp_path, sender=sender, **SHORT) as dispatcher:
            hook = await dispatcher.hook(f"{endpoint.url}/hook")
            event = await dispatcher.push()
            await sender.stuck.wait()
            (delivery,) = await dispatcher.deliveries(hook)
            (attempt,) = await dispatcher.log(hook, delivery["id"])
            await dispatcher.crash()
        await sender.close()
        async with dispatching(database_url, tmp_path, **SHORT) as dispatcher:
            await dispatcher.delivered(hook, ["succeeded"])
            log = await dispatcher.log(hook, delivery["id"])
            counted = await duplicates(dispatcher)
    assert attempt["outcome"] == "started"
    assert [(each["number"], each["outcome"]) for each in log] == [(2, "ok"), (1, "unknown")]
    assert counted == 1
    ids = [request.headers["webhook-id"] for request in endpoint.requests]
    assert ids == [str(event.id)] * (2 if sends else 1)


async def test_where_nothing_may_come_twice_a_person_decides(
    database_url: str, tmp_path: Path
) -> None:
    sender = StuckSender(sends=True)
    async with Receiver() as endpoint:
        async with dispatching(database_url, tmp_path, sender=sender, **SHORT) as dispatcher:
            hook = await dispatcher.hook(f"{endpoint.url}/hook", at_most_once=True)
            await dispatcher.push()
            await sender.stuck.wait()
            await dispatcher.crash()
        await sender.close()
        async with dispatching(database_url, tmp_path, **SHORT) as dispatcher:
            (delivery,) = await dispatcher.delivered(hook, ["unknown"])
            assert len(endpoint.requests) == 1
            answer = await dispatcher.call("POST", hook, f"/deliveries/{delivery['id']}/redeliver")
            assert answer.status_code == 202
            await dispatcher.delivered(hook, ["succeeded"])


async def test_what_was_entered_by_a_dispatcher_that_died_is_found_in_the_table(
    database_url: str, tmp_path: Path
) -> None:
    async with Receiver() as endpoint:
        async with dispatching(database_url, tmp_path) as dispatcher:
            hook = await dispatcher.hook(f"{endpoint.url}/hook")
            await dispatcher.call("PATCH", hook, json={"state": "paused"})
            await dispatcher.push()
            await dispatcher.delivered(hook, ["pending"])
            await dispatcher.call("PATCH", hook, json={"state": "active"})
            await dispatcher.crash()
        async with dispatching(database_url, tmp_path) as dispatcher:
            await dispatcher.delivered(hook, ["succeeded"])


async def test_an_event_that_comes_twice_is_told_once(database_url: str, tmp_path: Path) -> None:
    bus = MemoryBus()
    async with Receiver() as endpoint:
        async with dispatching(database_url, tmp_path, bus=bus) as dispatcher:
            hook = await dispatcher.hook(f"{endpoint.url}/hook")
            event = await dispatcher.push()
            await dispatcher.delivered(hook, ["succeeded"])
        await bus.lose_everything()
        async with dispatching(database_url, tmp_path, bus=bus) as dispatcher:
            await dispatcher.publish(event)
            last = await dispatcher.push("last")
            await dispatcher.delivered(hook, ["succeeded", "succeeded"])
    ids = [request.headers["webhook-id"] for request in endpoint.requests]
    assert ids == [str(event.id), str(last.id)]


async def test_a_dispatcher_that_stops_waits_for_the_answers(
    database_url: str, tmp_path: Path
) -> None:
    async with Receiver() as endpoint:
        async with dispatching(database_url, tmp_path) as dispatcher:
            hook = await dispatcher.hook(f"{endpoint.url}/hook")
            for _ in range(8):
                await dispatcher.push()
            await endpoint.wait_for(1)
        sent = len(endpoint.requests)
        async with dispatching(database_url, tmp_path) as dispatcher:
            await dispatcher.delivered(hook, ["succeeded"] * 8)
    assert sent <= len(endpoint.requests) == 8


async def test_on_sqlite_a_second_dispatcher_stands_by(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/test.db"
    async with (
        Receiver() as endpoint,
        dispatching(url, tmp_path) as first,
        dispatching(url, tmp_path) as second,
    ):
        hook = await first.hook(f"{endpoint.url}/hook")
        await second.push()
        await first.delivered(hook, ["succeeded"])
        await first.crash()
        await second.push()
        await second.delivered(hook, ["succeeded", "succeeded"])
    assert len(endpoint.requests) == 2


async def test_a_database_that_is_away_delays_and_loses_nothing(
    postgres_of_its_own: tuple[str, object], tmp_path: Path
) -> None:
    url, server = postgres_of_its_own
    async with Receiver() as endpoint, dispatching(url, tmp_path, **SHORT) as dispatcher:
        hook = await dispatcher.hook(f"{endpoint.url}/hook")
        for _ in range(5):
            await dispatcher.push()
        await endpoint.wait_for(1)
        await asyncio.to_thread(server.kill)  # type: ignore[attr-defined]
        await asyncio.to_thread(server.start)  # type: ignore[attr-defined]

        async def delivered() -> bool:
            answer = await dispatcher.call("GET", hook, "/deliveries")
            if answer.status_code != 200:
                return False
            states = [each["state"] for each in answer.json()["items"]]
            return states == ["succeeded"] * 5

        await eventually(delivered, seconds=60)
