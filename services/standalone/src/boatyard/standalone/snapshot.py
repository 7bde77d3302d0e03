"""One moment of several SQLite databases that are in use, copied."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from boatyard.shared.mendable import StartError

WAIT_SECONDS = 2.0
"""How long one database is waited for while writers of the others are kept waiting."""
TRIES = 30
PAGES = 2048
"""Copied at a time: 8 MiB."""

Database = sqlite3.Connection


@contextmanager
def one_moment(files: Mapping[str, Path]) -> Iterator[dict[str, Database]]:
    """Connections that all see the databases as they were at one and the same moment, for as long as they like.

    For that moment, a few milliseconds, nobody may write to any of them. So there is nothing that one service
    has handled and another has not said yet: a message is in the sender's outbox before it is in an inbox, and
    every cut keeps to that. In whatever order databases were copied one after the other, some pair of services
    that talk both ways would be torn. What was said and not handled by then is sent again after a restore.
    """
    with ExitStack() as stack:
        reading = {name: stack.enter_context(_opened(file)) for name, file in files.items()}
        with ExitStack() as locks:
            writing = [locks.enter_context(_opened(file)) for file in files.values()]
            _keep_writers_out(writing)
            for database in reading.values():
                database.execute("BEGIN")
                database.execute("SELECT count(*) FROM sqlite_master").fetchone()  # it begins here
        yield reading


def copied(database: Database, target: Path, tell: Callable[[int], None]) -> None:
    """Copy what a connection sees into a new file of the owner's; `tell` is told of bytes that are done."""
    target.touch(mode=0o600)
    page = database.execute("PRAGMA page_size").fetchone()[0]
    left: list[int] = []

    def done(_status: int, remaining: int, total: int) -> None:
        tell(page * ((left[-1] if left else total) - remaining))
        left.append(remaining)

    with closing(sqlite3.connect(target, isolation_level=None)) as copy:
        database.backup(copy, pages=PAGES, progress=done)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, and no others beside it


@contextmanager
def _opened(file: Path) -> Iterator[Database]:
    if not file.is_file():
        raise StartError(
            f"there is no database {file}: name the folder of the installation in BOATYARD_DATA_DIR"
        )
    try:
        database = sqlite3.connect(file, timeout=WAIT_SECONDS, isolation_level=None)
    except sqlite3.Error as error:
        raise StartError(f"{file} can't be opened: {error}") from error
    with closing(database):
        yield database


def _keep_writers_out(databases: list[Database]) -> None:
    """Lock all of them for writing. Who waits for one gives the others back, lest somebody waits for us."""
    for _ in range(TRIES):
        try:
            for database in databases:
                database.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise StartError(f"a database can't be read: {error}") from error
            for database in databases:
                if database.in_transaction:
                    database.execute("ROLLBACK")
        else:
            return
    raise StartError("the databases are written to without a pause: try again in a quieter hour")
