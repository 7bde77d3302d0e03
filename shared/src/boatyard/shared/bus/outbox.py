"""The outbox: messages committed with the change they tell of, and the relay that sends them.

The rows stay for as long as the stream keeps messages. When the server comes back without something that it
had acknowledged (a lost store, a power failure before its fsync), the rows are sent again under their old ids
and consumers that saw them already ignore them.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, SQLModel, col

from boatyard.shared.bus import Bus, BusError, Receipt
from boatyard.shared.clock import Clock
from boatyard.shared.db import DATABASE_FAULTS, BigId, Database, UtcDateTime
from boatyard.shared.events.message import Message
from boatyard.shared.logging import get_logger
from boatyard.shared.metrics import ProcessMetrics
from boatyard.shared.waiting import wait_for_any

BATCH = 256
IN_FLIGHT = 64
POLL_SECONDS = 1.0
"""The backstop for a wake-up that another process could not give."""
KEEP = dt.timedelta(days=7)
"""As long as the streams keep messages."""
UNSYNCED = dt.timedelta(minutes=3)
"""NATS syncs its files every 2 minutes by default: what is younger may be lost with the machine's power."""
CHECK_SECONDS = 30.0
MARK_SECONDS, MARK_AT_MOST = 0.25, 128
"""How long, and for how many messages, it is put off to write down that they were sent, where nobody else would
send them meanwhile: to write for each would hold up the next change. Who is killed before sends them again."""


class OutboxColumns(SQLModel):
    """A message that waits to be sent, or was. Each service has a table of these."""

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    message_id: str = Field(unique=True, max_length=36)
    subject: str = Field(max_length=100, index=True)
    body: bytes
    created_at: dt.datetime = Field(sa_type=UtcDateTime)
    published_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    epoch: str | None = Field(default=None, max_length=64)
    sequence: int | None = Field(default=None, sa_type=BigId)

    @classmethod
    def row(cls, message: Message) -> dict[str, Any]:
        """The values of the row for a message."""
        return {
            "message_id": str(message.id),
            "subject": message.subject,
            "body": message.encode(),
            "created_at": message.occurred_at,
        }


