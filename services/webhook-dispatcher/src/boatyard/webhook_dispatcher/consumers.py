"""What webhook-dispatcher does with the events of the others."""

from __future__ import annotations

from dataclasses import replace

from boatyard.shared import tracing
from boatyard.shared.bus.inbox import Consumer, Gathered
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


def consumer(state: DispatcherState) -> Consumer:
    """The one consumer: each event in one transaction with all its deliveries."""

    async def enter(uow: UnitOfWork, announcements: list[Announcement]) -> None:
        entered = await intake.enter(uow, announcements, now=state.clock.now())
        await state.engine.begin_in(
            uow, entered.facts.values(), entered.ready, entered.announcements
        )
        uow.after_commit.append(lambda: state.hand_over(entered))

    announcements = Gathered(enter)

    async def announced(uow: UnitOfWork, message: Message) -> None:
        announcement = announce(message)
        if announcement is not None:
            announcements.add(uow, replace(announcement, trace=tracing.current()))

    async def repository_updated(uow: UnitOfWork, message: RepositoryUpdated) -> None:
        await announced(uow, message)
        await announcements.flush(uow)  # what came before was told of the repository as it was
        await intake.update_repository(uow, message)

    async def repository_deleted(uow: UnitOfWork, message: RepositoryDeleted) -> None:
        await announced(uow, message)
        await announcements.flush(uow)  # its webhooks are told of this, and of nothing after it
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
