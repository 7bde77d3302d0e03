"""The bus on a real server that is killed, wiped, paused, and filled up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from boatyard.shared.bus import BusError, Delivery, PublishFailed
from boatyard.shared.bus.nats import NatsBus
from boatyard.shared.bus.streams import STREAMS, limited
from boatyard.shared.events import TagPushed
from boatyard.shared.testing.bus import Collector, consuming
from boatyard.shared.testing.nats import NatsCluster, NatsServer

DIGEST = "sha256:" + "0" * 64


def pushed(n: int) -> TagPushed:
    return TagPushed(repository="team/app", tag=f"v{n}", digest=DIGEST, sequence=1)


async def publish_until_stored(bus: NatsBus, message: TagPushed) -> None:
    """What the outbox does: publish under the same id until it is known to be stored."""
    async with asyncio.timeout(30):
        while True:
            try:
                await bus.publish(message.subject, message.encode(), message_id=str(message.id))
                return
            except PublishFailed:
                await asyncio.sleep(0.05)


async def in_thread(call: Callable[[], object]) -> None:
    await asyncio.to_thread(call)


async def deleted_consumer(_: NatsServer, bus: NatsBus) -> None:
    await bus._js.delete_consumer("EVENTS", "collector")


async def deleted_stream(_: NatsServer, bus: NatsBus) -> None:
    await bus._js.delete_stream("EVENTS")


async def killed(server: NatsServer, _: NatsBus) -> None:
    await in_thread(server.kill)
    await in_thread(server.start)


async def wiped(server: NatsServer, _: NatsBus) -> None:
    await in_thread(server.kill)
    await in_thread(server.wipe)
    await in_thread(server.start)


async def paused(server: NatsServer, _: NatsBus) -> None:
    server.process.pause()
    await asyncio.sleep(4)  # longer than the heartbeats that are missed meanwhile
    server.process.resume()


@pytest.mark.parametrize("fault", [deleted_consumer, deleted_stream, killed, wiped, paused])
async def test_consuming_goes_on_after(
    fault: Callable[[NatsServer, NatsBus], Awaitable[None]],
    nats_server: NatsServer,
    nats_bus: NatsBus,
) -> None:
    collector = Collector()
    before, after = [pushed(n) for n in range(20)], [pushed(n) for n in range(20, 40)]
    async with consuming(nats_bus, collector, TagPushed):
        for message in before:
            await publish_until_stored(nats_bus, message)
        await collector.wait_for(lambda: len(collector.attempts) == 20)
        await fault(nats_server, nats_bus)
        for message in after:
            await publish_until_stored(nats_bus, message)
        await collector.wait_for(lambda: len(collector.attempts) == 40, seconds=90)


async def test_nothing_is_lost_when_the_server_is_killed_while_it_hands_out(
    nats_server: NatsServer, nats_bus: NatsBus
) -> None:
    collector, messages = Collector(), [pushed(n) for n in range(100)]
    for message in messages:
        await publish_until_stored(nats_bus, message)

    async def slowly(delivery: Delivery, _: str) -> None:
        await asyncio.sleep(0.01)
        await delivery.ack()

    collector.act = slowly
    async with consuming(nats_bus, collector, TagPushed):
        await collector.wait_for(lambda: collector.total > 10)
        await killed(nats_server, nats_bus)
        await collector.wait_for(lambda: len(collector.attempts) == 100, seconds=60)


async def test_a_wiped_store_shows_in_the_epoch(nats_server: NatsServer, nats_bus: NatsBus) -> None:
    message = pushed(1)
    before = await nats_bus.publish(message.subject, message.encode(), message_id=str(message.id))
    lives = nats_bus.lives
    await wiped(nats_server, nats_bus)
    async with asyncio.timeout(20):
        while nats_bus.lives == lives:
            await asyncio.sleep(0.05)
    state = await nats_bus.stream_state(message.subject)
    after = await nats_bus.publish(message.subject, message.encode(), message_id=str(message.id))
    assert state.epoch != before.epoch
    assert after.epoch == state.epoch
    assert state.last_sequence == 0


async def test_a_full_stream_refuses_instead_of_forgetting(nats_server: NatsServer) -> None:
    bus = NatsBus(nats_server.url, name="small", streams=limited(STREAMS, max_bytes=20_000))
    await bus.start()
    first = pushed(0)
    await bus.publish(first.subject, first.encode(), message_id=str(first.id))
    with pytest.raises(PublishFailed, match="maximum bytes exceeded"):
        for n in range(1, 200):
            message = pushed(n)
            await bus.publish(message.subject, message.encode(), message_id=str(message.id))
    kept = await bus._js.get_msg("EVENTS", 1)
    assert kept.data == first.encode()
    await bus.stop()


async def test_publishing_to_a_server_that_is_away_fails_and_says_so(
    nats_server: NatsServer, nats_bus: NatsBus
) -> None:
    await in_thread(nats_server.kill)
    message = pushed(1)
    with pytest.raises(PublishFailed):
        await nats_bus.publish(message.subject, message.encode(), message_id=str(message.id))
    async with asyncio.timeout(10):
        while nats_bus.connected:
            await asyncio.sleep(0.02)


async def test_a_server_that_never_answers_is_named_without_its_password(tmp_path: Path) -> None:
    server = NatsServer(tmp_path)
    bus = NatsBus(f"nats://me:s3cret@127.0.0.1:{server.port}", name="test")
    with pytest.raises(BusError) as failure:
        async with asyncio.timeout(30):
            await bus.start()
    assert f"127.0.0.1:{server.port}" in str(failure.value)
    assert "s3cret" not in str(failure.value)


async def test_a_rejected_message_is_kept_among_the_dead_letters(nats_bus: NatsBus) -> None:
    collector, message = Collector(), pushed(1)

    async def reject(delivery: Delivery, _: str) -> None:
        await delivery.reject(reason="can't be\r\nread")

    collector.act = reject
    async with consuming(nats_bus, collector, TagPushed):
        await publish_until_stored(nats_bus, message)
        await collector.wait_for(lambda: collector.total == 1)
    letter = await nats_bus._js.get_last_msg("DEAD_LETTERS", f"dlq.{message.subject}")
    assert letter.data == message.encode()
    assert letter.headers is not None
    assert letter.headers["Boatyard-Reason"] == "can't be  read"
    assert letter.headers["Boatyard-Consumer"] == "collector"


async def test_starting_waits_for_a_cluster_that_has_no_leader_yet(tmp_path: Path) -> None:
    cluster = NatsCluster(tmp_path)
    first, *others = cluster.nodes.values()
    try:
        await in_thread(first.start)
        bus = NatsBus(cluster.url, name="test", replicas=len(cluster.nodes))
        starting = asyncio.create_task(bus.start())
        async with asyncio.timeout(10):
            while not bus.connected:
                await asyncio.sleep(0.02)
        for node in others:
            await in_thread(node.start)
        await asyncio.wait_for(starting, 30)
        message = pushed(1)
        await bus.publish(message.subject, message.encode(), message_id=str(message.id))
        await bus.stop()
    finally:
        await in_thread(cluster.kill)
