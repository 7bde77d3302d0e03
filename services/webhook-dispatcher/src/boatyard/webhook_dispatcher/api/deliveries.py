"""Routes of deliveries: access records, sending again, and the catch-up feed."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from boatyard.shared.access import RepositoryAccess, may
from boatyard.shared.db import UnitOfWork
from boatyard.shared.errors import Unauthenticated
from boatyard.shared.events import Verb
from boatyard.shared.http import Router, problems
from boatyard.shared.paging import Cursor, Limit, Page
from boatyard.webhook_dispatcher.actions import deliveries as actions
from boatyard.webhook_dispatcher.actions import webhooks
from boatyard.webhook_dispatcher.api.views import delivery_row, delivery_view, event_view
from boatyard.webhook_dispatcher.dependencies import CanAdmin, DispatcherState, State, Work
from boatyard.webhook_dispatcher.models import DeliveryState
from boatyard.webhook_dispatcher.samples import sample
from boatyard.webhook_dispatcher.schemas import (
    DeliveryRow,
    DeliveryView,
    EventFeed,
    Queued,
    Replayed,
    ReplayWish,
    TestWish,
)
from boatyard.webhook_dispatcher.store import records

SHOWN_ATTEMPTS = 100
router = Router(
    prefix="/api/v1/repositories/{namespace}/{name}/webhooks/{webhook_id}", tags=["webhooks"]
)
CanPull = Annotated[RepositoryAccess, Depends(may(Verb.PULL))]


@router.post(
    "/test",
    status_code=202,
    summary="Try a webhook",
    responses=problems(401, 403, 404, 409),
)
async def test_webhook(
    webhook_id: UUID, wish: TestWish, access: CanAdmin, state: State, uow: Work
) -> Queued:
    """Send an example once, whatever the filters, also while it is paused or disabled."""
    webhook = await webhooks.found(uow, access, webhook_id)
    now = state.clock.now()
    announcement = sample(wish.event, access, now=now)
    delivery_id = await actions.test(uow, webhook, announcement, now=now)
    _wake_after_commit(state, uow)
    return Queued(delivery_id=delivery_id)


@router.post(
    "/replay",
    status_code=202,
    summary="Send again what was told since a moment",
    responses=problems(401, 403, 404, 409),
)
async def replay_webhook(
    webhook_id: UUID, wish: ReplayWish, access: CanAdmin, state: State, uow: Work
) -> Replayed:
    """Send again what was not delivered, or everything; a long time in several steps."""
    webhook = await webhooks.shown(uow.session, access, webhook_id)
    replayed = await actions.replay(
        uow,
        webhook,
        since=wish.since,
        everything=wish.deliveries == "all",
        now=state.clock.now(),
    )
    _wake_after_commit(state, uow)
    more = replayed.next_since is not None
    return Replayed(count=replayed.count, more=more, next_since=replayed.next_since)


@router.get("/deliveries", summary="List deliveries", responses=problems(401, 403, 404))
async def list_deliveries(
    webhook_id: UUID,
    access: CanAdmin,
    state: State,
    delivery_state: Annotated[
        DeliveryState | None, Query(alias="state", description="Only those in this state.")
    ] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[DeliveryRow]:
    """The access records of a webhook, those of the newest events first."""
    async with state.database.reading() as session:
        await webhooks.shown(session, access, webhook_id)
        rows, following = await records.listed(
            session, webhook_id, state=delivery_state, cursor=cursor, limit=limit
        )
    return Page(items=[delivery_row(*row) for row in rows], next_cursor=following)


@router.get(
    "/deliveries/{delivery_id}", summary="Show a delivery", responses=problems(401, 403, 404)
)
async def read_delivery(
    webhook_id: UUID, delivery_id: UUID, access: CanAdmin, state: State
) -> DeliveryView:
    """A delivery with its last 100 attempts: what was sent, what was answered, how long it took."""
    async with state.database.reading() as session:
        webhook = await webhooks.shown(session, access, webhook_id)
        delivery, event = await actions.found(session, webhook, delivery_id)
        attempts = await records.attempts(session, delivery_id, limit=SHOWN_ATTEMPTS)
    return delivery_view(delivery, event, attempts)


@router.post(
    "/deliveries/{delivery_id}/redeliver",
    status_code=202,
    summary="Send a delivery again",
    responses=problems(401, 403, 404, 409),
)
async def redeliver(
    webhook_id: UUID, delivery_id: UUID, access: CanAdmin, state: State, uow: Work
) -> Queued:
    """Send it at once, under the same `webhook-id`, and if that fails as often as a new one."""
    webhook = await webhooks.found(uow, access, webhook_id)
    delivery, _ = await actions.found(uow.session, webhook, delivery_id)
    await actions.redeliver(uow, webhook, delivery, now=state.clock.now())
    _wake_after_commit(state, uow)
    return Queued(delivery_id=delivery_id)


@router.get("/events", summary="Read what a webhook was told", responses=problems(401, 403, 404))
async def list_webhook_events(
    webhook_id: UUID,
    access: CanPull,
    state: State,
    after: Annotated[
        UUID | None,
        Query(
            description="The `webhook-id` of the last event seen; from the oldest one if left out."
        ),
    ] = None,
    limit: Limit = 50,
) -> EventFeed:
    """Catch up by asking, in the order of events: for a receiver that was away, with a token that may pull."""
    if not access.access.authenticated:
        raise Unauthenticated
    async with state.database.reading() as session:
        webhook = await webhooks.shown(session, access, webhook_id)
        events = await actions.read_feed(session, webhook, after=after, limit=limit)
    last = events[-1].id if events else after
    return EventFeed(
        items=[event_view(event) for event in events], next_cursor=str(last) if last else None
    )


def _wake_after_commit(state: DispatcherState, uow: UnitOfWork) -> None:
    uow.after_commit.append(state.engine.wake)
