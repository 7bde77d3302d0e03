"""The bus in memory: what JetStream does, without a server. For tests, and faithful enough to trust them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from pydantic import BaseModel

from boatyard.shared.bus import (
    ANSWER_SECONDS,
    NoAnswer,
    PublishFailed,
    Receipt,
    Responder,
    StreamState,
    Subscription,
)
from boatyard.shared.bus.pull import ACK_WAIT_SECONDS, RETRY_SECONDS
from boatyard.shared.bus.streams import stream_of
from boatyard.shared.events.message import AnswerT, Question, Survey
from boatyard.shared.logging import get_logger


@dataclass
class _Stored:
    sequence: int
    subject: str
    data: bytes


@dataclass
class _Stream:
    messages: list[_Stored] = field(default_factory=list)
    ids: dict[str, int] = field(default_factory=dict)


@dataclass
class _Durable:
    """Where a consumer is: how often each message was handed out, when it is due, which are done."""

    attempts: dict[int, int] = field(default_factory=dict)
    due: dict[int, float] = field(default_factory=dict)
    done: set[int] = field(default_factory=set)


class MemoryDelivery:
    """One message handed out in memory."""

    def __init__(self, bus: MemoryBus, durable: _Durable, stored: _Stored, name: str) -> None:
        self._bus, self._durable, self._stored, self._name = bus, durable, stored, name
        self.answered = False

    @property
    def subject(self) -> str:
        """The subject it was published under."""
        return self._stored.subject

    @property
    def data(self) -> bytes:
        """The encoded message."""
        return self._stored.data

    @property
    def attempt(self) -> int:
        """How often it was handed out."""
        return self._durable.attempts[self._stored.sequence]

    async def ack(self) -> None:
        """Done."""
        self.answered = True
        self._durable.done.add(self._stored.sequence)

    async def retry(self, *, delay: float) -> None:
        """Hand it out again after a while."""
        self.answered = True
        self._durable.due[self._stored.sequence] = asyncio.get_running_loop().time() + delay

    async def reject(self, *, reason: str) -> None:
        """Keep it among the dead letters."""
        self._bus.dead_letters.append((self._name, self.subject, self.data, reason))
        await self.ack()


class MemoryBus:
    """The bus without a server; see the port for what it promises.

    `fail_publishing` makes `publish` fail, as if the server were gone; `dead_letters` holds what was rejected.
    """

    def __init__(self) -> None:
        self._streams: dict[str, _Stream] = {}
        self._durables: dict[str, _Durable] = {}
        self._responders: dict[str, list[Responder]] = {}
        self._news = asyncio.Condition()
        self._epoch = 1
        self.lives = 1
        self.connected = False
        self.fail_publishing = False
        self.dead_letters: list[tuple[str, str, bytes, str]] = []
        self._log = get_logger("memory-bus")

    async def start(self) -> None:
        """Nothing has to be connected."""
        self.connected = True

    async def stop(self) -> None:
        """Nothing has to be disconnected."""
        self.connected = False

    async def publish(self, subject: str, data: bytes, *, message_id: str) -> Receipt:
        """Store a message, once for each id."""
        if self.fail_publishing:
            raise PublishFailed("told to fail")
        stream = self._stream(subject)
        if message_id not in stream.ids:
            stored = _Stored(len(stream.messages) + 1, subject, data)
            stream.messages.append(stored)
            stream.ids[message_id] = stored.sequence
            async with self._news:
                self._news.notify_all()
        return Receipt(epoch=str(self._epoch), sequence=stream.ids[message_id])

    async def stream_state(self, subject: str) -> StreamState:
        """What the stream holds."""
        if self.fail_publishing:
            raise PublishFailed("told to fail")
        return StreamState(
            epoch=str(self._epoch), last_sequence=len(self._stream(subject).messages)
        )

    async def lose_everything(self) -> None:
        """What a server does whose store was wiped: all messages and consumers are gone."""
        self._streams.clear()
        self._durables.clear()
        self._epoch += 1
        self.lives += 1

    async def consume(self, subscription: Subscription, *, stop: asyncio.Event) -> None:
        """Hand batches to the subscription until `stop` is set."""
        while not stop.is_set():
            batch = self._take(subscription)
            if batch:
                await self._hand_out(subscription, batch)
            else:
                await self._wait(stop)

    async def respond(self, responder: Responder, *, stop: asyncio.Event) -> None:
        """Answer questions until `stop` is set."""
        responders = self._responders.setdefault(responder.question.subject, [])
        responders.append(responder)
        await stop.wait()
        responders.remove(responder)

    async def ask(self, question: Question[AnswerT], *, timeout: float = ANSWER_SECONDS) -> AnswerT:
        """Ask whoever answers, through the same encoding as on the wire."""
        responders = self._responders.get(question.subject)
        if not responders:
            raise NoAnswer(f"nobody answers {question.subject}")
        return await _answer(responders[-1], question, timeout)

    async def survey(self, question: Survey[AnswerT], *, seconds: float) -> list[AnswerT]:
        """Ask every responder; the answers that come within `seconds`."""
        responders = self._responders.get(question.subject, [])
        answers = await asyncio.gather(
            *(_answer(responder, question, seconds) for responder in responders),
            return_exceptions=True,
        )
        return [answer for answer in answers if not isinstance(answer, BaseException)]

    def _stream(self, subject: str) -> _Stream:
        return self._streams.setdefault(stream_of(subject).name, _Stream())

    def _take(self, subscription: Subscription) -> list[MemoryDelivery]:
        subjects = {message.subject for message in subscription.messages}
        durable = self._durables.setdefault(subscription.name, _Durable())
        now = asyncio.get_running_loop().time()
        batch: list[MemoryDelivery] = []
        for stored in self._stream(next(iter(subjects))).messages:
            waiting = stored.sequence in durable.done or durable.due.get(stored.sequence, 0) > now
            if stored.subject in subjects and not waiting and len(batch) < subscription.batch:
                durable.attempts[stored.sequence] = durable.attempts.get(stored.sequence, 0) + 1
                durable.due[stored.sequence] = now + ACK_WAIT_SECONDS
                batch.append(MemoryDelivery(self, durable, stored, subscription.name))
        return batch

    async def _hand_out(self, subscription: Subscription, batch: list[MemoryDelivery]) -> None:
        try:
            await subscription.handle(batch)
        except Exception as error:
            self._log.error("batch_failed", exc_info=error)
        for delivery in batch:
            if not delivery.answered:
                attempt = min(delivery.attempt, len(RETRY_SECONDS))
                await delivery.retry(delay=RETRY_SECONDS[attempt - 1])

    async def _wait(self, stop: asyncio.Event) -> None:
        async def news() -> None:
            async with self._news:
                await self._news.wait()

        waits = [asyncio.ensure_future(news()), asyncio.ensure_future(stop.wait())]
        await asyncio.wait(waits, timeout=0.05, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)


async def _answer(responder: Responder, question: Question[AnswerT], timeout: float) -> AnswerT:
    try:
        async with asyncio.timeout(timeout):
            answer = await responder.answer(responder.question.decode(question.encode()))
    except Exception as error:
        raise NoAnswer(f"{question.subject}: {type(error).__name__}") from error
    answer_type: type[BaseModel] = question.answer_type
    return answer_type.model_validate_json(answer.model_dump_json())  # type: ignore[return-value]
