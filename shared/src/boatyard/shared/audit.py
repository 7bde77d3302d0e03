"""The audit trail: which request a transaction belongs to, so that what it changes says who did it.

A route of the API that changes something has a trail. The first transaction that commits while the route runs
takes the record along in its outbox: what was done is recorded if and only if it was done. Where a route
commits nothing of its own, it calls `record`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog
from fastapi import Request

from boatyard.shared.events import Access, AuditOutcome, CredentialKind, RecordAction

if TYPE_CHECKING:
    from boatyard.shared.db import Database

MAX_TEXT = 512
"""Characters of a value that are kept: what people send as a name may be any length."""
UNAUDITED = {"x-audited": False}
"""The `openapi_extra` of a route that only looks or tries, although its method could change something."""


@dataclass
class Trail:
    """One request on its way: what it wants to do, and to what."""

    action: str
    target: dict[str, str]
    address: str
    request_id: str
    actor: str | None = None
    credential: CredentialKind | None = None
    outcome: AuditOutcome = AuditOutcome.DONE
    details: dict[str, str] = field(default_factory=dict)
    recorded: bool = False

    def is_recorded(self) -> None:
        """Note that a transaction has taken the record along."""
        self.recorded = True

    def record(self) -> RecordAction:
        """What the audit log is to keep."""
        return RecordAction(
            action=self.action,
            outcome=self.outcome,
            actor=self.actor[:MAX_TEXT] if self.actor else self.actor,
            credential=self.credential,
            target={name: value[:MAX_TEXT] for name, value in self.target.items()},
            details={name: value[:MAX_TEXT] for name, value in self.details.items()},
            address=self.address,
            request_id=self.request_id,
        )


_current: ContextVar[Trail | None] = ContextVar("audit_trail", default=None)


async def trail(request: Request) -> AsyncIterator[None]:
    """The dependency of a route that changes something: what commits while it runs is recorded as its doing."""
    current = Trail(
        action=request.scope["route"].name,
        target=dict(request.path_params),
        address=request.client.host if request.client else "unknown",
        request_id=structlog.contextvars.get_contextvars().get("request_id", ""),
    )
    _current.set(current)
    try:
        yield
    finally:
        current.recorded = True  # a task that outlives the request acts for itself
        _current.set(None)


def unrecorded() -> Trail | None:
    """The trail of the request that is served here, if nothing of it is recorded yet."""
    current = _current.get()
    return None if current is None or current.recorded else current


def caller(access: Access, kind: CredentialKind) -> None:
    """Note who is calling."""
    current = unrecorded()
    if current is not None and access.authenticated:
        current.actor, current.credential = access.username, kind


def note(*, actor: str | None = None, **details: object) -> None:
    """Note what the record should say besides; `actor` where it is known by no credential, as at a sign-in."""
    current = unrecorded()
    if current is None:
        return
    current.actor = actor or current.actor
    current.details |= {name: str(value) for name, value in details.items() if value is not None}


async def record(database: Database) -> None:
    """Record what a route does that commits nothing of its own."""
    async with database.unit_of_work():
        pass


def refused() -> None:
    """Note that what was wanted was not done."""
    current = unrecorded()
    if current is not None:
        current.outcome = AuditOutcome.REFUSED
