"""On SQLite exactly one process dispatches: whoever holds the lock beside the database file."""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from boatyard.shared.db import Database
from boatyard.shared.logging import get_logger
from boatyard.shared.waiting import wait_for_event

ASK_SECONDS = 1.0
_log = get_logger("webhook-dispatcher")


@asynccontextmanager
async def sole_dispatcher(database: Database, stop: asyncio.Event) -> AsyncIterator[bool]:
    """Wait to be the only dispatcher of an SQLite file, for the length of a block; False if stopped first.

    On PostgreSQL there may be many, and nothing is waited for.
    """
    name = database.url.database
    if not database.is_sqlite or not name or name == ":memory:":
        yield True
        return
    file = os.open(f"{name}.dispatcher-lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        yield await _acquire(file, stop)
    finally:
        os.close(file)


async def _acquire(file: int, stop: asyncio.Event) -> bool:
    waited = False
    while not stop.is_set():
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not waited:
                _log.info("dispatcher_stands_by")
            waited = True
            await wait_for_event(stop, ASK_SECONDS)
        else:
            return True
    return False
