"""The inbox: each message is handled once per consumer, in the transaction that does its work."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from opentelemetry.trace import SpanKind
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, SQLModel, col

from boatyard.shared import tracing
from boatyard.shared.bus import Delivery, Subscription
from boatyard.shared.clock import Clock
from boatyard.shared.db import INSERTS, Database, UnitOfWork, UtcDateTime
from boatyard.shared.events.message import Message
from boatyard.shared.logging import get_logger
from boatyard.shared.metrics import ProcessMetrics
from boatyard.shared.waiting import wait_for_event

KEEP = dt.timedelta(days=8)
"""Longer than a stream keeps a message, so that no message outlives the memory of it."""
FORGET_EVERY_SECONDS = 3600.0
POISON_ATTEMPTS = 10
"""A message that failed this often alone is set aside, so that it can't hold up the others for ever."""
RETRY_SECONDS = (0.2, 1, 2, 5, 10, 30, 60)

Item = TypeVar("Item")
Handler = Callable[[UnitOfWork, Any], Awaitable[None]]
"""Handles one message in the transaction it is given; Reject if it never can be."""


class Reject(Exception):
    """This message can never be handled: set it aside. The text says why."""


class InboxColumns(SQLModel):
    """That a consumer handled a message. Each service that consumes has a table of these."""

    consumer: str = Field(primary_key=True, max_length=64)
    message_id: str = Field(primary_key=True, max_length=36)
    handled_at: dt.datetime = Field(sa_type=UtcDateTime, index=True)


@dataclass(frozen=True)
class Consumer:
    """What a service does with which messages, under a durable name of its own."""

    name: str
    handlers: Mapping[type[Message], Handler]
    gather: float = 0.0
    """See `Subscription`."""


class Gathered(Generic[Item]):
    """What the handlers of one transaction found, to be written together at its end."""

    def __init__(self, write: Callable[[UnitOfWork, list[Item]], Awaitable[None]]) -> None:
        self._write = write
        self._waiting: WeakKeyDictionary[UnitOfWork, list[Item]] = WeakKeyDictionary()

    def add(self, uow: UnitOfWork, item: Item) -> None:
        """Have something written before the transaction commits."""
        if uow not in self._waiting:
            self._waiting[uow] = []
            uow.before_commit.append(lambda: self.flush(uow))
        self._waiting[uow].append(item)

    async def flush(self, uow: UnitOfWork) -> None:
        """Write what was gathered so far, for what must come after it."""
        items = self._waiting.get(uow)
        if items:
            self._waiting[uow] = []
            await self._write(uow, items)


@cache
def _record(inbox: type[InboxColumns], dialect: str) -> Any:
    """The statement that each batch needs: to put it together takes longer than to run it."""
    table = sa.inspect(inbox).local_table
    return INSERTS[dialect](table).on_conflict_do_nothing().returning(table.c.message_id)


async def first_time(
    session: AsyncSession,
    inbox: type[InboxColumns],
    *,
    consumer: str,
    message_ids: Sequence[str],
    now: dt.datetime,
) -> set[str]:
    """Record that these messages are handled here; returns those that were not before."""
    if not message_ids:
        return set()
    connection = await session.connection()
    result = await connection.execute(
        _record(inbox, connection.dialect.name),
        [{"consumer": consumer, "message_id": id, "handled_at": now} for id in message_ids],
    )
    return set(result.scalars())


async def forget(session: AsyncSession, inbox: type[InboxColumns], *, before: dt.datetime) -> None:
    """Delete what was handled before a moment."""
    await session.execute(sa.delete(inbox).where(col(inbox.handled_at) < before))


