"""Questions while those who answer them come and go."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from boatyard.shared.bus import ANSWER_SECONDS as PATIENCE_SECONDS
from boatyard.shared.bus import responder
from boatyard.shared.bus.nats import NatsBus
from boatyard.shared.events import Access, AskAccess, CredentialKind
from boatyard.shared.testing.nats import NatsServer

QUESTION = AskAccess(kind=CredentialKind.ANONYMOUS)
ANSWER_SECONDS = 0.02
ASKED = 200
AGAIN_SECONDS = PATIENCE_SECONDS / 2
"""When a question is asked once more."""


class Answering:
    """One process of a service that answers."""

    def __init__(self, server: NatsServer) -> None:
        self.bus = NatsBus(server.url, name="catalog")
        self.stop = asyncio.Event()

    async def answer(self, _question: AskAccess) -> Access:
        await asyncio.sleep(ANSWER_SECONDS)  # what the database takes
        return Access(authenticated=True)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        await self.bus.start()
        task = asyncio.create_task(
            self.bus.respond(responder(AskAccess, self.answer), stop=self.stop)
        )
        yield
        self.stop.set()
        await task
        await self.bus.stop()


async def test_no_question_is_lost_when_one_of_two_that_answer_leaves(
    nats_server: NatsServer, nats_bus: NatsBus
) -> None:
    first, second = Answering(nats_server), Answering(nats_server)
    async with first.running(), second.running(), asyncio.timeout(20):
        await nats_bus.ask(QUESTION)
        asking = [asyncio.create_task(nats_bus.ask(QUESTION)) for _ in range(ASKED)]
        for _ in range(20):
            await asyncio.sleep(0)  # all of them leave
        time.sleep(0.2)  # noqa: ASYNC251 - they are handed out, and nobody here has read them yet
        first.stop.set()
        loop = asyncio.get_running_loop()
        began = loop.time()
        answers = await asyncio.gather(*asking)
    assert all(answer.authenticated for answer in answers)
    assert loop.time() - began < AGAIN_SECONDS / 2, "one was lost, and asked again"
