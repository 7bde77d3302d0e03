"""Catches up, all the time: with failed deliveries, with refs, with webhooks that nobody needs any more."""

from __future__ import annotations

import asyncio

from boatyard.github_gateway.catchup import deliveries
from boatyard.github_gateway.catchup.reconcile import reconcile
from boatyard.github_gateway.credentials import LinkLost
from boatyard.github_gateway.dependencies import GatewayState
from boatyard.github_gateway.github import GithubBusy, GithubError, GithubUnavailable
from boatyard.github_gateway.github.hookclient import project_hook
from boatyard.github_gateway.holding import LEASE, held
from boatyard.github_gateway.sources import store as sources
from boatyard.shared.service import Task
from boatyard.shared.waiting import wait_for_any, wait_for_event

AT_ONCE = 4
POLL_SECONDS = 2.0


def tasks(state: GatewayState) -> list[Task]:
    """The comparing of refs, and the looking through deliveries."""

    async def compare(stop: asyncio.Event) -> None:
        while not stop.is_set():
            state.bells.sources.clear()
            if await reconcile_due(state) < AT_ONCE:
                await wait_for_any((state.bells.sources, stop), POLL_SECONDS)

    async def catch_up(stop: asyncio.Event) -> None:
        while True:  # at once when it starts, for what came while nobody was here
            await deliveries.catch_up(state)
            await remove_orphans(state)
            if await wait_for_event(stop, state.settings.catch_up_seconds):
                return

    return [
        Task("github-gateway compares refs", compare),
        Task("github-gateway catches up with deliveries", catch_up),
    ]


async def reconcile_due(state: GatewayState) -> int:
    """Compare the sources whose turn it is; returns how many there were."""
    async with state.database.unit_of_work() as uow:
        rows = await sources.claim_due(
            uow.session, now=state.clock.now(), lease=LEASE, limit=AT_ONCE
        )
    async with held(state, rows):
        await asyncio.gather(*(reconcile(state, row) for row in rows))
    return len(rows)


async def remove_orphans(state: GatewayState) -> None:
    """Remove webhooks at GitHub whose source is gone; one that can't be removed is let be."""
    async with state.database.reading() as session:
        orphans = await sources.orphan_hooks(session)
    for orphan in orphans:
        try:
            token = await state.credentials.user(orphan.account_id)
            await state.github.hooks.delete(token, project_hook(orphan.project, orphan.hook_id))
        except (GithubBusy, GithubUnavailable):
            continue
        except (GithubError, LinkLost):
            pass
        async with state.database.unit_of_work() as uow:
            await sources.drop_orphan(uow.session, orphan.hook_id)
