"""SQLite's driver for an event loop that is not held up, and that does not wait for threads either.

aiosqlite does each step of each statement in a thread of its connection: to begin, to execute, to fetch, to
close. A step takes microseconds; to wake the thread and be woken by it takes a hundred times that, and up to
the interpreter's switch interval (5 ms) once the process is busy. So what is quick is done at once, in the
loop: statements, and the end of what was only read. In the thread is done what may take long: to begin a write,
which waits for other processes, to commit, which waits for the disk, to delete, which takes along whatever
hangs on a row, and queries that look at many rows.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any, NamedTuple, Self, TypeVar, cast

import aiosqlite
from aiosqlite.core import _connection_worker_thread

T = TypeVar("T")

BEGIN_WRITE = "BEGIN IMMEDIATE"
MAY_TAKE_LONG = (BEGIN_WRITE, "DELETE")
QUICK = 50_000
"""Instructions of SQLite's virtual machine that a query may take in the loop: one or two milliseconds."""


class Executed(NamedTuple):
    """What is left of a statement once it has run."""

    rows: list[Any]
    description: Any
    rowcount: int
    lastrowid: int | None


Run = Callable[[sqlite3.Connection, str, Any], Executed]


def execute(connection: sqlite3.Connection, sql: str, parameters: Any) -> Executed:
    """Run a statement to its end."""
    return _finish(connection.execute(sql, parameters))


def execute_many(connection: sqlite3.Connection, sql: str, parameters: Any) -> Executed:
    """Run a statement for each of some parameters."""
    return _finish(connection.executemany(sql, parameters))


def _finish(cursor: sqlite3.Cursor) -> Executed:
    try:
        rows = cursor.fetchall() if cursor.description else []
        return Executed(rows, cursor.description, cursor.rowcount, cursor.lastrowid)
    finally:
        cursor.close()


class Cursor:
    """The cursor that SQLAlchemy uses: by the time that a statement has run, everything is here."""

    def __init__(self, connection: Connection) -> None:
        self.arraysize = 1
        self._connection = connection
        self._done = Executed([], None, -1, None)

    async def __aenter__(self) -> Self:
        """Nothing has to be opened."""
        return self

    @property
    def description(self) -> Any:
        """The columns of the rows; None if the statement has none."""
        return self._done.description

    @property
    def rowcount(self) -> int:
        """How many rows the statement changed."""
        return self._done.rowcount

    @property
    def lastrowid(self) -> int | None:
        """The key of the row that was inserted last."""
        return self._done.lastrowid

    async def execute(self, sql: str, parameters: Iterable[Any] = ()) -> None:
        """Run a statement."""
        self._done = await self._connection.run(execute, sql, parameters)

    async def executemany(self, sql: str, parameters: Iterable[Iterable[Any]]) -> None:
        """Run a statement for each of some parameters."""
        self._done = await self._connection.run(execute_many, sql, parameters)

    async def fetchall(self) -> Sequence[Any]:
        """The rows."""
        return self._done.rows

    async def close(self) -> None:
        """Nothing is open."""


class Connection(aiosqlite.Connection):
    """A connection that does in the loop what is quick. One task uses it at a time, as SQLAlchemy has it."""

    def __init__(self, connector: Callable[[], sqlite3.Connection]) -> None:
        super().__init__(connector, iter_chunk_size=64)
        # As a daemon, so that a process ends although somebody forgot to close the connection.
        self._thread = threading.Thread(target=_work, args=(self._tx,), daemon=True)
        self._thread_is_done = threading.Event()
        self._thread_is_done.set()

    def cursor(self) -> Cursor:  # type: ignore[override] # that one opens a cursor in the thread
        """A cursor for one statement."""
        return Cursor(self)

    async def run(self, function: Run, sql: str, parameters: Any) -> Executed:
        """Run a statement: in the thread if it waits for others or takes long, else at once."""
        if sql.startswith(MAY_TAKE_LONG) or not self._thread_is_done.is_set():
            return await self._in_thread(function, self._conn, sql, parameters)
        if not sql.startswith("SELECT"):
            return function(self._conn, sql, parameters)
        try:
            return self._quickly(function, sql, parameters)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
                raise
        return await self._in_thread(function, self._conn, sql, parameters)

    async def rollback(self) -> None:
        """End what was read, or what is not to be written."""
        if self._thread_is_done.is_set():
            self._conn.rollback()
        else:  # whoever waited for the thread was told to stop, and the thread was not
            await self._in_thread(self._conn.rollback)

    async def commit(self) -> None:
        """Write to the disk."""
        await self._in_thread(self._conn.commit)

    def _quickly(self, function: Run, sql: str, parameters: Any) -> Executed:
        """Run a query that is interrupted, which undoes nothing, once it has taken too long."""
        self._conn.set_progress_handler(lambda: 1, QUICK)
        try:
            return function(self._conn, sql, parameters)
        finally:
            self._conn.set_progress_handler(None, 0)

    async def _in_thread(self, function: Callable[..., T], *arguments: Any) -> T:
        done = self._thread_is_done = threading.Event()

        def call() -> T:
            try:
                return function(*arguments)
            finally:
                done.set()

        execute_in_thread = cast(Callable[[Callable[[], T]], Awaitable[T]], self._execute)
        return await execute_in_thread(call)


def _work(calls: Any) -> None:
    """Do what is asked of the thread, until it is to stop or the loop that asked is gone."""
    with suppress(
        RuntimeError
    ):  # there is nobody left to tell: aiosqlite would end with a traceback
        _connection_worker_thread(calls)


async def connect(database: str, **options: Any) -> Connection:
    """Open a database."""

    def open_it() -> sqlite3.Connection:
        opened: sqlite3.Connection = sqlite3.connect(
            database, **{**options, "check_same_thread": False}
        )
        return opened

    connection = Connection(open_it)
    await connection
    return connection
