"""What the routes and tasks of github-gateway work with."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Annotated, cast

from fastapi import Depends, Request

from boatyard.github_gateway.credentials import Credentials
from boatyard.github_gateway.github.client import GithubClient
from boatyard.github_gateway.identity.current import CurrentApp
from boatyard.github_gateway.inbound.intake import Intake
from boatyard.github_gateway.settings import GithubGatewaySettings
from boatyard.github_gateway.vault import Vault
from boatyard.shared.access import RepositoryAccess, caller, may, signed_in, stands_for_owner
from boatyard.shared.clock import Clock
from boatyard.shared.db import Database, UnitOfWork
from boatyard.shared.errors import Forbidden
from boatyard.shared.events import Access, Verb
from boatyard.shared.service import service_state


@dataclass(frozen=True)
class Bells:
    """Wake the tasks of this process when there is something for them to do."""

    deliveries: asyncio.Event = field(default_factory=asyncio.Event)
    statuses: asyncio.Event = field(default_factory=asyncio.Event)
    sources: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True, kw_only=True)
class GatewayState:
    """The parts that github-gateway is made of."""

    settings: GithubGatewaySettings
    database: Database
    clock: Clock
    vault: Vault
    github: GithubClient
    app: CurrentApp
    credentials: Credentials
    bells: Bells
    intake: Intake
    large_bodies: asyncio.Semaphore
    """Large bodies of deliveries are read one after the other, a few at once."""


async def state(request: Request) -> GatewayState:
    """The parts in the process that serves this request. Asynchronous, or each request would take a thread."""
    return cast(GatewayState, service_state(request, "github-gateway"))


State = Annotated[GatewayState, Depends(state)]


async def unit_of_work(state: State) -> AsyncIterator[UnitOfWork]:
    """A transaction for one request, committed before the answer is sent."""
    async with state.database.unit_of_work() as uow:
        yield uow


Work = Annotated[UnitOfWork, Depends(unit_of_work, scope="function")]
Caller = Annotated[Access, Depends(caller)]
SignedIn = Annotated[Access, Depends(signed_in)]
CanPull = Annotated[RepositoryAccess, Depends(may(Verb.PULL))]
CanPush = Annotated[RepositoryAccess, Depends(may(Verb.PUSH))]
CanAdmin = Annotated[RepositoryAccess, Depends(may(Verb.ADMIN))]


async def person(access: SignedIn) -> Access:
    """Who is calling, if that is a person, with a credential that is good for their whole account."""
    if access.account_id is None:
        raise Forbidden("no-account", "A robot has no account at GitHub.")
    if not stands_for_owner(access):
        raise Forbidden(
            "scope-too-small",
            "This token's scope does not cover the account: it needs * with every verb.",
        )
    return access


Person = Annotated[Access, Depends(person)]


async def administrator(access: Person) -> Access:
    """Who is calling, if they administer this Boatyard."""
    if not access.administrator:
        raise Forbidden("administrators-only", "Only administrators may do this.")
    return access


Administrator = Annotated[Access, Depends(administrator)]
