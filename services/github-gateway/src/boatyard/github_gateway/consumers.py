"""What github-gateway does with the events of others, and what it answers them."""

from __future__ import annotations

from boatyard.github_gateway.credentials import READ, LinkLost
from boatyard.github_gateway.dependencies import GatewayState
from boatyard.github_gateway.pushes import progress
from boatyard.github_gateway.pushes import store as pushes
from boatyard.github_gateway.sources import store as sources
from boatyard.github_gateway.statuses import store as statuses
from boatyard.github_gateway.statuses.texts import BuildEvent
from boatyard.shared.bus.inbox import Consumer
from boatyard.shared.db import UnitOfWork
from boatyard.shared.events import (
    AskSourceToken,
    BuildFinished,
    BuildQueued,
    BuildStarted,
    RepositoryDeleted,
    SourceToken,
)

USERNAME = "x-access-token"
"""Under which name GitHub takes a token where a password is asked for."""


def consumer(state: GatewayState) -> Consumer:
    """The events of builder and of catalog."""

    async def build(uow: UnitOfWork, event: BuildEvent) -> None:
        await progress.note(state, uow, event)

    async def deleted(uow: UnitOfWork, event: RepositoryDeleted) -> None:
        await forget_repository(uow, event)

    return Consumer(
        name="github-gateway",
        handlers={
            BuildQueued: build,
            BuildStarted: build,
            BuildFinished: build,
            RepositoryDeleted: deleted,
        },
    )


async def forget_repository(uow: UnitOfWork, event: RepositoryDeleted) -> None:
    """A repository is gone: nothing is built for it any more."""
    source = await sources.source(uow.session, event.repository_id)
    if source is not None and source.hook_id is not None:
        await sources.orphan_hook(uow.session, source)
    await sources.delete_repository(uow.session, event.repository_id)
    await pushes.delete_repository(uow.session, event.repository_id)
    await statuses.delete_repository(uow.session, event.repository_id)


async def source_token(state: GatewayState, question: AskSourceToken) -> SourceToken:
    """A credential that can read just this project; none where the project is not, or no more, the source."""
    async with state.database.reading() as session:
        source = await sources.source(session, question.repository_id)
    if source is None or source.project.lower() != question.project.lower():
        return SourceToken()
    try:
        found = await state.credentials.project(source, READ, fresh=True)
    except LinkLost:
        return SourceToken()
    return SourceToken(username=USERNAME, password=found.token, expires_at=found.expires_at)
