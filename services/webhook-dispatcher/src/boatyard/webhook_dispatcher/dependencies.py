"""What webhook-dispatcher's routes, consumers and tasks work with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request

from boatyard.shared.access import RepositoryAccess, may
from boatyard.shared.clock import Clock
from boatyard.shared.db import Database, UnitOfWork
from boatyard.shared.events import Verb
from boatyard.shared.service import service_state
from boatyard.webhook_dispatcher.actions.intake import Entered
from boatyard.webhook_dispatcher.engine import Engine
from boatyard.webhook_dispatcher.formats import Links
from boatyard.webhook_dispatcher.metrics import Metrics
from boatyard.webhook_dispatcher.settings import WebhookDispatcherSettings
from boatyard.webhook_dispatcher.vault import Vault

SERVICE_NAME = "webhook-dispatcher"


@dataclass(frozen=True, kw_only=True)
class DispatcherState:
    """The parts that webhook-dispatcher is made of."""

    settings: WebhookDispatcherSettings
    database: Database
    clock: Clock
    vault: Vault
    links: Links
    engine: Engine
    metrics: Metrics

    def hand_over(self, entered: Entered) -> None:
        """Give the engine what was committed and is due."""
        self.metrics.entered(len(entered.ready))
        self.engine.offer(entered.facts.values(), entered.ready, entered.announcements)


async def state(request: Request) -> DispatcherState:
    """The dispatcher's parts in the process that serves this request."""
    return cast(DispatcherState, service_state(request, SERVICE_NAME))


State = Annotated[DispatcherState, Depends(state)]


async def unit_of_work(state: State) -> AsyncIterator[UnitOfWork]:
    """A transaction for one request, committed before the answer is sent."""
    async with state.database.unit_of_work() as uow:
        yield uow


Work = Annotated[UnitOfWork, Depends(unit_of_work, scope="function")]
CanAdmin = Annotated[RepositoryAccess, Depends(may(Verb.ADMIN))]
"""A webhook's address and records are secrets of its repository, so only who administers that sees them."""
