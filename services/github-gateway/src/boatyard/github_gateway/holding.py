"""Holds what is worked on for as long as that takes: what a killed process held is free within seconds."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from boatyard.github_gateway.dependencies import GatewayState
from boatyard.shared import leases
from boatyard.shared.db import DATABASE_FAULTS
from boatyard.shared.leases import LeaseColumns
from boatyard.shared.logging import get_logger
from boatyard.shared.waiting import wait_for_event

LEASE = dt.timedelta(seconds=20)
"""After how long without a sign of life a process is taken for gone, and what it held for free."""
_log = get_logger("github-gateway")


@asynccontextmanager
async def held(state: GatewayState, rows: Sequence[LeaseColumns]) -> AsyncIterator[None]:
    """Renew the lease of rows that were claimed together for `LEASE`, until the block is left."""
    done = asyncio.Event()
    renewing = [asyncio.create_task(_renew(state, row, done)) for row in rows[:1]]
    try:
        yield
    finally:
        done.set()
        await asyncio.gather(*renewing)


async def _renew(state: GatewayState, row: LeaseColumns, done: asyncio.Event) -> None:
    assert row.claim_id is not None  # noqa: S101 - it was claimed
    while not await wait_for_event(done, LEASE.total_seconds() / 4):
        until = state.clock.now() + LEASE
        try:
            async with state.database.unit_of_work() as uow:
                await leases.renew(uow.session, type(row), claim_id=row.claim_id, until=until)
        except DATABASE_FAULTS as error:
            _log.warning("lease_not_renewed", reason=type(error).__name__)
