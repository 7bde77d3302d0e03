"""`boatyard move-to-postgresql`: the databases of an embedded installation, from SQLite into PostgreSQL.

Each service is moved in one transaction of PostgreSQL, tables and rows: a database has everything or nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from sqlalchemy.exc import SQLAlchemyError

from boatyard.shared import migrations
from boatyard.shared.db import DATABASE_FAULTS, Database
from boatyard.shared.mendable import MendableError, StartError
from boatyard.shared.service import Service
from boatyard.shared.settings import variable_name
from boatyard.standalone.backup import database_urls, sqlite_file
from boatyard.standalone.dumps import address
from boatyard.standalone.folder import DataFolder
from boatyard.standalone.progress import Progress
from boatyard.standalone.services import SERVICES
from boatyard.standalone.settings import StandaloneSettings

BATCH = 500
NO_ROWS = frozenset({"alembic_version", "sqlite_sequence"})
"""Tables of SQLite that the migrations, or the sequences, stand for."""


class MoveError(MendableError):
    """A database can't be moved, and what was begun of it is undone."""


async def move(settings: StandaloneSettings, progress: Progress) -> list[str]:
    """Move the database of every service that is given one in PostgreSQL; returns their names.

    StartError while Boatyard runs; MoveError if a target has tables already, before anything is moved, or if
    something goes wrong: then what was moved by then is named.
    """
    folder = DataFolder(settings.data_dir)
    pairs = _pairs(settings, folder.path)
    folder.hold()
    moved: list[str] = []
    try:
        with folder.upkeep():
            for service, _, url in pairs:
                await _check_empty(service, url)
            for service, file, url in pairs:
                with _named(service, moved), progress.step(f"{service.name}, rows"):
                    await _move(service, file, url, progress)
                moved.append(service.name)
    finally:
        folder.close()
    return moved


def _pairs(settings: StandaloneSettings, folder: Path) -> list[tuple[Service, Path, str]]:
    """What is to be moved: the service, its file, and where to."""
    urls = database_urls(settings)
    found = [
        (service, folder / f"{service.name}.db", urls[service.name])
        for service in SERVICES
        if sqlite_file(urls[service.name]) is None
    ]
    if not found:
        names = ", ".join(variable_name(service.name, "database_url") for service in SERVICES)
        raise StartError(
            f"no service is given a database in PostgreSQL: set {names} to postgresql+asyncpg://…"
        )
    for service, file, _ in found:
        if not file.is_file():
            raise StartError(f"there is no {file} of {service.name}: is BOATYARD_DATA_DIR right?")
    return found


async def _check_empty(service: Service, url: str) -> None:
    database = Database(url)
    try:
        async with database.reading() as session:
            connection = await session.connection()
            tables = await connection.run_sync(lambda sync: sa.inspect(sync).get_table_names())
    except DATABASE_FAULTS as error:
        reason = getattr(error, "orig", None) or error
        raise MoveError(
            f"the database for {service.name} can't be reached ({address(url)}): {reason}"
        ) from error
    finally:
        await database.close()
    if tables:
        raise MoveError(
            f"the database for {service.name} is not empty ({address(url)}): make an empty one"
        )


async def _move(service: Service, file: Path, url: str, progress: Progress) -> None:
    source, target = Database(f"sqlite+aiosqlite:///{file}"), Database(url)
    try:
        await migrations.upgrade(service, source)  # or its tables would not be those of the target
        async with target.unit_of_work(recorded=False) as uow:
            connection = await uow.session.connection()
            await connection.run_sync(lambda sync: _fill(service, file, sync, progress))
    finally:
        await source.close()
        await target.close()


def _fill(service: Service, file: Path, target: sa.Connection, progress: Progress) -> None:
    command.upgrade(migrations.config_for(service, target), "head")
    engine = sa.create_engine(f"sqlite:///{file}")
    try:
        with engine.connect() as source:
            tables = (
                service.tables.outbox.metadata.sorted_tables
            )  # those that others refer to first
            _check_known(source, {table.name for table in tables})
            for table in tables:
                _copy(table, source, target, progress)
                _go_on_counting(table, source, target)
            for table in tables:
                _compare(table, source, target)
    finally:
        engine.dispose()


def _check_known(source: sa.Connection, known: set[str]) -> None:
    unknown = set(sa.inspect(source).get_table_names()) - known - NO_ROWS
    if unknown:
        raise MoveError(f"there are tables that this Boatyard doesn't know: {', '.join(unknown)}")


def _copy(
    table: sa.Table, source: sa.Connection, target: sa.Connection, progress: Progress
) -> None:
    wanted = sa.select(table).order_by(*table.primary_key)
    rows = source.execute(wanted.execution_options(yield_per=BATCH)).mappings()
    for batch in rows.partitions():
        target.execute(sa.insert(table), [dict(row) for row in batch])
        progress.count(items=len(batch))


def _go_on_counting(table: sa.Table, source: sa.Connection, target: sa.Connection) -> None:
    """Set the sequence behind a counted key to where SQLite was: a number is not given out twice."""
    column = table.autoincrement_column
    if column is None:
        return
    sequence = target.scalar(
        sa.select(sa.func.pg_get_serial_sequence(f'"{table.name}"', column.name))
    )
    last = max(source.scalar(sa.select(sa.func.max(column))) or 0, _last_given(table, source))
    if sequence is not None and last > 0:
        target.execute(sa.select(sa.func.setval(sequence, last)))


def _last_given(table: sa.Table, source: sa.Connection) -> int:
    """The last number that SQLite has given out in a table where it keeps count of them."""
    if not sa.inspect(source).has_table("sqlite_sequence"):
        return 0
    counts = sa.table("sqlite_sequence", sa.column("name"), sa.column("seq", sa.Integer))
    return source.scalar(sa.select(counts.c.seq).where(counts.c.name == table.name)) or 0


def _compare(table: sa.Table, source: sa.Connection, target: sa.Connection) -> None:
    there, here = (
        connection.scalar(sa.select(sa.func.count()).select_from(table))
        for connection in (source, target)
    )
    if there != here:
        raise MoveError(f"{table.name} had {there} rows and has {here} in PostgreSQL")


@contextmanager
def _named(service: Service, moved: list[str]) -> Iterator[None]:
    """Say which service could not be moved, and which were moved before."""
    try:
        yield
    except (SQLAlchemyError, OSError, MoveError) as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        before = f"; {', '.join(moved)} were moved: empty their databases first" if moved else ""
        raise MoveError(
            f"{service.name} can't be moved, and nothing of it was: {reason}. To try again, mend "
            f"that{before}"
        ) from error
