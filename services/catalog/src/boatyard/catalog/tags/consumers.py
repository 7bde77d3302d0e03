"""What catalog does with the events of registry-notifier."""

from __future__ import annotations

from boatyard.catalog.dependencies import CatalogState
from boatyard.catalog.tags.intake import apply_changes, apply_pull
from boatyard.shared.bus.inbox import Consumer, Gathered
from boatyard.shared.db import UnitOfWork
from boatyard.shared.events import ManifestPulled, TagDeleted, TagPushed

GATHER_SECONDS = 0.05
"""Where all services share a processor, whoever is told of a tag by webhook is told sooner for it."""


def consumer(state: CatalogState) -> Consumer:
    """The one consumer: what comes together is applied together."""

    async def apply(uow: UnitOfWork, events: list[TagPushed | TagDeleted]) -> None:
        await apply_changes(uow, events, now=state.clock.now())
        uow.after_commit.append(state.arrivals.ring)

    changes = Gathered(apply)

    async def changed(uow: UnitOfWork, event: TagPushed | TagDeleted) -> None:
        changes.add(uow, event)

    async def pulled(uow: UnitOfWork, event: ManifestPulled) -> None:
        await changes.flush(uow)  # the tag that was pulled may be among these
        await apply_pull(uow, event)

    return Consumer(
        name="catalog",
        handlers={TagPushed: changed, TagDeleted: changed, ManifestPulled: pulled},
        gather=GATHER_SECONDS,
    )
