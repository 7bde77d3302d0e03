"""What every service tells of becomes the audit log."""

from __future__ import annotations

from boatyard.catalog.audit.models import AuditRow
from boatyard.shared.bus.inbox import Consumer
from boatyard.shared.db import UnitOfWork
from boatyard.shared.events import RecordAction


def consumer() -> Consumer:
    """What catalog does with the records of all services."""
    return Consumer(name="catalog-audit", handlers={RecordAction: keep})


async def keep(uow: UnitOfWork, record: RecordAction) -> None:
    """Enter a record."""
    target = record.target
    named = "namespace" in target and "name" in target
    uow.session.add(
        AuditRow(
            id=record.id,
            at=record.occurred_at,
            action=record.action,
            outcome=record.outcome.value,
            actor=record.actor,
            credential=record.credential.value if record.credential else None,
            repository=f"{target['namespace']}/{target['name']}" if named else None,
            target=record.target,
            details=record.details,
            address=record.address[:64],
            request_id=record.request_id[:64],
        )
    )
