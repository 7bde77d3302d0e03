"""What builder's routes and tasks work with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request

from boatyard.builder.actions import Queue
from boatyard.builder.engine_host import EngineHost
from boatyard.builder.logs import LogStore
from boatyard.builder.metrics import BuildMetrics
from boatyard.builder.settings import BuilderSettings
from boatyard.builder.source import Source
from boatyard.shared.bus import Bus
from boatyard.shared.clock import Clock
from boatyard.shared.db import Database, UnitOfWork
from boatyard.shared.service import service_state


@dataclass(frozen=True, kw_only=True)
class BuilderState:
    """The parts that builder is made of."""

    settings: BuilderSettings
    database: Database
    bus: Bus
    clock: Clock
    queue: Queue
    logs: LogStore
    engines: EngineHost
    source: Source
    metrics: BuildMetrics


async def state(request: Request) -> BuilderState:
    """Builder's parts in the process that serves this request."""
    return cast(BuilderState, service_state(request, "builder"))


State = Annotated[BuilderState, Depends(state)]


async def unit_of_work(state: State) -> AsyncIterator[UnitOfWork]:
    """A transaction for one request, committed before the answer is sent."""
    async with state.database.unit_of_work() as uow:
        yield uow


Work = Annotated[UnitOfWork, Depends(unit_of_work, scope="function")]
