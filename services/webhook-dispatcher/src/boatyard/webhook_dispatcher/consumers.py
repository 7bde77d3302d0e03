"""What webhook-dispatcher does with the events of the others."""

from __future__ import annotations

from dataclasses import replace
from weakref import WeakKeyDictionary

from boatyard.shared import tracing
from boatyard.shared.bus.inbox import Consumer
from boatyard.shared.db import UnitOfWork
from boatyard.shared.events import (
    BuildFinished,
    BuildStarted,
    Message,
    RepositoryDeleted,
    RepositoryUpdated,
    TagDeleted,
    TagPushed,
)
from boatyard.webhook_dispatcher.actions import intake
from boatyard.webhook_dispatcher.announcements import announce
from boatyard.webhook_dispatcher.dependencies import DispatcherState
from boatyard.webhook_dispatcher.formats import Announcement

ANNOUNCED: tuple[type[Message], ...] = (
    TagPushed,
    TagDeleted,
    BuildStarted,
    BuildFinished,
)


class Intake:
    """Collects the announcements of one transaction, and enters them together."""

    def __init__(self, state: DispatcherState, uow: UnitOfWork) -> None:
        self._state, self._uow = state, uow
        self._waiting: list[Announcement] = []
        uow.before_commit.append(self.enter)

    def add(self, message: Message) -> None:
        """Have a fact entered, if it is anybody's business."""
        announcement = announce(message)
        if announcement is not None:
            self._waiting.append(replace(announcement, trace=tracing.current()))

    async def enter(self) -> None:
        """Enter what was collected so far."""
        waiting, self._waiting = self._waiting, []
        entered = await intake.enter(self._uow, waiting, now=self._state.clock.now())
        await self._state.engine.begin_in(
            self._uow, entered.facts.values(), entered.ready, entered.announcements
        )
        self._uow.after_commit.append(lambda: self._state.hand_over(entered))


def consumer(state: DispatcherState) -> Consumer:
    """The one consumer: each event in one transaction with all its deliveries."""
    intakes: WeakKeyDictionary[UnitOfWork, Intake] = WeakKeyDictionary()

    async def announced(uow: UnitOfWork, message: Message) -> None:
        if uow not in intakes:
            intakes[uow] = Intake(state, uow)
        intakes[uow].add(message)

    async def repository_updated(uow: UnitOfWork, message: RepositoryUpdated) -> None:
        await announced(uow, message)
        await intakes[uow].enter()  # what came before was told of the repository as it was
        await intake.update_repository(uow, message)

    async def repository_deleted(uow: UnitOfWork, message: RepositoryDeleted) -> None:
        await announced(uow, message)
        await intakes[uow].enter()  # its webhooks are told of this, and of nothing after it
        await intake.end_repository(uow, message, now=state.clock.now())

    handlers = dict.fromkeys(ANNOUNCED, announced)
    return Consumer(
        name="webhook-dispatcher",
        handlers={
            **handlers,
            RepositoryUpdated: repository_updated,
            RepositoryDeleted: repository_deleted,
        },
    )
