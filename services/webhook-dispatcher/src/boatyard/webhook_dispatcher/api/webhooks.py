"""Routes of webhooks."""

from __future__ import annotations

from uuid import UUID

from boatyard.shared.audit import UNAUDITED
from boatyard.shared.errors import Invalid
from boatyard.shared.http import Router, problems
from boatyard.shared.paging import Cursor, Limit, Page
from boatyard.shared.signing import SymmetricKey, new_secret
from boatyard.webhook_dispatcher.actions import webhooks as actions
from boatyard.webhook_dispatcher.api.views import webhook_view
from boatyard.webhook_dispatcher.dependencies import CanAdmin, DispatcherState, State, Work
from boatyard.webhook_dispatcher.formats import Secrets, prepare, supports
from boatyard.webhook_dispatcher.keys import Keys
from boatyard.webhook_dispatcher.models import Webhook
from boatyard.webhook_dispatcher.samples import sample
from boatyard.webhook_dispatcher.schemas import (
    NewWebhook,
    Preview,
    PreviewWish,
    Rotated,
    RotationWish,
    WebhookChange,
    WebhookMade,
    WebhookView,
)
from boatyard.webhook_dispatcher.store import webhooks as store

router = Router(prefix="/api/v1/repositories/{namespace}/{name}/webhooks", tags=["webhooks"])


@router.get("", summary="List webhooks", responses=problems(401, 403, 404))
async def list_webhooks(
    access: CanAdmin, state: State, cursor: Cursor = None, limit: Limit = 50
) -> Page[WebhookView]:
    """The webhooks of a repository; needs the permission admin, as everything here."""
    async with state.database.reading() as session:
        rows, following = await store.listed(
            session, actions.id_of_repository(access), cursor=cursor, limit=limit
        )
    return Page(items=[_view(state, row) for row in rows], next_cursor=following)


@router.post("", status_code=201, summary="Make a webhook", responses=problems(401, 403, 404, 409))
async def create_webhook(
    wish: NewWebhook, access: CanAdmin, state: State, uow: Work
) -> WebhookMade:
    """Make a webhook. The answer is the only one that ever shows its secret."""
    webhook, keys = await actions.create(
        uow,
        access,
        wish,
        vault=state.vault,
        policy=state.settings.egress,
        limit=state.settings.max_webhooks,
        now=state.clock.now(),
    )
    return WebhookMade(**dict(webhook_view(webhook, keys)), secret=keys.shown)


@router.post(
    "/preview",
    summary="Show what would be sent",
    responses=problems(401, 403, 404),
    openapi_extra=UNAUDITED,
)
async def preview_webhook(wish: PreviewWish, access: CanAdmin, state: State) -> Preview:
    """The request of an example, in any format, before there is a webhook. Nothing is sent."""
    if not supports(wish.format, wish.event):
        reason = f"the format {wish.format.value} has no words for {wish.event.value}"
        raise Invalid.field("body.event", reason)
    now = state.clock.now()
    announcement = sample(wish.event, access, now=now)
    secrets = Secrets(signing=(SymmetricKey.parse(new_secret()),))
    request = prepare(
        wish.format, announcement, url=wish.url, at=now, secrets=secrets, links=state.links
    )
    return Preview(url=request.url, headers=dict(request.headers), body=request.body.decode())


@router.get("/{webhook_id}", summary="Show a webhook", responses=problems(401, 403, 404))
async def read_webhook(webhook_id: UUID, access: CanAdmin, state: State) -> WebhookView:
    """A webhook and how its endpoint is doing."""
    async with state.database.reading() as session:
        return _view(state, await actions.shown(session, access, webhook_id))


@router.patch("/{webhook_id}", summary="Change a webhook", responses=problems(401, 403, 404, 409))
async def update_webhook(
    webhook_id: UUID, wish: WebhookChange, access: CanAdmin, state: State, uow: Work
) -> WebhookView:
    """Change, pause or resume a webhook. It counts from the next attempt on, also for what waits."""
    webhook = await actions.found(uow, access, webhook_id)
    await actions.change(
        uow,
        webhook,
        wish,
        vault=state.vault,
        policy=state.settings.egress,
        now=state.clock.now(),
    )
    _reload_after_commit(state, uow, webhook)
    return _view(state, webhook)


@router.delete(
    "/{webhook_id}",
    status_code=204,
    summary="Delete a webhook",
    responses=problems(401, 403, 404),
)
async def delete_webhook(webhook_id: UUID, access: CanAdmin, state: State, uow: Work) -> None:
    """Delete a webhook with its records. What waits is not sent any more."""
    webhook = await actions.found(uow, access, webhook_id)
    actions.delete(uow, webhook, now=state.clock.now())
    _reload_after_commit(state, uow, webhook)


@router.post("/{webhook_id}/enable", summary="Enable a webhook", responses=problems(401, 403, 404))
async def enable_webhook(
    webhook_id: UUID, access: CanAdmin, state: State, uow: Work
) -> WebhookView:
    """Send again, after it was disabled or paused; what waits is tried at once."""
    webhook = await actions.found(uow, access, webhook_id)
    await actions.enable(uow, webhook, now=state.clock.now())
    _reload_after_commit(state, uow, webhook)
    return _view(state, webhook)


@router.post(
    "/{webhook_id}/rotate-secret", summary="Change the secret", responses=problems(401, 403, 404)
)
async def rotate_webhook_secret(
    webhook_id: UUID, wish: RotationWish, access: CanAdmin, state: State, uow: Work
) -> Rotated:
    """Make a new secret. For the length of the grace period deliveries carry a signature of each."""
    webhook = await actions.found(uow, access, webhook_id)
    keys = actions.rotate(uow, webhook, wish, vault=state.vault, now=state.clock.now())
    return Rotated(
        secret=keys.shown,
        public_key=keys.public_key,
        old_secrets_expire_at=[old.expires_at for old in keys.old],
    )


def _view(state: DispatcherState, webhook: Webhook) -> WebhookView:
    return webhook_view(webhook, Keys.unseal(state.vault, webhook.secrets, webhook.id))


def _reload_after_commit(state: DispatcherState, uow: Work, webhook: Webhook) -> None:
    id = webhook.id
    uow.after_commit.append(lambda: state.engine.reload(id))
