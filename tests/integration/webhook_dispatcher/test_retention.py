"""What is old is forgotten a little at a time; what nobody has been told is kept."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path

import sqlalchemy as sa

from boatyard.shared.clock import SetClock
from boatyard.shared.testing.receiver import Receiver, Reply
from boatyard.webhook_dispatcher.models import Attempt, Delivery, EventRow, table
from boatyard.webhook_dispatcher.tasks import Retention
from tests.integration.webhook_dispatcher.kit import Dispatcher, dispatching

START = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


async def count(dispatcher: Dispatcher) -> tuple[int, int, int]:
    """How many events, deliveries and attempts there are."""
    async with dispatcher.state.database.reading() as session:
        found = [
            (
                await session.execute(sa.select(sa.func.count()).select_from(table(model)))
            ).scalar_one()
            for model in (EventRow, Delivery, Attempt)
        ]
    return found[0], found[1], found[2]


async def test_deliveries_go_after_thirty_days_with_their_attempts_and_events(
    database_url: str, tmp_path: Path
) -> None:
    clock = SetClock(START)
    async with (
        Receiver() as endpoint,
        dispatching(database_url, tmp_path, clock=clock) as dispatcher,
    ):
        hook = await dispatcher.hook(f"{endpoint.url}/hook")
        for _ in range(3):
            await dispatcher.push()
        await dispatcher.delivered(hook, ["succeeded"] * 3)
        clock.advance(days=29)
        await dispatcher.push()
        await dispatcher.delivered(hook, ["succeeded"] * 4)
        clock.advance(days=2)
        assert await Retention(dispatcher.state).forget_old(asyncio.Event()) == 3
        assert await count(dispatcher) == (1, 1, 1)


async def test_what_still_waits_is_kept_unless_its_webhook_is_held(
    database_url: str, tmp_path: Path
) -> None:
    clock = SetClock(START)
    async with (
        Receiver() as endpoint,
        dispatching(database_url, tmp_path, clock=clock, ladder_scale=100) as dispatcher,
    ):
        endpoint.always(Reply(500))
        waiting = await dispatcher.hook(f"{endpoint.url}/waiting")
        paused = await dispatcher.hook(f"{endpoint.url}/paused")
        await dispatcher.call("PATCH", paused, json={"state": "paused"})
        await dispatcher.push()
        await endpoint.wait_for(1)
        await dispatcher.delivered(waiting, ["pending"])
        clock.advance(days=31)
        retention = Retention(dispatcher.state)
        assert await retention.forget_old(asyncio.Event()) == 0
        await dispatcher.delivered(waiting, ["pending"])
        await dispatcher.delivered(paused, ["skipped"])
        clock.advance(days=31)
        assert await retention.forget_old(asyncio.Event()) == 1
        assert (await count(dispatcher))[:2] == (1, 1)


async def test_the_records_of_a_deleted_webhook_go_with_it(
    database_url: str, tmp_path: Path
) -> None:
    async with Receiver() as endpoint, dispatching(database_url, tmp_path) as dispatcher:
        hook = await dispatcher.hook(f"{endpoint.url}/hook")
        for _ in range(3):
            await dispatcher.push()
        await dispatcher.delivered(hook, ["succeeded"] * 3)
        await dispatcher.call("DELETE", hook)
        await Retention(dispatcher.state).remove_webhooks(asyncio.Event())
        assert await count(dispatcher) == (3, 0, 0)