class InboxRunner:
    """Runs a consumer's handlers: a batch in one transaction, and message by message if that fails."""

    def __init__(
        self,
        consumer: Consumer,
        *,
        database: Database,
        inbox: type[InboxColumns],
        clock: Clock,
        metrics: ProcessMetrics,
    ) -> None:
        self._consumer, self._database, self._inbox, self._clock = consumer, database, inbox, clock
        self._metrics = metrics
        self._classes = {message.subject: message for message in consumer.handlers}
        self._log = get_logger(consumer.name)

    def subscription(self) -> Subscription:
        """What to give to the bus."""
        return Subscription(
            name=self._consumer.name,
            messages=tuple(self._consumer.handlers),
            handle=self.handle,
            gather=self._consumer.gather,
        )

    async def forget_old(self, stop: asyncio.Event) -> None:
        """Forget, now and then until `stop` is set, what no stream can bring again."""
        while not await wait_for_event(stop, FORGET_EVERY_SECONDS):
            async with self._database.unit_of_work() as uow:
                await forget(uow.session, self._inbox, before=self._clock.now() - KEEP)

    async def handle(self, deliveries: Sequence[Delivery]) -> None:
        """Handle a batch and answer each delivery in it."""
        readable = [(d, m) for d in deliveries if (m := await self._decode(d)) is not None]
        try:
            async with self._database.unit_of_work() as uow:
                await self._once(uow, [message for _, message in readable])
        except Exception as error:
            if len(readable) > 1:
                self._log.info("batch_split", size=len(readable), reason=type(error).__name__)
            for delivery, message in readable:
                await self._alone(delivery, message)
            return
        for delivery, _ in readable:
            await delivery.ack()
            self._count(delivery, "handled")
        ages = [message.occurred_at for _, message in readable]
        self._metrics.aged(self._consumer.name, ages, self._clock.now())

    def _count(self, delivery: Delivery, outcome: str) -> None:
        self._metrics.handled(self._consumer.name, delivery.subject, outcome)

    async def _decode(self, delivery: Delivery) -> Message | None:
        try:
            return self._classes[delivery.subject].decode(delivery.data)
        except (ValidationError, KeyError):
            self._log.error("message_unreadable", subject=delivery.subject)
            await delivery.reject(reason="unreadable")
            self._count(delivery, "rejected")
            return None

    async def _once(self, uow: UnitOfWork, messages: Sequence[Message]) -> None:
        new = await first_time(
            uow.session,
            self._inbox,
            consumer=self._consumer.name,
            message_ids=[str(message.id) for message in messages],
            now=self._clock.now(),
        )
        for message in messages:
            if str(message.id) in new:
                new.discard(str(message.id))  # it may be in the batch twice
                with self._span(message):
                    await self._consumer.handlers[type(message)](uow, message)

    def _span(self, message: Message) -> AbstractContextManager[object]:
        return tracing.continued(
            message.trace,
            f"{self._consumer.name} handles {message.subject}",
            kind=SpanKind.CONSUMER,
            messaging__system="nats",
            messaging__destination__name=message.subject,
            messaging__message__id=str(message.id),
            messaging__consumer__group__name=self._consumer.name,
        )

    async def _alone(self, delivery: Delivery, message: Message) -> None:
        try:
            async with self._database.unit_of_work() as uow:
                await self._once(uow, [message])
        except Reject as reason:
            self._log.warning("message_rejected", message_id=str(message.id), reason=str(reason))
            await delivery.reject(reason=str(reason))
            self._count(delivery, "rejected")
        except Exception as error:
            await self._again(delivery, message, error)
        else:
            await delivery.ack()
            self._count(delivery, "handled")

    async def _again(self, delivery: Delivery, message: Message, error: Exception) -> None:
        ours = isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError | OSError)
        if delivery.attempt >= POISON_ATTEMPTS and not ours:
            self._log.error("message_poison", message_id=str(message.id), exc_info=error)
            await delivery.reject(reason=f"failed {delivery.attempt} times: {type(error).__name__}")
            self._count(delivery, "rejected")
            return
        delay = RETRY_SECONDS[min(delivery.attempt, len(RETRY_SECONDS)) - 1]
        self._log.warning(
            "message_retried", message_id=str(message.id), delay=delay, exc_info=error
        )
        await delivery.retry(delay=delay)
        self._count(delivery, "retried")
