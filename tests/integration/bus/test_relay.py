"""What is in the outbox is sent, whatever becomes of the relay and of the server meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
import sqlalchemy as sa
from prometheus_client import CollectorRegistry
from sqlmodel import SQLModel, col

from boatyard.shared.bus import Receipt
from boatyard.shared.bus.memory import MemoryBus
from boatyard.shared.bus.outbox import OutboxColumns, Relay
from boatyard.shared.clock import SystemClock
from boatyard.shared.db import Database, new_registry
from boatyard.shared.events import TagPushed
from boatyard.shared.metrics import ProcessMetrics


class Base(SQLModel, registry=new_registry()):
    pass


class Outbox(Base, OutboxColumns, table=True):
    __tablename__ = "outbox"


class Listener(MemoryBus):
    """Remembers under which ids messages came, each time."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[str] = []

    async def publish(self, subject: str, data: bytes, *, message_id: str) -> Receipt:
        """Store a message, once for each id."""
        receipt = await super().publish(subject, data, message_id=message_id)
        self.heard.append(message_id)
        return receipt


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, outbox=Outbox)
    async with database.unit_of_work() as uow:
        await (await uow.session.connection()).run_sync(Base.metadata.create_all)
    yield database
    await database.close()


@pytest.fixture
async def bus() -> AsyncIterator[Listener]:
    bus = Listener()
    await bus.start()
    yield bus
    await bus.stop()


async def publish(database: Database, *tags: str) -> list[str]:
    """Commit the news of some tags; returns the ids of the messages."""
    digest = "sha256:" + "0" * 64
    events = [TagPushed(repository="team/app", tag=t, digest=digest, sequence=1) for t in tags]
    async with database.unit_of_work() as uow:
        for event in events:
            uow.publish(event)
    return [str(event.id) for event in events]


@asynccontextmanager
async def relaying(database: Database, bus: MemoryBus) -> AsyncIterator[Callable[[], object]]:
    """Run a relay, which is given the time to end; call what this gives to kill it instead."""
    database.on_publish.clear()
    relay = Relay(
        database=database,
        outbox=Outbox,
        bus=bus,
        clock=SystemClock(),
        name="test",
        metrics=ProcessMetrics(CollectorRegistry()),
    )
    stop = asyncio.Event()
    running = asyncio.create_task(relay.run(stop))
    yield running.cancel
    stop.set()
    await asyncio.gather(running, return_exceptions=True)


async def unmarked(database: Database) -> int:
    async with database.reading() as session:
        waiting = sa.select(sa.func.count()).where(col(Outbox.published_at).is_(None))
        return (await session.execute(waiting)).scalar_one()


async def becomes(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.005)


async def test_messages_are_sent_in_order_and_marked_when_it_stops(
    database: Database, bus: Listener
) -> None:
    async with relaying(database, bus):
        first = await publish(database, "v1", "v2")
        await becomes(lambda: len(bus.heard) == 2)
        second = await publish(database, "v3")
        await becomes(lambda: len(bus.heard) == 3)
    assert bus.heard == [*first, *second]
    assert await unmarked(database) == 0


async def test_they_are_marked_soon_although_nothing_follows(
    database: Database, bus: Listener
) -> None:
    async with relaying(database, bus) as kill:
        await publish(database, "v1")
        async with asyncio.timeout(30):
            while await unmarked(database):
                await asyncio.sleep(0.01)
        kill()
    assert len(bus.heard) == 1


async def test_a_killed_relay_may_send_again_and_under_the_same_id(
    database: Database, bus: Listener
) -> None:
    async with relaying(database, bus) as kill:
        [id] = await publish(database, "v1")
        await becomes(lambda: bool(bus.heard))
        kill()
    async with relaying(database, bus):
        [other] = await publish(database, "v2")
        await becomes(lambda: other in bus.heard)
    assert set(bus.heard) == {id, other}
    assert (await bus.stream_state(TagPushed.subject)).last_sequence == 2
    assert await unmarked(database) == 0


async def test_what_the_server_lost_right_after_it_said_yes_is_sent_again(
    database: Database, bus: Listener
) -> None:
    async with relaying(database, bus):
        [id] = await publish(database, "v1")
        await becomes(lambda: bool(bus.heard))
        await bus.lose_everything()
        await becomes(lambda: bus.heard == [id, id])
    assert (await bus.stream_state(TagPushed.subject)).last_sequence == 1


async def test_what_the_server_refuses_waits(database: Database, bus: Listener) -> None:
    bus.fail_publishing = True
    async with relaying(database, bus):
        [id] = await publish(database, "v1")
        assert await unmarked(database) == 1
        bus.fail_publishing = False
        await becomes(lambda: bus.heard == [id])
    assert await unmarked(database) == 0


async def test_what_another_process_committed_is_found(
    database: Database, database_url: str, bus: Listener
) -> None:
    other = Database(database_url, outbox=Outbox)
    async with relaying(database, bus):
        [ours] = await publish(database, "v1")
        await becomes(lambda: bus.heard == [ours])
        [theirs] = await publish(other, "v2")
        await becomes(lambda: bus.heard == [ours, theirs])
    await other.close()


async def test_what_was_committed_while_the_server_was_away_is_sent_in_order(
    database: Database, bus: Listener
) -> None:
    async with relaying(database, bus):
        first = await publish(database, "v1")
        await becomes(lambda: len(bus.heard) == 1)
        bus.fail_publishing = True
        ids = [id for number in range(300) for id in await publish(database, f"t{number}")]
        bus.fail_publishing = False
        await becomes(lambda: len(bus.heard) == 301)
    assert bus.heard == [*first, *ids]
    assert await unmarked(database) == 0
