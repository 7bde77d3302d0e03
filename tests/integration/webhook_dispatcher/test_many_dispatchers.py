"""Several dispatchers share one PostgreSQL, each delivery goes out once, and caps hold across them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from aiohttp import web

from boatyard.shared.bus.memory import MemoryBus
from boatyard.shared.testing.postgres import Postgres
from boatyard.shared.testing.receiver import Receiver
from tests.integration.webhook_dispatcher.kit import Dispatcher, dispatching

DISPATCHERS = 3


@pytest.fixture
async def fleet(postgres: Postgres, tmp_path: Path) -> AsyncIterator[list[Dispatcher]]:
    url, bus = postgres.new_database(), MemoryBus()
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(dispatching(url, tmp_path, bus=bus))
            for _ in range(DISPATCHERS)
        ]


class Crowd:
    """An endpoint that counts how many requests are in it at once."""

    def __init__(self) -> None:
        self.inside = self.most = 0

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        self.inside += 1
        self.most = max(self.most, self.inside)
        await asyncio.sleep(0.01)
        self.inside -= 1
        return web.Response()


async def test_each_delivery_goes_out_once_and_never_more_at_once_than_the_cap(
    fleet: list[Dispatcher],
) -> None:
    crowd = Crowd()
    async with Receiver() as endpoint:
        endpoint.always(crowd)
        hook = await fleet[0].hook(f"{endpoint.url}/hook", max_in_flight=2)
        for number in range(40):
            await fleet[number % DISPATCHERS].push(f"v{number}")
        await fleet[1].delivered(hook, ["succeeded"] * 40, seconds=60)
    told = Counter(request.headers["webhook-id"] for request in endpoint.requests)
    assert len(told) == 40
    assert set(told.values()) == {1}
    assert crowd.most <= 2


async def test_an_ordered_webhook_keeps_its_order_across_dispatchers(
    fleet: list[Dispatcher],
) -> None:
    crowd = Crowd()
    async with Receiver() as endpoint:
        endpoint.always(crowd)
        hook = await fleet[0].hook(f"{endpoint.url}/hook", ordered=True)
        pushed = [await fleet[number % DISPATCHERS].push() for number in range(15)]
        await fleet[2].delivered(hook, ["succeeded"] * 15, seconds=60)
        feed = (await fleet[0].call("GET", hook, "/events")).json()["items"]
    told = [request.headers["webhook-id"] for request in endpoint.requests]
    assert sorted(told) == sorted(str(event.id) for event in pushed)
    assert told == [each["id"] for each in feed]
    assert crowd.most == 1


async def test_the_others_take_over_from_one_that_dies(fleet: list[Dispatcher]) -> None:
    async with Receiver() as endpoint:
        hook = await fleet[0].hook(f"{endpoint.url}/hook")
        await fleet[0].crash()
        for number in range(5):
            await fleet[1].push(f"v{number}")
        await fleet[2].delivered(hook, ["succeeded"] * 5, seconds=60)
