"""A service's own database: tables, sessions, and the one place that commits.

SQLite and PostgreSQL behave alike to the code above. SQLite has one writer at a time, so writes go through a
pool of one connection and begin IMMEDIATE: they queue in order instead of failing with "database is locked".
"""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects import sqlite as sqlite_dialect
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import registry
from sqlalchemy.types import TypeDecorator

from boatyard.shared import audit, sqlite, tracing
from boatyard.shared.events.message import Message

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
"""Every constraint has a name, or SQLite's batch migrations can't find it again."""

BUSY_TIMEOUT_MS = 10_000
"""How long a connection waits for another process that is writing to the same SQLite file."""

BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""A counted 64-bit key: SQLite only counts columns that it knows as INTEGER."""

DATABASE_FAULTS = (sa.exc.SQLAlchemyError, OSError)
"""What a statement may raise where the database is away: asyncpg passes on a refused connection as it is."""

Json = sa.JSON()


def new_registry() -> registry:
    """A registry for the tables of one service, so that two services can run in one process."""
    return registry(metadata=sa.MetaData(naming_convention=NAMING))


class UtcDateTime(TypeDecorator[dt.datetime]):
    """A moment, aware of its zone in Python and stored in UTC; SQLite has no zones of its own."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Refuse a moment without a zone, since nobody could say when it was."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its zone")
        return value.astimezone(dt.UTC)

    def process_result_value(
        self, value: dt.datetime | None, dialect: Dialect
    ) -> dt.datetime | None:
        """Give the zone back that SQLite lost."""
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=dt.UTC)


INSERTS: Mapping[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite_dialect.insert}
"""By the name of the dialect: the insert that can do something else where there is a row already."""


def insert_of(session: AsyncSession) -> Any:
    """That insert of a session's database."""
    return INSERTS[session.get_bind().dialect.name]


class UnitOfWork:
    """What is read and written together. Messages published in it are sent if and only if it commits."""

    def __init__(
        self, session: AsyncSession, outbox: type[Any] | None, *, recorded: bool = True
    ) -> None:
        self.session = session
        self._outbox, self._recorded = outbox, recorded and outbox is not None
        self._messages: list[Message] = []
        self.outgoing: list[dict[str, Any]] = []
        """The rows of the outbox that are sent once this is committed."""
        self.before_commit: list[Callable[[], Awaitable[None]]] = []
        """Awaited at the end of the transaction, in it: to write at once what was collected in many steps."""
        self.after_commit: list[Callable[[], None]] = []
        """Called once the commit is safe: to wake a loop, never to do what must not be lost."""
        self.after_rollback: list[Callable[[], None]] = []
        """Called if it was not committed: to take back what was done in memory."""

    def publish(self, message: Message) -> None:
        """Put a message into the outbox; the relay sends it after the commit."""
        if self._outbox is None:
            raise RuntimeError("this service has no outbox: give its Database one")
        trace = tracing.current()
        self._messages.append(message.model_copy(update={"trace": trace}) if trace else message)

    async def finish(self) -> None:
        """Write what was collected: the last that is done in the transaction."""
        for write in self.before_commit:
            await write()
        trail = audit.unrecorded() if self._recorded else None
        if trail is not None:
            self._messages.append(trail.record())
            self.after_commit.append(trail.is_recorded)
        if self._messages and self._outbox is not None:
            connection = await self.session.connection()
            self.outgoing = [self._outbox.row(message) for message in self._messages]
            await connection.execute(sa.insert(self._outbox), self.outgoing)


class Database:
    """One service's database.

    Life cycle: make it, use `unit_of_work` and `reading` from any number of tasks, `close` it.
    """

    def __init__(self, url: str, *, outbox: type[Any] | None = None) -> None:
        self.url = sa.make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._outbox = outbox
        self._writer, self._reader = (
            (
                _sqlite_engine(url, begin=sqlite.BEGIN_WRITE, size=1),
                _sqlite_engine(url, begin="BEGIN", size=4),
            )
            if self.is_sqlite
            else (_postgres_engine(url),) * 2
        )
        self._write_sessions = async_sessionmaker(self._writer, expire_on_commit=False)
        self._read_sessions = async_sessionmaker(self._reader, expire_on_commit=False)
        self.on_publish: list[Callable[[Sequence[dict[str, Any]]], None]] = []
        """Called after a commit that put something into the outbox, with its rows."""

    @asynccontextmanager
    async def unit_of_work(self, *, recorded: bool = True) -> AsyncIterator[UnitOfWork]:
        """A transaction that commits at the end of the block and rolls back if the block raises.

        The first one of a request that changes something takes its audit record along; one that is no part of
        what was asked for is not `recorded`.
        """
        async with self._write_sessions() as session:
            uow = UnitOfWork(session, self._outbox, recorded=recorded)
            try:
                async with session.begin():
                    yield uow
                    await uow.finish()
            except BaseException:
                for take_back in uow.after_rollback:
                    take_back()
                raise
        for call in uow.after_commit:
            call()
        for hand_over in self.on_publish if uow.outgoing else ():
            hand_over(uow.outgoing)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session that sees one moment and writes nothing."""
        async with self._read_sessions() as session:
            yield session

    async def ping(self) -> None:
        """Raise SQLAlchemyError if the database can't be reached."""
        async with self.reading() as session:
            await session.execute(sa.text("SELECT 1"))

    async def close(self) -> None:
        """Close every connection."""
        await self._writer.dispose()
        await self._reader.dispose()


def _postgres_engine(url: str) -> AsyncEngine:
    return create_async_engine(
        url, pool_size=10, max_overflow=10, pool_pre_ping=True, hide_parameters=True
    )


def _sqlite_engine(url: str, *, begin: str, size: int) -> AsyncEngine:
    async def connect() -> sqlite.Connection:
        arguments, options = engine.dialect.create_connect_args(engine.url)
        return await sqlite.connect(*arguments, **options)

    engine = create_async_engine(
        url,
        async_creator=connect,
        pool_size=size,
        max_overflow=0,
        pool_timeout=60,
        poolclass=sa.AsyncAdaptedQueuePool,
        hide_parameters=True,  # an error's text ends up in the log, and values may be secret
    )

    @event.listens_for(engine.sync_engine, "connect")
    def set_up(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, with the mode that we want
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            "journal_mode=WAL",
            "synchronous=FULL",  # NORMAL may forget the last commits at a power failure
            "foreign_keys=ON",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin_transaction(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine
