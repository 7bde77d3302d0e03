"""What every bus must do, JetStream and its twin in memory alike."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from boatyard.shared.bus import Bus, Delivery, NoAnswer
from boatyard.shared.bus import responder as responder_for
from boatyard.shared.events import (
    Access,
    AskAccess,
    CredentialKind,
    ManifestPulled,
    Message,
    TagDeleted,
    TagPushed,
    Verb,
)
from boatyard.shared.testing.bus import Collector, consuming

DIGEST = "sha256:" + "0" * 64


def pushed(n: int = 1) -> TagPushed:
    return TagPushed(repository="team/app", tag=f"v{n}", digest=DIGEST, sequence=1)


async def publish(bus: Bus, *messages: Message) -> None:
    for message in messages:
        await bus.publish(message.subject, message.encode(), message_id=str(message.id))


async def test_a_message_reaches_every_consumer_once(bus: Bus) -> None:
    first, second, message = Collector(), Collector(), pushed()
    async with (
        consuming(bus, first, TagPushed, name="first"),
        consuming(bus, second, TagPushed, name="second"),
    ):
        await publish(bus, message)
        await first.wait_for(lambda: first.total == 1)
        await second.wait_for(lambda: second.total == 1)
    assert first.attempts == second.attempts == {str(message.id): [1]}


async def test_the_same_id_is_stored_once(bus: Bus) -> None:
    collector, message, last = Collector(), pushed(1), pushed(2)
    receipts = [
        await bus.publish(message.subject, message.encode(), message_id=str(message.id))
        for _ in range(3)
    ]
    await publish(bus, last)
    async with consuming(bus, collector, TagPushed):
        await collector.wait_for(lambda: str(last.id) in collector.attempts)
    assert len(set(receipts)) == 1
    assert collector.total == 2


async def test_a_consumer_gets_only_its_subjects(bus: Bus) -> None:
    collector = Collector()
    deleted = TagDeleted(repository="team/app", tag="v1", digest=DIGEST, sequence=2)
    async with consuming(bus, collector, TagDeleted, ManifestPulled):
        await publish(bus, pushed(), deleted)
        await collector.wait_for(lambda: collector.total == 1)
    assert list(collector.attempts) == [str(deleted.id)]


async def test_what_was_published_while_nobody_consumed_is_handed_out_later(bus: Bus) -> None:
    messages = [pushed(n) for n in range(200)]
    await publish(bus, *messages)
    collector = Collector()
    async with consuming(bus, collector, TagPushed):
        await collector.wait_for(lambda: len(collector.attempts) == 200)
    assert list(collector.attempts) == [str(message.id) for message in messages]


async def test_a_consumer_goes_on_where_it_stopped(bus: Bus) -> None:
    collector, first, second = Collector(), pushed(1), pushed(2)
    async with consuming(bus, collector, TagPushed):
        await publish(bus, first)
        await collector.wait_for(lambda: collector.total == 1)
    await publish(bus, second)
    async with consuming(bus, collector, TagPushed):
        await collector.wait_for(lambda: collector.total == 2)
    assert collector.attempts == {str(first.id): [1], str(second.id): [1]}


async def test_a_retried_message_comes_again_and_counts_its_attempts(bus: Bus) -> None:
    collector, message = Collector(), pushed()

    async def twice(delivery: Delivery, _: str) -> None:
        await (delivery.retry(delay=0.05) if delivery.attempt < 3 else delivery.ack())

    collector.act = twice
    async with consuming(bus, collector, TagPushed):
        await publish(bus, message)
        await collector.wait_for(lambda: collector.total == 3)
    assert collector.attempts == {str(message.id): [1, 2, 3]}


async def test_a_handler_that_raises_loses_nothing(bus: Bus) -> None:
    collector, messages = Collector(), [pushed(n) for n in range(3)]

    def fail_first(delivery: Delivery, _: str) -> None:
        if delivery.attempt == 1:
            raise RuntimeError("not now")

    collector.act = fail_first
    async with consuming(bus, collector, TagPushed):
        await publish(bus, *messages)
        await collector.wait_for(
            lambda: all(collector.attempts.get(str(m.id), [1])[-1] > 1 for m in messages)
        )


async def test_a_rejected_message_does_not_come_again(bus: Bus) -> None:
    collector, bad, good = Collector(), pushed(1), pushed(2)

    async def reject_bad(delivery: Delivery, message_id: str) -> None:
        await (delivery.reject(reason="bad") if message_id == str(bad.id) else delivery.ack())

    collector.act = reject_bad
    async with consuming(bus, collector, TagPushed):
        await publish(bus, bad, good)
        await collector.wait_for(lambda: collector.total == 2)
    async with consuming(bus, collector, TagPushed):
        last = pushed(3)
        await publish(bus, last)
        await collector.wait_for(lambda: str(last.id) in collector.attempts)
    assert collector.attempts[str(bad.id)] == [1]


async def test_two_runs_of_one_consumer_share_the_work(bus: Bus) -> None:
    one, two = Collector(), Collector()
    messages = [pushed(n) for n in range(300)]

    async def slowly(delivery: Delivery, _: str) -> None:
        await asyncio.sleep(0)
        await delivery.ack()

    one.act = two.act = slowly
    async with consuming(bus, one, TagPushed), consuming(bus, two, TagPushed):
        await publish(bus, *messages)
        async with asyncio.timeout(20):
            while one.total + two.total < 300:
                await asyncio.sleep(0.01)
    assert one.attempts.keys().isdisjoint(two.attempts.keys())


async def test_the_state_of_a_stream_tells_what_a_receipt_means(bus: Bus) -> None:
    message = pushed()
    receipt = await bus.publish(message.subject, message.encode(), message_id=str(message.id))
    state = await bus.stream_state(message.subject)
    assert (state.epoch, state.last_sequence) == (receipt.epoch, receipt.sequence)


async def answering(question: AskAccess) -> Access:
    if question.repository == "team/broken":
        raise RuntimeError("the database is away")
    return Access(authenticated=True, account_id=UUID(int=7), verbs=frozenset({Verb.PULL}))


@pytest.fixture
async def responder(bus: Bus) -> object:
    stop = asyncio.Event()
    task = asyncio.create_task(bus.respond(responder_for(AskAccess, answering), stop=stop))
    async with asyncio.timeout(5):
        while True:
            try:
                await bus.ask(AskAccess(kind=CredentialKind.ANONYMOUS), timeout=0.5)
                break
            except NoAnswer:
                await asyncio.sleep(0.01)
    yield task
    stop.set()
    await task


@pytest.mark.usefixtures("responder")
async def test_a_question_gets_its_answer_with_its_types(bus: Bus) -> None:
    access = await bus.ask(AskAccess(kind=CredentialKind.TOKEN, credential_sha256="00"))
    assert access == Access(
        authenticated=True, account_id=UUID(int=7), verbs=frozenset({Verb.PULL})
    )


@pytest.mark.usefixtures("responder")
async def test_a_question_whose_answer_fails_has_no_answer(bus: Bus) -> None:
    with pytest.raises(NoAnswer):
        await bus.ask(AskAccess(kind=CredentialKind.ANONYMOUS, repository="team/broken"))


async def test_a_question_that_nobody_answers_fails_at_once(bus: Bus) -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    with pytest.raises(NoAnswer):
        await bus.ask(AskAccess(kind=CredentialKind.ANONYMOUS), timeout=10)
    assert loop.time() - began < 5
