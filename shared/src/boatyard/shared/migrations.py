"""Brings a service's database up to the version that its code needs (Alembic, run in process)."""

from __future__ import annotations

import asyncio
import threading
from importlib.resources import files

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy.exc import DatabaseError

from boatyard.shared.db import Database
from boatyard.shared.mendable import MendableError
from boatyard.shared.service import Service

_ALEMBIC = threading.Lock()
"""Alembic's context is global to the process, so only one migration runs at a time."""
_POSTGRES_LOCK_KEY = 0x626F6174
"""Keeps two processes from migrating one PostgreSQL database at once; SQLite's own lock does that there."""


class MigrationError(MendableError):
    """A database can't be used; the text says what to do about it."""


def config_for(service: Service, connection: sa.Connection) -> Config:
    """Alembic's configuration for a service's migrations on an open connection."""
    config = Config()
    config.set_main_option("script_location", str(files(service.tables.migrations)))
    config.attributes["connection"] = connection
    config.attributes["metadata"] = service.tables.outbox.metadata
    return config


async def upgrade(service: Service, database: Database) -> None:
    """Migrate to the newest version; MigrationError if the database is damaged or newer than the code."""
    try:
        await _run(service, database, lambda config: command.upgrade(config, "head"))
    except DatabaseError as error:
        raise MigrationError(_advice(service, database, error)) from error
    except CommandError as error:
        raise MigrationError(
            f"the database of {service.name} ({_place(database)}) was used by a newer Boatyard ({error}): "
            "run that version, or put a backup from before in its place"
        ) from error


async def downgrade(service: Service, database: Database, revision: str) -> None:
    """Migrate back to a revision, for tests."""
    await _run(service, database, lambda config: command.downgrade(config, revision))


async def check(service: Service, database: Database) -> None:
    """Raise alembic's CommandError if the tables in code differ from the migrations."""
    await _run(service, database, command.check)


async def _run(service: Service, database: Database, action: object) -> None:
    async with database.unit_of_work() as uow:
        connection = await uow.session.connection()
        if not database.is_sqlite:
            await connection.execute(
                sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _POSTGRES_LOCK_KEY}
            )

        def work(sync: sa.Connection) -> None:
            with _ALEMBIC:
                assert callable(action)  # noqa: S101 - narrows for the type checker
                action(config_for(service, sync))

        await connection.run_sync(work)
    await asyncio.sleep(0)


def _place(database: Database) -> str:
    return database.url.render_as_string(hide_password=True)


def _advice(service: Service, database: Database, error: DatabaseError) -> str:
    where = _place(database)
    text = str(error.orig)
    if "malformed" in text or "not a database" in text:
        return (
            f"the database of {service.name} is damaged ({where}): "
            "put a backup of the file in its place, or move it away to start with an empty one"
        )
    if "readonly" in text or "unable to open" in text:
        return f"the database of {service.name} can't be written ({where}): check the folder and the disk"
    return f"the database of {service.name} can't be brought up to date ({where}): {text}"