class Relay:
    """Sends what is in one service's outbox, in order of commit, as soon as it is there."""

    def __init__(
        self,
        *,
        database: Database,
        outbox: type[OutboxColumns],
        bus: Bus,
        clock: Clock,
        name: str,
        metrics: ProcessMetrics,
    ) -> None:
        self._database, self._outbox, self._bus, self._clock = database, outbox, bus, clock
        self._name, self._metrics = name, metrics
        self._wake = asyncio.Event()
        self._log = get_logger(name)
        self._lives = -1
        self._handed: list[Unsent] = []
        """What was committed in this process just now: it need not be read."""
        self._behind = True
        """The table may have what is older than that, so it is read first."""
        self._read_at, self._read = 0.0, frozenset[str]()
        """When the table was read, and which messages it had: they may be handed over only after that."""
        self._sent: dict[str, Receipt] = {}
        """What was sent, and is not written down yet."""
        self._mark_by = 0.0
        database.on_publish.append(self.hand_over)

    def hand_over(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Take in what was committed to the outbox."""
        if not self._behind:
            self._handed += [Unsent(**row) for row in rows]
        self._wake.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Relay until `stop` is set. An error of the bus or the database delays, and loses nothing."""
        loop = asyncio.get_running_loop()
        checked = -CHECK_SECONDS
        while not stop.is_set():
            self._wake.clear()
            try:
                if self._lives != self._bus.lives or loop.time() - checked > CHECK_SECONDS:
                    await self._mark()
                    await self._recover()
                    checked = loop.time()
                more = await self._send_batch()
                if len(self._sent) >= MARK_AT_MOST or loop.time() >= self._mark_by:
                    await self._mark()
            except (BusError, *DATABASE_FAULTS) as error:
                self._behind = True
                self._log.warning("outbox_waits", reason=type(error).__name__)
                await asyncio.sleep(0.5)
                continue
            if not more:
                pause = self._mark_by - loop.time() if self._sent else POLL_SECONDS
                await wait_for_any((self._wake, stop), max(0.0, pause))
        with suppress(*DATABASE_FAULTS):  # then it is sent again
            await self._mark()

    async def _send_batch(self) -> bool:
        """Send what is next; whether there is more."""
        rows = await self._next()
        if not rows:
            self._metrics.waiting(self._name, 0)
            return self._behind
        self._metrics.waiting(self._name, (self._clock.now() - rows[0].created_at).total_seconds())
        slots = asyncio.Semaphore(IN_FLIGHT)

        async def send(row: Unsent) -> Receipt:
            async with slots:
                return await self._bus.publish(row.subject, row.body, message_id=row.message_id)

        results = await asyncio.gather(*map(send, rows), return_exceptions=True)
        sent = zip(rows, results, strict=True)
        self._note({row.message_id: got for row, got in sent if isinstance(got, Receipt)})
        failed = [got for got in results if isinstance(got, BaseException)]
        if failed:
            raise failed[0]
        return self._behind or bool(self._handed)

    async def _next(self) -> list[Unsent]:
        """The next rows to send: those handed over, or what the table has if that may be more."""
        now = asyncio.get_running_loop().time()
        if self._handed and not self._behind and now - self._read_at < POLL_SECONDS:
            rows, self._handed = self._handed[:BATCH], self._handed[BATCH:]
            rows = [row for row in rows if row.message_id not in self._read]
        else:
            self._handed, self._behind, self._read_at = [], False, now
            async with self._database.reading() as session:
                rows = await unpublished(session, self._outbox)
            self._read = frozenset(row.message_id for row in rows)
            self._behind = len(rows) == BATCH
        return [row for row in rows if row.message_id not in self._sent]

    def _note(self, done: dict[str, Receipt]) -> None:
        if not self._sent:
            put_off = MARK_SECONDS if self._database.is_sqlite else 0.0
            self._mark_by = asyncio.get_running_loop().time() + put_off
        self._sent |= done
        self._metrics.sent(self._name, len(done))

    async def _mark(self) -> None:
        """Write down what was sent."""
        if not self._sent:
            return
        now = self._clock.now()
        async with self._database.unit_of_work() as uow:
            connection = await uow.session.connection()
            await connection.execute(
                _marking(self._outbox),
                [
                    {"sent": id, "at": now, "in_epoch": got.epoch, "as_sequence": got.sequence}
                    for id, got in self._sent.items()
                ],
            )
        self._sent.clear()

    async def _recover(self) -> None:
        """Queue again what the server may have lost since it acknowledged it, and forget what is old."""
        reconnected = self._lives not in (-1, self._bus.lives)
        lives = self._bus.lives
        async with self._database.unit_of_work() as uow:
            await forget(uow.session, self._outbox, before=self._clock.now() - KEEP)
            for subject in await subjects(uow.session, self._outbox):
                state = await self._bus.stream_state(subject)
                lost = await requeue(
                    uow.session,
                    self._outbox,
                    subject=subject,
                    epoch=state.epoch,
                    last_sequence=state.last_sequence,
                    unsynced_since=self._clock.now() - UNSYNCED if reconnected else None,
                )
                if lost:
                    self._behind = True
                    self._log.warning("outbox_sends_again", subject=subject, count=lost)
        self._lives = lives


class Unsent(NamedTuple):
    """What is to be sent of a row."""

    message_id: str
    subject: str
    body: bytes
    created_at: dt.datetime


@cache
def _unsent(table: type[OutboxColumns]) -> Any:
    return (
        sa.select(
            col(table.message_id),
            col(table.subject),
            col(table.body),
            col(table.created_at),
        )
        .where(col(table.published_at).is_(None))
        .order_by(col(table.id))
        .limit(BATCH)
    )


@cache
def _marking(table: type[OutboxColumns]) -> Any:
    return (
        sa.update(table)
        .where(col(table.message_id) == sa.bindparam("sent"))
        .values(
            published_at=sa.bindparam("at"),
            epoch=sa.bindparam("in_epoch"),
            sequence=sa.bindparam("as_sequence"),
        )
    )


async def unpublished(session: AsyncSession, table: type[OutboxColumns]) -> list[Unsent]:
    """The next rows to send, oldest first."""
    return [Unsent(*row) for row in await session.execute(_unsent(table))]


async def subjects(session: AsyncSession, table: type[OutboxColumns]) -> list[str]:
    """The subjects that the outbox holds messages of."""
    return list((await session.execute(sa.select(col(table.subject)).distinct())).scalars())


async def requeue(
    session: AsyncSession,
    table: type[OutboxColumns],
    *,
    subject: str,
    epoch: str,
    last_sequence: int,
    unsynced_since: dt.datetime | None,
) -> int:
    """Mark as unsent what the stream does not hold, or may not; returns how many rows that is."""
    lost = sa.or_(col(table.epoch) != epoch, col(table.sequence) > last_sequence)
    if unsynced_since is not None:
        lost = sa.or_(lost, col(table.published_at) >= unsynced_since)
    result = await session.execute(
        sa.update(table)
        .where(col(table.subject) == subject, col(table.published_at).is_not(None), lost)
        .values(published_at=None)
        .returning(col(table.id))
    )
    return len(result.all())


async def forget(session: AsyncSession, table: type[OutboxColumns], *, before: dt.datetime) -> None:
    """Delete rows that were sent before a moment."""
    await session.execute(sa.delete(table).where(col(table.published_at) < before))
