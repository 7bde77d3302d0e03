"""A durable pull consumer of JetStream that survives whatever happens to the server.

nats-py's `fetch` can't be used where latency matters and nothing may hang: it waits for the whole batch, and a
request that was pending when the server restarted is waited for until its end (nats.py issue 504). So requests
are made here, each with a heartbeat: when the server is silent for two of them the request is taken for lost.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Literal

from nats import errors as nats_errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription as RawSubscription
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import Error as JetStreamError

from boatyard.shared.bus import Subscription
from boatyard.shared.bus.streams import Stream
from boatyard.shared.logging import get_logger
from boatyard.shared.waiting import wait_for_event

ACK_WAIT_SECONDS = 30
MAX_ACK_PENDING = 256
REQUEST_SECONDS = 20.0
HEARTBEAT_SECONDS = 1.0
RETRY_SECONDS = (1, 2, 5, 15, 30, 60)
_NANO = 1_000_000_000
_FAULTS = (nats_errors.Error, JetStreamError, asyncio.TimeoutError, OSError)
_HEARTBEAT = "100"
_REQUEST_ENDED = frozenset({"404", "408"})


class NatsDelivery:
    """One message of JetStream, to be answered once."""

    def __init__(self, message: Msg, *, js: JetStreamContext, durable: str) -> None:
        self._message, self._js, self._durable = message, js, durable
        self.answered = False

    @property
    def subject(self) -> str:
        """The subject it was published under."""
        return self._message.subject

    @property
    def data(self) -> bytes:
        """The encoded message."""
        return self._message.data

    @property
    def attempt(self) -> int:
        """How often it was handed out."""
        return self._message.metadata.num_delivered or 1

    async def ack(self) -> None:
        """Done. A lost acknowledgement only brings the message again, which the inbox knows already."""
        self.answered = True
        await self._message.ack()

    async def retry(self, *, delay: float) -> None:
        """Hand it out again after a while."""
        self.answered = True
        await self._message.nak(delay=delay)

    async def reject(self, *, reason: str) -> None:
        """Keep a copy among the dead letters, and only then let it go."""
        headers = {
            **(self._message.headers or {}),
            "Boatyard-Consumer": self._durable,
            "Boatyard-Reason": reason[:200].replace("\r", " ").replace("\n", " "),
        }
        message_id = headers.pop("Nats-Msg-Id", "")
        headers.pop("Nats-Expected-Stream", None)
        headers["Nats-Msg-Id"] = f"{self._durable}:{message_id}"
        await self._js.publish(f"dlq.{self.subject}", self.data, headers=headers)
        self.answered = True
        await self._message.term()


class PullConsumer:
    """Asks JetStream for messages of one durable consumer and hands them out as they come."""

    def __init__(
        self,
        client: Client,
        js: JetStreamContext,
        subscription: Subscription,
        *,
        stream: Stream,
        mend: Callable[[], Awaitable[None]],
    ) -> None:
        self._client, self._js, self._subscription = client, js, subscription
        self._stream, self._mend = stream, mend
        self._log = get_logger(subscription.name)

    async def run(self, stop: asyncio.Event) -> None:
        """Consume until `stop` is set; a fault is mended and consuming goes on."""
        wait = 0.2
        while not stop.is_set():
            try:
                await self._mend()
                await self._ensure_consumer()
                await self._pull(stop)
                wait = 0.2
            except _FAULTS as error:
                if stop.is_set() or self._client.is_closed:
                    return
                self._log.warning("consumer_mended", reason=str(error) or type(error).__name__)
                await asyncio.sleep(wait)
                wait = min(wait * 2, 5.0)

    async def _ensure_consumer(self) -> None:
        await self._js.add_consumer(
            self._stream.name,
            ConsumerConfig(
                durable_name=self._subscription.name,
                filter_subjects=[message.subject for message in self._subscription.messages],
                deliver_policy=DeliverPolicy.ALL,
                ack_policy=AckPolicy.EXPLICIT,
                ack_wait=ACK_WAIT_SECONDS,
                max_deliver=-1,
                max_ack_pending=MAX_ACK_PENDING,
            ),
        )

    async def _pull(self, stop: asyncio.Event) -> None:
        """Request and hand out until `stop` is set or the consumer is no longer there."""
        inbox = self._client.new_inbox()
        raw = await self._client.subscribe(inbox)
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                await self._request(inbox)
                wanted = self._subscription.batch
                while wanted > 0 and not stop.is_set():
                    message = _arrived(raw) or await _next(raw, stopping)
                    if message is None:
                        break
                    if self._subscription.gather and message.data:
                        await wait_for_event(stop, self._subscription.gather)
                    batch, ended = _sort(message, raw)
                    if batch:
                        wanted -= len(batch)
                        await self._hand_out(batch)
                    if ended:
                        break
        finally:
            stopping.cancel()
            with suppress(*_FAULTS):
                await raw.unsubscribe()

    async def _request(self, inbox: str) -> None:
        request = {
            "batch": self._subscription.batch,
            "expires": int(REQUEST_SECONDS * _NANO),
            "idle_heartbeat": int(HEARTBEAT_SECONDS * _NANO),
        }
        subject = f"$JS.API.CONSUMER.MSG.NEXT.{self._stream.name}.{self._subscription.name}"
        await self._client.publish(subject, json.dumps(request).encode(), reply=inbox)

    async def _hand_out(self, messages: list[Msg]) -> None:
        deliveries = [
            NatsDelivery(message, js=self._js, durable=self._subscription.name)
            for message in messages
        ]
        try:
            await self._subscription.handle(deliveries)
        except Exception as error:
            self._log.error("batch_failed", size=len(deliveries), exc_info=error)
        for delivery in deliveries:
            if not delivery.answered:
                attempt = min(delivery.attempt, len(RETRY_SECONDS))
                await delivery.retry(delay=RETRY_SECONDS[attempt - 1])


async def _next(raw: RawSubscription, stopping: asyncio.Task[Literal[True]]) -> Msg | None:
    """The next message; None when stopping; TimeoutError when the server is silent for too long."""
    waiting = asyncio.create_task(raw.next_msg(timeout=HEARTBEAT_SECONDS * 3))
    await asyncio.wait({waiting, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if waiting.done():
        return waiting.result()
    waiting.cancel()
    return None


def _sort(message: Msg, raw: RawSubscription) -> tuple[list[Msg], bool]:
    """The messages among what has arrived, and whether the request has ended.

    JetStreamError if the server says that the consumer or the stream is gone.
    """
    batch: list[Msg] = []
    ended = False
    current: Msg | None = message
    while current is not None:
        status = (current.headers or {}).get("Status") if not current.data else None
        if status is None:
            batch.append(current)
        elif status in _REQUEST_ENDED or (status == "409" and _is_passing(current)):
            ended = True
        elif status != _HEARTBEAT:
            if not batch:
                raise JetStreamError(f"{status} {(current.headers or {}).get('Description', '')}")
            ended = True
        current = _arrived(raw)
    return batch, ended


def _is_passing(message: Msg) -> bool:
    text = (message.headers or {}).get("Description", "").lower()
    return "deleted" not in text


def _arrived(raw: RawSubscription) -> Msg | None:
    if raw._pending_queue.empty():  # there is no public way to look
        return None
    message: Msg = raw._pending_queue.get_nowait()
    raw._pending_size -= len(message.data)
    return message
