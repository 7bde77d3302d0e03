"""What catalog's routes and tasks work with."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Annotated, cast

from fastapi import Depends, Request
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.exc import StaleDataError

from boatyard.catalog.accounts.passwords import Passwords
from boatyard.catalog.registry_auth.keys import KeyRing
from boatyard.catalog.settings import CatalogSettings
from boatyard.catalog.tags.waiting import Arrivals
from boatyard.shared.access import caller, signed_in
from boatyard.shared.bus import Bus
from boatyard.shared.clock import Clock
from boatyard.shared.db import Database, UnitOfWork
from boatyard.shared.errors import Conflict
from boatyard.shared.events import Access
from boatyard.shared.registry import Registry
from boatyard.shared.service import service_state


@dataclass(frozen=True, kw_only=True)
class CatalogState:
    """The parts that catalog is made of."""

    settings: CatalogSettings
    database: Database
    bus: Bus
    clock: Clock
    registry: Registry
    keys: KeyRing
    passwords: Passwords
    arrivals: Arrivals
    deletions: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a repository is to be deleted: wakes the task that empties it."""


async def state(request: Request) -> CatalogState:
    """Catalog's parts in the process that serves this request."""
    return cast(CatalogState, service_state(request, "catalog"))


State = Annotated[CatalogState, Depends(state)]


async def unit_of_work(state: State) -> AsyncIterator[UnitOfWork]:
    """A transaction for one request, committed before the answer is sent.

    The last resort for two requests that want the same thing at the same moment: the database lets one of them
    have it, and the other is told so.
    """
    try:
        async with state.database.unit_of_work() as uow:
            yield uow
    except (IntegrityError, StaleDataError) as error:
        raise Conflict(
            "changed-meanwhile", "Somebody else changed this at the same moment: try again."
        ) from error


async def reading(state: State) -> AsyncIterator[AsyncSession]:
    """A session for a request that writes nothing, so that it waits for nobody who writes."""
    async with state.database.reading() as session:
        yield session


Work = Annotated[UnitOfWork, Depends(unit_of_work, scope="function")]
Reading = Annotated[AsyncSession, Depends(reading, scope="function")]
Caller = Annotated[Access, Depends(caller)]
SignedIn = Annotated[Access, Depends(signed_in)]
