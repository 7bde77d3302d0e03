"""What webhook-dispatcher does with the events of the others."""

from __future__ import annotations

from boatyard.shared.bus.inbox import Consumer
from boatyard.shared.db import UnitOfWork
from boatyard.shared.events import (
    Message,
    RepositoryDeleted,
    RepositoryUpdated,
    TagDeleted,
    TagPushed,
)
from boatyard.webhook_dispatcher.actions import intake
from boatyard.webhook_dispatcher.announcements import announce
from boatyard.webhook_dispatcher.dependencies import DispatcherState

ANNOUNCED: tuple[type[Message], ...] = (TagPushed, TagDeleted, RepositoryUpdated)


def consumer(state: DispatcherState) -> Consumer:
    """The one consumer: each event in one transaction with all its deliveries."""

    async def announced(uow: UnitOfWork, message: Message) -> None:
        announcement = announce(message)
        if announcement is None:
            return
        entered = await intake.enter(uow, announcement, now=state.clock.now())
        uow.after_commit.append(lambda: state.hand_over(entered))

    async def repository_deleted(uow: UnitOfWork, message: RepositoryDeleted) -> None:
        await announced(uow, message)
        await intake.end_repository(uow, message, now=state.clock.now())

    handlers = dict.fromkeys(ANNOUNCED, announced)
    return Consumer(
        name="webhook-dispatcher", handlers={**handlers, RepositoryDeleted: repository_deleted}
    )
