"""Questions that every process answers for itself, on both buses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from boatyard.shared.bus import Bus, responder
from boatyard.shared.bus.nats import NatsBus
from boatyard.shared.events import AskHealth, ProcessHealth
from boatyard.shared.testing.nats import NatsServer

SECONDS = 0.5
Answer = Callable[[AskHealth], Awaitable[ProcessHealth]]


def named(process: str) -> Answer:
    async def answer(_asked: AskHealth) -> ProcessHealth:
        return ProcessHealth(process=process, services=("builder",), ready=True)

    return answer


async def failing(_asked: AskHealth) -> ProcessHealth:
    raise OSError


async def hanging(_asked: AskHealth) -> ProcessHealth:
    await asyncio.Event().wait()
    raise AssertionError


@asynccontextmanager
async def responding(bus: Bus, *answers: Answer) -> AsyncIterator[None]:
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(bus.respond(responder(AskHealth, answer), stop=stop))
            for answer in answers
        ]
        try:
            yield
        finally:
            stop.set()
            await asyncio.wait(tasks, timeout=1)
            for task in tasks:
                task.cancel()  # the one that waits for the answer that hangs


async def answered(bus: Bus, *expected: str) -> None:
    """Wait until these have answered."""
    async with asyncio.timeout(20):
        while await processes(bus) != sorted(expected):
            await asyncio.sleep(0.01)


async def processes(bus: Bus) -> list[str]:
    return sorted(a.process for a in await bus.survey(AskHealth(), seconds=SECONDS))


async def test_everybody_who_responds_answers(bus: Bus) -> None:
    async with responding(bus, named("one"), named("two")):
        await answered(bus, "one", "two")
    assert await processes(bus) == []


async def test_who_fails_or_hangs_keeps_nobody_from_answering(bus: Bus) -> None:
    async with responding(bus, failing, hanging, named("one")):
        await answered(bus, "one")


async def test_while_nobody_responds_a_survey_ends_with_no_answer(bus: Bus) -> None:
    assert await processes(bus) == []


async def test_two_processes_of_one_service_both_answer(
    nats_server: NatsServer, nats_bus: NatsBus
) -> None:
    one, two = (NatsBus(nats_server.url, name="builder") for _ in range(2))
    await one.start()
    await two.start()
    async with responding(one, named("one")):
        async with responding(two, named("two")):
            await answered(nats_bus, "one", "two")
        await two.stop()
        await answered(nats_bus, "one")
    await one.stop()


async def test_a_survey_ends_while_the_server_is_away(
    nats_server: NatsServer, nats_bus: NatsBus
) -> None:
    nats_server.kill()
    async with asyncio.timeout(20):
        while nats_bus.connected:
            await asyncio.sleep(0.01)
        assert await processes(nats_bus) == []
