"""What the routes of registry-notifier are given."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Annotated, cast

from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from boatyard.registry_notifier.actions import Receipt
from boatyard.registry_notifier.doubts import Doubts
from boatyard.registry_notifier.envelope import MEDIA_TYPE, Envelope
from boatyard.registry_notifier.metrics import Metrics
from boatyard.shared.access import signed_in, stands_for_owner
from boatyard.shared.clock import Clock
from boatyard.shared.db import DATABASE_FAULTS, Database, UnitOfWork
from boatyard.shared.errors import Forbidden, Invalid, Unauthenticated, Unavailable
from boatyard.shared.events import Access
from boatyard.shared.logging import get_logger
from boatyard.shared.service import service_state

SERVICE_NAME = "registry-notifier"

_log = get_logger(SERVICE_NAME)
_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="registry",
    description="The secret that the registry's configuration shares with registry-notifier.",
)


@dataclass(frozen=True, kw_only=True)
class State:
    """What the routes work with."""

    secret: str
    database: Database
    clock: Clock
    metrics: Metrics
    doubts: Doubts
    wake: asyncio.Event
    """Set when a sweep was asked for."""
    heard_of: set[str] = field(default_factory=set)
    """The processes of the registry whose notifications came to this process of ours."""

    def note(self, receipt: Receipt) -> None:
        """Act on what was committed with the notifications of one request."""
        self.metrics.received(receipt)
        self.doubts.add(receipt.doubts)
        self.heard_of.update(receipt.new_instances)
        if receipt.sweep:
            self.wake.set()


async def state(request: Request) -> State:
    """The state of this service; like all here a coroutine, or FastAPI would start a thread for it."""
    return cast(State, service_state(request, SERVICE_NAME))


async def unit_of_work(here: Annotated[State, Depends(state)]) -> AsyncIterator[UnitOfWork]:
    """A transaction that is committed before the answer is sent; Unavailable if it can't be."""
    with _database_problems():
        async with here.database.unit_of_work() as uow:
            yield uow


async def reading(here: Annotated[State, Depends(state)]) -> AsyncIterator[AsyncSession]:
    """A session that writes nothing; Unavailable if there can't be one."""
    with _database_problems():
        async with here.database.reading() as session:
            yield session


@contextmanager
def _database_problems() -> Iterator[None]:
    """Turn what the database raises into a problem for the client, who is to try again."""
    try:
        yield
    except DATABASE_FAULTS as error:
        _log.error("database_unavailable", exc_info=error)
        raise Unavailable(
            "database-unavailable", "The database can't be reached now. Try again in a moment."
        ) from error


async def from_registry(
    request: Request,
    here: Annotated[State, Depends(state)],
    shown: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> None:
    """Refuse whoever is not the registry, and what is not an envelope of notifications."""
    given = shown.credentials if shown else ""
    if not hmac.compare_digest(given.encode(), here.secret.encode()):
        _log.warning("notification_refused", shown=bool(given))
        raise Unauthenticated(
            "notification-refused",
            "Only the registry may send notifications: it shows the secret that both were given.",
        )
    media_type = request.headers.get("Content-Type", "").partition(";")[0].strip()
    if not MEDIA_TYPE.fullmatch(media_type):
        raise Invalid.field(
            "header.Content-Type",
            "must be application/vnd.docker.distribution.events.v1+json, …v2+json or application/json",
        )


async def read_envelope(request: Request) -> Envelope:
    """The body of a request whose sender is known; read here, since FastAPI would read it before that."""
    try:
        return Envelope.model_validate_json(await request.body())
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        raise RequestValidationError(
            [{**fault, "loc": ("body", *fault["loc"])} for fault in faults]
        ) from error


async def administrator(access: Annotated[Access, Depends(signed_in)]) -> Access:
    """Who is calling; Forbidden for those who do not administer this Boatyard, or not with this token."""
    if not access.administrator:
        raise Forbidden("administrators-only", "Only administrators may do this.")
    if not stands_for_owner(access):
        raise Forbidden(
            "scope-too-small", "This token's scope is too small: it needs * with every verb."
        )
    return access
