"""What processes that were killed may leave behind: nothing that is held, and no folder."""

from __future__ import annotations

import asyncio

import sqlalchemy as sa
from sqlmodel import col

from boatyard.builder.models import Build, Fence
from boatyard.github_gateway.inbound.models import Received
from boatyard.github_gateway.sources.models import Source
from boatyard.github_gateway.statuses.models import StatusRow
from boatyard.shared.db import Database
from boatyard.shared.leases import LeaseColumns
from boatyard.webhook_dispatcher.models import Delivery
from tests.e2e.fleet import Fleet

LEASED: dict[str, tuple[type[LeaseColumns], ...]] = {
    "builder": (Build,),
    "github-gateway": (Received, Source, StatusRow),
    "webhook-dispatcher": (Delivery,),
}
FREE = 60.0
"""Seconds within which nothing must be held any more: more than any lease takes to run out."""


async def held(fleet: Fleet, service: str) -> dict[str, int]:
    """How much a service's workers hold, by table."""
    database = Database(fleet.database_url(service))
    try:
        async with database.reading() as session:
            found = {}
            for row in LEASED[service]:
                claimed = sa.select(sa.func.count()).where(col(row.claim_id).is_not(None))
                found[row.__name__] = int((await session.execute(claimed)).scalar_one())
            if service == "builder":
                holding = sa.select(sa.func.count()).where(col(Fence.holder).is_not(None))
                found["Fence"] = int((await session.execute(holding)).scalar_one())
            return found
    finally:
        await database.close()


async def nothing_is_left(fleet: Fleet) -> None:
    """Wait until nobody holds anything, and each builder has an empty folder and there is no other."""
    async with asyncio.timeout(FREE):
        for service in LEASED:
            while any((await held(fleet, service)).values()):
                await asyncio.sleep(0.2)
    work = fleet.folder / "var" / "work"
    assert len(list(work.iterdir())) == sum(name.startswith("builder") for name in fleet.services)
    assert not list(work.glob("*/*"))
