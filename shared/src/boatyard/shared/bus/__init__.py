"""The bus: a port with two implementations that behave alike, JetStream and memory.

What a user of the bus may rely on, and what both implementations are tested for:

- `publish` returns once the message is stored, and storing the same message id twice within the
  deduplication window stores it once.
- A consumer is durable by its name: each message of its subjects is handed to it until it is
  acknowledged, at least once, also across restarts of either side. Two runs of one consumer share the work.
- A handler that raises does not lose the message: it comes again, later and later.
- `ask` gets one answer from whoever responds to the question, or raises NoAnswer.
- `survey` gets the answer of every process that responds in time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel

from boatyard.shared.events.message import AnswerT, Message, Question, Survey
from boatyard.shared.mendable import MendableError

ANSWER_SECONDS = 5.0
"""How long an answer may take, of the first who is asked and of a second together."""


class BusError(MendableError):
    """The base of what the bus raises.

    BusError
    ├── PublishFailed   the message may or may not be stored: publish it again under the same id
    └── NoAnswer        nobody answered the question in time
    """


class PublishFailed(BusError):
    """It is not known whether the message was stored."""


class NoAnswer(BusError):
    """No responder is there, or it did not answer in time."""


@dataclass(frozen=True)
class Receipt:
    """Proof that a message is stored: where, and in which life of the stream.

    `epoch` changes when the stream was made anew (its store was lost); `sequence` counts within an epoch.
    """

    epoch: str
    sequence: int


@dataclass(frozen=True)
class StreamState:
    """What a stream holds now. A receipt of another epoch, or beyond `last_sequence`, was lost."""

    epoch: str
    last_sequence: int


class Delivery(Protocol):
    """One message handed to a consumer, to be answered exactly once."""

    @property
    def subject(self) -> str:
        """The subject it was published under."""
        ...

    @property
    def data(self) -> bytes:
        """The encoded message."""
        ...

    @property
    def attempt(self) -> int:
        """How often it was handed out, this time included; 1 at first."""
        ...

    async def ack(self) -> None:
        """It is done with: don't hand it out again."""
        ...

    async def retry(self, *, delay: float) -> None:
        """Hand it out again after `delay` seconds."""
        ...

    async def reject(self, *, reason: str) -> None:
        """It can never be handled: keep it among the dead letters and go on."""
        ...


BatchHandler = Callable[[Sequence[Delivery]], Awaitable[None]]
"""Handles a batch and answers every delivery in it. What it raises is logged, and what it left
unanswered comes again."""


@dataclass(frozen=True)
class Subscription:
    """A durable interest in some subjects, all of one stream.

    `name` is the durable's name: the service's own, or `service-purpose`.
    """

    name: str
    messages: tuple[type[Message], ...]
    handle: BatchHandler
    batch: int = 64
    gather: float = 0.0
    """Seconds that the bus may wait for others once there is one: where nobody waits for milliseconds, those
    that come together are handled in few transactions."""


@dataclass(frozen=True)
class Responder:
    """Who answers a kind of question: one process of a service, or every process if it is a Survey."""

    question: type[Question[BaseModel]]
    answer: Callable[[Question[BaseModel]], Awaitable[BaseModel]]


QuestionT = TypeVar("QuestionT", bound=Question[Any])


def responder(
    question: type[QuestionT], answer: Callable[[QuestionT], Awaitable[BaseModel]]
) -> Responder:
    """A responder whose function takes just the kind of question that it answers."""

    async def checked(asked: Question[BaseModel]) -> BaseModel:
        if not isinstance(asked, question):
            raise TypeError(f"{question.__name__} was expected")
        return await answer(asked)

    return Responder(question, checked)


class Bus(Protocol):
    """Where messages go and come from. Safe for concurrent use by any number of tasks of one event loop.

    Life cycle: `start`, then anything, then `stop`. `start` waits for a server only a bounded time and then
    raises; afterwards the bus reconnects by itself for ever.
    """

    async def start(self) -> None:
        """Connect, and make or check the streams."""
        ...

    async def stop(self) -> None:
        """Finish what is under way and disconnect."""
        ...

    @property
    def connected(self) -> bool:
        """Whether the server can be reached now."""
        ...

    @property
    def lives(self) -> int:
        """How often a connection was made: a change means that the server may have lost something."""
        ...

    async def publish(self, subject: str, data: bytes, *, message_id: str) -> Receipt:
        """Store an encoded message; PublishFailed when it is not known to be stored."""
        ...

    async def stream_state(self, subject: str) -> StreamState:
        """The stream that stores `subject`; PublishFailed when it can't be read."""
        ...

    async def consume(self, subscription: Subscription, *, stop: asyncio.Event) -> None:
        """Hand batches to the subscription until `stop` is set, surviving restarts of the server."""
        ...

    async def respond(self, responder: Responder, *, stop: asyncio.Event) -> None:
        """Answer questions until `stop` is set."""
        ...

    async def ask(self, question: Question[AnswerT], *, timeout: float = ANSWER_SECONDS) -> AnswerT:
        """Ask, and wait at most `timeout` seconds; NoAnswer when there is none."""
        ...

    async def survey(self, question: Survey[AnswerT], *, seconds: float) -> list[AnswerT]:
        """Ask every process, and return what was answered within `seconds`; never raises.

        How many there are nobody knows, so that it may take all of the time.
        """
        ...
