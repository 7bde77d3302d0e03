"""What catalog does with the events of registry-notifier."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from boatyard.catalog.dependencies import CatalogState
from boatyard.catalog.tags.intake import apply_changes, apply_pull
from boatyard.shared.bus.inbox import Consumer
from boatyard.shared.db import UnitOfWork
from boatyard.shared.events import ManifestPulled, TagDeleted, TagPushed

GATHER_SECONDS = 0.05
"""Where all services share a processor, whoever is told of a tag by webhook is told sooner for it."""


class Intake:
    """Collects the changes of one transaction, and applies them together."""

    def __init__(self, state: CatalogState, uow: UnitOfWork) -> None:
        self._state, self._uow = state, uow
        self._waiting: list[TagPushed | TagDeleted] = []
        uow.before_commit.append(self.apply)
        uow.after_commit.append(state.arrivals.ring)

    def add(self, event: TagPushed | TagDeleted) -> None:
        """Have a change applied."""
        self._waiting.append(event)

    async def apply(self) -> None:
        """Apply what was collected so far."""
        waiting, self._waiting = self._waiting, []
        if waiting:
            await apply_changes(self._uow, waiting, now=self._state.clock.now())


def consumer(state: CatalogState) -> Consumer:
    """The one consumer: what comes together is applied together."""
    intakes: WeakKeyDictionary[UnitOfWork, Intake] = WeakKeyDictionary()

    async def changed(uow: UnitOfWork, event: TagPushed | TagDeleted) -> None:
        if uow not in intakes:
            intakes[uow] = Intake(state, uow)
        intakes[uow].add(event)

    async def pulled(uow: UnitOfWork, event: ManifestPulled) -> None:
        if uow in intakes:
            await intakes[uow].apply()  # the tag that was pulled may be among these
        await apply_pull(uow, event)

    return Consumer(
        name="catalog",
        handlers={TagPushed: changed, TagDeleted: changed, ManifestPulled: pulled},
        gather=GATHER_SECONDS,
    )
