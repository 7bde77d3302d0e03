"""What catalog's routes and tasks work with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request

from boatyard.catalog.accounts.passwords import Passwords
from boatyard.catalog.registry_auth.keys import KeyRing
from boatyard.catalog.settings import CatalogSettings
from boatyard.catalog.tags.waiting import Arrivals
from boatyard.shared.access import caller, signed_in
from boatyard.shared.bus import Bus
from boatyard.shared.clock import Clock
from boatyard.shared.db import Database, UnitOfWork
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


def state(request: Request) -> CatalogState:
    """Catalog's parts in the process that serves this request."""
    return cast(CatalogState, service_state(request, "catalog"))


State = Annotated[CatalogState, Depends(state)]


async def unit_of_work(state: State) -> AsyncIterator[UnitOfWork]:
    """A transaction for one request, committed before the answer is sent."""
    async with state.database.unit_of_work() as uow:
        yield uow


Work = Annotated[UnitOfWork, Depends(unit_of_work, scope="function")]
Caller = Annotated[Access, Depends(caller)]
SignedIn = Annotated[Access, Depends(signed_in)]
