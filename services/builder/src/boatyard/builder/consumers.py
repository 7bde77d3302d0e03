"""Commands become builds, and end them."""

from __future__ import annotations

from boatyard.builder import actions
from boatyard.builder.dependencies import BuilderState
from boatyard.shared.bus.inbox import Consumer
from boatyard.shared.db import UnitOfWork
from boatyard.shared.events import BuildImage, CancelBuilds, RepositoryDeleted


def consumers(state: BuilderState) -> list[Consumer]:
    """What builder does with the commands it is given, and with the news that a repository is gone."""

    async def build(uow: UnitOfWork, command: BuildImage) -> None:
        await actions.accept(uow, state.queue, command, now=state.clock.now())

    async def cancel(uow: UnitOfWork, command: CancelBuilds) -> None:
        now = state.clock.now()
        await actions.cancel_group(uow, state.queue, command.group, command.reason, now=now)

    async def gone(uow: UnitOfWork, event: RepositoryDeleted) -> None:
        now = state.clock.now()
        await actions.forget_repository(uow, state.queue, event.repository_id, now=now)

    return [
        Consumer(name="builder", handlers={BuildImage: build, CancelBuilds: cancel}),
        Consumer(name="builder-repositories", handlers={RepositoryDeleted: gone}),
    ]
