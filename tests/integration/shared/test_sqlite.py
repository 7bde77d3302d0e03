"""SQLite's driver behaves as SQLAlchemy needs it, on a real file."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from boatyard.shared import sqlite
from boatyard.shared.db import Database

T = sa.Table(
    "t",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String, nullable=False),
)
COUNT_FOR_LONG = sa.text(
    "SELECT count(*) FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
    "WHERE i < 300000) SELECT i FROM n)"
)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/test.db")
    async with database.unit_of_work() as uow:
        await (await uow.session.connection()).run_sync(T.metadata.create_all)
    yield database
    await database.close()


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements, in the order in which they began, each with where that was: loop or thread."""
    seen: list[str] = []
    loop = threading.current_thread()

    def execute(connection: Any, sql: str, parameters: Any) -> Any:
        where = "loop" if threading.current_thread() is loop else "thread"
        if not sql.startswith("PRAGMA"):  # which new connections begin with
            seen.append(f"{sql.split()[0]} {where}")
        return original(connection, sql, parameters)

    original = sqlite.execute
    monkeypatch.setattr(sqlite, "execute", execute)
    return seen


async def test_rows_keys_and_counts_arrive(database: Database) -> None:
    async with database.unit_of_work() as uow:
        connection = await uow.session.connection()
        inserted = await connection.execute(sa.insert(T).values(name="a"))
        returned = await connection.execute(
            sa.insert(T).returning(T.c.id), [{"name": "b"}, {"name": "c"}]
        )
        renamed = await connection.execute(
            sa.update(T).where(T.c.id == sa.bindparam("of")).values(name="x"),
            [{"of": 1}, {"of": 2}, {"of": 9}],
        )
        deleted = await connection.execute(sa.delete(T).where(T.c.name == "x"))
    assert inserted.inserted_primary_key == (1,)
    assert returned.scalars().all() == [2, 3]
    assert renamed.rowcount == 2
    assert deleted.rowcount == 2
    async with database.reading() as session:
        assert (await session.execute(sa.select(T))).all() == [(3, "c")]


async def test_what_is_quick_is_done_in_the_loop(database: Database, threads: list[str]) -> None:
    async with database.unit_of_work() as uow:
        await uow.session.execute(sa.insert(T).values(name="a"))
        await uow.session.execute(sa.delete(T))
    async with database.reading() as session:
        await session.execute(sa.select(T))
    assert threads == [
        "BEGIN thread",
        "INSERT loop",
        "DELETE thread",
        "BEGIN loop",
        "SELECT loop",
    ]


async def test_a_query_that_takes_long_goes_on_in_the_thread(
    database: Database, threads: list[str]
) -> None:
    async with database.unit_of_work() as uow:
        await uow.session.execute(sa.insert(T).values(name="a"))
        assert (await uow.session.execute(COUNT_FOR_LONG)).scalar_one() == 300_000
        await uow.session.execute(sa.insert(T).values(name="b"))
    assert threads[-3:] == ["SELECT loop", "SELECT thread", "INSERT loop"]
    async with database.reading() as session:
        assert (await session.execute(sa.select(T.c.name))).scalars().all() == ["a", "b"]


async def test_the_loop_goes_on_while_a_write_waits_for_another_process(
    database: Database, tmp_path: Path
) -> None:
    other = Database(f"sqlite+aiosqlite:///{tmp_path}/test.db")
    entered = asyncio.Event()

    async def write() -> None:
        async with other.unit_of_work() as uow:
            entered.set()
            await uow.session.execute(sa.insert(T).values(name="b"))

    async with database.unit_of_work() as uow:
        await uow.session.execute(sa.insert(T).values(name="a"))
        writing = asyncio.create_task(write())
        await entered.wait()
        for _ in range(3):
            await asyncio.sleep(0.01)
        assert not writing.done()
    await writing
    await other.close()


async def test_an_error_is_told_as_ever_and_the_connection_goes_on(database: Database) -> None:
    with pytest.raises(IntegrityError):
        async with database.unit_of_work() as uow:
            await uow.session.execute(sa.insert(T).values(id=1, name=None))
    async with database.unit_of_work() as uow:
        await uow.session.execute(sa.insert(T).values(id=1, name="a"))


async def test_one_who_leaves_in_the_middle_leaves_nothing_behind(database: Database) -> None:
    entered = asyncio.Event()

    async def write() -> None:
        async with database.unit_of_work() as uow:
            await uow.session.execute(sa.insert(T).values(id=1, name="a"))
            entered.set()
            await asyncio.Event().wait()

    writing = asyncio.create_task(write())
    await entered.wait()
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)
    async with database.unit_of_work() as uow:
        assert (await uow.session.execute(sa.select(T))).all() == []


async def test_one_who_leaves_a_query_in_the_thread_leaves_it_to_its_end(
    database: Database, threads: list[str]
) -> None:
    async def read() -> None:
        async with database.reading() as session:
            await session.execute(COUNT_FOR_LONG)

    reading = asyncio.create_task(read())
    while "SELECT thread" not in threads:
        await asyncio.sleep(0)
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    async with database.reading() as session:
        assert (await session.execute(sa.select(T))).all() == []


async def test_a_reader_sees_one_moment_while_another_writes(database: Database) -> None:
    async with database.reading() as session:
        assert (await session.execute(sa.select(T))).all() == []
        async with database.unit_of_work() as uow:
            await uow.session.execute(sa.insert(T).values(id=1, name="a"))
        assert (await session.execute(sa.select(T))).all() == []
