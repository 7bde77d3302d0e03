"""The bus on NATS JetStream."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from nats import errors as nats_errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.errors import Error as JetStreamError
from nats.js.errors import NoStreamResponseError
from pydantic import BaseModel, ValidationError

from boatyard.shared.bus import (
    ANSWER_SECONDS,
    BusError,
    NoAnswer,
    PublishFailed,
    Receipt,
    Responder,
    StreamState,
    Subscription,
)
from boatyard.shared.bus.pull import PullConsumer
from boatyard.shared.bus.streams import STREAMS, Stream, ensure, stream_of
from boatyard.shared.events.message import AnswerT, Question, Survey
from boatyard.shared.logging import get_logger

START_SECONDS = 15.0
TRY_AGAIN_SECONDS = 0.5
PUBLISH_SECONDS = 5.0
RECONNECT_SECONDS = 0.25
PING_SECONDS = 10
"""With nats-py's default of two minutes a dead peer would go unnoticed for four."""
_FAULTS = (nats_errors.Error, JetStreamError, asyncio.TimeoutError, OSError)
_FAILED_ANSWER = "Boatyard-Failed"


class NatsBus:
    """The bus on a NATS server or cluster; see the port for what it promises.

    `url` lists servers separated by commas; `replicas` is how many copies the streams have.
    """

    def __init__(
        self, url: str, *, name: str, replicas: int = 1, streams: tuple[Stream, ...] = STREAMS
    ) -> None:
        self._servers, self._name, self._replicas = url.split(","), name, replicas
        self._streams = {stream.name: stream for stream in streams}
        self._client = Client()
        self._js: JetStreamContext = self._client.jetstream()
        self._epochs: dict[str, str] = {}
        self._lives = 0
        self._mending = asyncio.Lock()
        self._stopping = False
        self._log = get_logger(name)

    @property
    def connected(self) -> bool:
        """Whether the server can be reached now."""
        return self._client.is_connected

    @property
    def lives(self) -> int:
        """How often a connection was made."""
        return self._lives

    async def start(self) -> None:
        """Connect and make the streams; BusError if that is not done within 15 seconds."""
        try:
            async with asyncio.timeout(START_SECONDS):
                await self._connect()
                for stream in self._streams.values():
                    await self._ensure_in_time(stream)
        except _FAULTS as error:
            with suppress(*_FAULTS):
                await self._client.close()
            raise BusError(
                f"NATS can't be used at {self._places()}: {_words(error)}; start it, or set BOATYARD_NATS_URL"
            ) from error

    async def stop(self) -> None:
        """Send what is still to be sent, then disconnect."""
        if self._client.is_closed:
            return
        self._stopping = True
        with suppress(*_FAULTS):
            await self._client.flush(timeout=2)
        with suppress(*_FAULTS):
            await self._client.close()

    async def publish(self, subject: str, data: bytes, *, message_id: str) -> Receipt:
        """Store a message; PublishFailed when it is not known to be stored."""
        try:
            return await self._publish(subject, data, message_id)
        except NoStreamResponseError:
            with suppress(*_FAULTS):
                await self._ensure(self._stream(subject))
                return await self._publish(subject, data, message_id)
            raise PublishFailed(f"no stream takes {subject}") from None
        except _FAULTS as error:
            raise PublishFailed(_words(error)) from error

    async def stream_state(self, subject: str) -> StreamState:
        """What the stream holds; it is made anew if it is gone."""
        try:
            info = await ensure(self._js, self._stream(subject), replicas=self._replicas)
        except _FAULTS as error:
            raise PublishFailed(_words(error)) from error
        name = self._stream(subject).name
        self._epochs[name] = str(info.created)
        return StreamState(epoch=self._epochs[name], last_sequence=info.state.last_seq)

    async def consume(self, subscription: Subscription, *, stop: asyncio.Event) -> None:
        """Hand batches to the subscription until `stop` is set."""
        streams = {self._stream(message.subject).name for message in subscription.messages}
        if len(streams) != 1:
            raise ValueError(f"the messages of {subscription.name} must be of one stream")
        stream = self._streams[streams.pop()]
        await PullConsumer(
            self._client, self._js, subscription, stream=stream, mend=lambda: self._ensure(stream)
        ).run(stop)

    async def respond(self, responder: Responder, *, stop: asyncio.Event) -> None:
        """Answer questions until `stop` is set; several processes share them, unless each is asked."""

        async def answer(message: Msg) -> None:
            try:
                question = responder.question.decode(message.data)
                reply = await responder.answer(question)
            except Exception as error:
                self._log.error(
                    "question_failed", subject=message.subject, reason=type(error).__name__
                )
                await self._client.publish(
                    message.reply, b"", headers={_FAILED_ANSWER: type(error).__name__}
                )
            else:
                await message.respond(reply.model_dump_json().encode())

        running: set[asyncio.Task[None]] = set()

        async def spawn(message: Msg) -> None:
            task = asyncio.create_task(answer(message))
            running.add(task)
            task.add_done_callback(running.discard)

        queue = "" if issubclass(responder.question, Survey) else self._name
        subscription = await self._client.subscribe(
            responder.question.subject, queue=queue, cb=spawn
        )
        await stop.wait()
        with suppress(*_FAULTS):
            await subscription.drain()  # type: ignore[no-untyped-call]  # what was handed to us already is nobody else's to answer
        await asyncio.gather(*running, return_exceptions=True)

    async def ask(self, question: Question[AnswerT], *, timeout: float = ANSWER_SECONDS) -> AnswerT:
        """Ask whoever answers; NoAnswer when nobody does in time."""
        try:
            reply = await self._request(question, timeout=timeout)
        except _FAULTS as error:
            raise NoAnswer(f"{question.subject}: {_words(error)}") from error
        if reply.headers and _FAILED_ANSWER in reply.headers:
            raise NoAnswer(f"{question.subject}: {reply.headers[_FAILED_ANSWER]}")
        return _read_answer(question.answer_type, reply.data)  # type: ignore[return-value]

    async def survey(self, question: Survey[AnswerT], *, seconds: float) -> list[AnswerT]:
        """Ask every process; the answers that come within `seconds`."""
        replies: list[Msg] = []

        async def keep(reply: Msg) -> None:
            replies.append(reply)

        with suppress(*_FAULTS):
            inbox = self._client.new_inbox()
            subscription = await self._client.subscribe(inbox, cb=keep)
            try:
                await self._client.publish(question.subject, question.encode(), reply=inbox)
                await asyncio.sleep(seconds)
            finally:
                await subscription.unsubscribe()
        return [answer for reply in replies for answer in _readable(question, reply)]

    async def _request(self, question: Question[AnswerT], *, timeout: float) -> Msg:
        """Ask once more if whoever got the question does not answer: it may be gone, and another be there."""
        subject, data = question.subject, question.encode()
        try:
            return await self._client.request(subject, data, timeout=timeout / 2)
        except nats_errors.TimeoutError:
            return await self._client.request(subject, data, timeout=timeout / 2)

    def _stream(self, subject: str) -> Stream:
        return self._streams[stream_of(subject).name]

    async def _publish(self, subject: str, data: bytes, message_id: str) -> Receipt:
        stream = self._stream(subject).name
        lives = self._lives
        ack = await self._js.publish(
            subject,
            data,
            timeout=PUBLISH_SECONDS,
            stream=stream,
            headers={"Nats-Msg-Id": message_id},  # a fresh one each time: nats-py writes into it
        )
        if lives != self._lives:
            raise PublishFailed("the connection changed meanwhile, so the stream may have, too")
        return Receipt(epoch=self._epochs[stream], sequence=ack.seq)

    async def _ensure(self, stream: Stream) -> None:
        async with self._mending:
            info = await ensure(self._js, stream, replicas=self._replicas)
            self._epochs[stream.name] = str(info.created)

    async def _ensure_in_time(self, stream: Stream) -> None:
        """Make a stream once that is possible: a cluster that has just begun has to choose who leads it."""
        loop = asyncio.get_running_loop()
        gives_up_at = loop.time() + START_SECONDS - TRY_AGAIN_SECONDS
        while True:
            try:
                return await self._ensure(stream)
            except _FAULTS:
                if loop.time() > gives_up_at:
                    raise
            await asyncio.sleep(TRY_AGAIN_SECONDS)

    async def _connect(self) -> None:
        async def disconnected() -> None:
            if not self._stopping:
                self._log.warning("nats_disconnected")

        async def reconnected() -> None:
            await self._refresh()
            self._lives += 1
            self._log.warning("nats_reconnected")

        async def failed(error: Exception) -> None:
            if self._client.is_connected:  # while it is away each try to reconnect fails alike
                self._log.warning("nats_error", reason=_words(error))

        await self._client.connect(
            servers=self._servers,
            name=self._name,
            max_reconnect_attempts=-1,
            reconnect_time_wait=RECONNECT_SECONDS,  # type: ignore[arg-type]  # a part of a second is fine
            ping_interval=PING_SECONDS,
            connect_timeout=2,
            allow_reconnect=True,
            reconnected_cb=reconnected,
            disconnected_cb=disconnected,
            error_cb=failed,
        )
        self._lives = 1

    async def _refresh(self) -> None:
        """After a reconnect the streams may be of another epoch: learn it before anything is published."""
        for stream in self._streams.values():
            with suppress(*_FAULTS):
                await self._ensure(stream)

    def _places(self) -> str:
        return ", ".join(server.rsplit("@", 1)[-1] for server in self._servers)


def _words(error: BaseException) -> str:
    return str(error) or type(error).__name__


def _read_answer(answer_type: type[BaseModel], data: bytes) -> BaseModel:
    try:
        return answer_type.model_validate_json(data, extra="ignore")
    except ValidationError as error:
        raise NoAnswer("the answer can't be read") from error


def _readable(question: Survey[AnswerT], reply: Msg) -> list[AnswerT]:
    """The answer in a reply; none if it has headers, which say that there is none."""
    if reply.headers:
        return []
    with suppress(NoAnswer):
        return [_read_answer(question.answer_type, reply.data)]  # type: ignore[list-item]
    return []
