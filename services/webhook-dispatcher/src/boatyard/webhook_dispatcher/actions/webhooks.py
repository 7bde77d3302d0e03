"""What people do with webhooks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import replace
from typing import Any
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncSession

from boatyard.shared.access import RepositoryAccess
from boatyard.shared.db import UnitOfWork
from boatyard.shared.egress import EgressPolicy, check_url
from boatyard.shared.errors import Conflict, Invalid, NotFound
from boatyard.webhook_dispatcher.filters import Filters
from boatyard.webhook_dispatcher.formats import EventType, Format, supports
from boatyard.webhook_dispatcher.health import Health
from boatyard.webhook_dispatcher.keys import Keys, Scheme, scheme_of
from boatyard.webhook_dispatcher.models import Webhook, WebhookState
from boatyard.webhook_dispatcher.rows import health_columns, health_of
from boatyard.webhook_dispatcher.schemas import NewWebhook, RotationWish, WebhookChange
from boatyard.webhook_dispatcher.store import records
from boatyard.webhook_dispatcher.store import webhooks as store
from boatyard.webhook_dispatcher.vault import Vault

FILTERS = ("events", "include_tags", "exclude_tags", "origins")
PLAIN = ("name", "url", "ordered", "at_most_once", "max_in_flight")


async def create(
    uow: UnitOfWork,
    access: RepositoryAccess,
    wish: NewWebhook,
    *,
    vault: Vault,
    policy: EgressPolicy,
    limit: int,
    now: dt.datetime,
) -> tuple[Webhook, Keys]:
    """Make a webhook; returns it with its keys."""
    repository_id = id_of_repository(access)
    _check(wish.url, wish.format, wish.events, policy)
    if await store.count(uow.session, repository_id) >= limit:
        raise Conflict(
            "too-many-webhooks", f"A repository may have {limit} webhooks: delete one first."
        )
    keys = Keys(current=_key(wish.secret, wish.scheme), robot=_text(wish.robot_secret))
    webhook = Webhook(
        repository_id=repository_id,
        repository=access.repository,
        owner=access.repository.partition("/")[0],
        public=access.access.repository_public,
        **{name: getattr(wish, name) for name in PLAIN},
        format=wish.format.value,
        filters=_filters(wish).to_json(),
        secrets=b"",
        created_at=now,
        updated_at=now,
        created_by=access.access.username,
    )
    webhook.secrets = keys.seal(vault, webhook.id)
    uow.session.add(webhook)
    await uow.session.flush()
    return webhook, keys


async def shown(session: AsyncSession, access: RepositoryAccess, id: UUID) -> Webhook:
    """A webhook of the repository, to look at."""
    return _existing(await store.read(session, id_of_repository(access), id), access, id)


async def found(uow: UnitOfWork, access: RepositoryAccess, id: UUID) -> Webhook:
    """A webhook of the repository, kept from changing until the transaction ends."""
    row = await store.read(uow.session, id_of_repository(access), id, lock=True)
    webhook = _existing(row, access, id)
    webhook.public = access.access.repository_public
    return webhook


def _existing(webhook: Webhook | None, access: RepositoryAccess, id: UUID) -> Webhook:
    if webhook is None:
        raise NotFound("webhook-not-found", f"There is no webhook {id} in {access.repository}.")
    return webhook


async def change(
    uow: UnitOfWork,
    webhook: Webhook,
    wish: WebhookChange,
    *,
    vault: Vault,
    policy: EgressPolicy,
    now: dt.datetime,
) -> None:
    """Apply what is to change. It counts from the next attempt on."""
    url, format = wish.url or webhook.url, wish.format or Format(webhook.format)
    stored = Filters.from_json(webhook.filters)
    events = stored.events if wish.events is None else wish.events
    _check(url, format, [EventType(event) for event in events], policy)
    for name in PLAIN:
        value = getattr(wish, name)
        if value is not None:
            setattr(webhook, name, value)
    webhook.format = format.value
    webhook.filters = _filters(wish, stored).to_json()
    if wish.robot_secret is not None:
        keys = Keys.unseal(vault, webhook.secrets, webhook.id)
        webhook.secrets = replace(keys, robot=_text(wish.robot_secret)).seal(vault, webhook.id)
    if wish.state is not None:
        await _set_state(uow, webhook, wish.state, now)
    _touch(uow, webhook, now)


async def enable(uow: UnitOfWork, webhook: Webhook, *, now: dt.datetime) -> None:
    """Send again, whatever was held against the endpoint."""
    await _set_state(uow, webhook, "active", now)
    _touch(uow, webhook, now)


def rotate(
    uow: UnitOfWork, webhook: Webhook, wish: RotationWish, *, vault: Vault, now: dt.datetime
) -> Keys:
    """Change the key, to one of the same scheme; returns all of them."""
    before = Keys.unseal(vault, webhook.secrets, webhook.id)
    key = _key(wish.secret, scheme_of(before.current))
    keys = before.rotated(key, now=now, grace=dt.timedelta(hours=wish.grace_hours))
    webhook.secrets = keys.seal(vault, webhook.id)
    _touch(uow, webhook, now)
    return keys


def delete(uow: UnitOfWork, webhook: Webhook, *, now: dt.datetime) -> None:
    """Delete a webhook: nothing is sent any more, and its records go bit by bit."""
    webhook.state = WebhookState.DELETED.value
    webhook.secrets = b""
    _touch(uow, webhook, now)


def id_of_repository(access: RepositoryAccess) -> UUID:
    """The id of the repository that a route's access check has found."""
    assert access.access.repository_id is not None  # noqa: S101 - `may` saw to it
    return access.access.repository_id


async def _set_state(uow: UnitOfWork, webhook: Webhook, state: str, now: dt.datetime) -> None:
    if webhook.state == WebhookState.DISABLED and state == "paused":
        raise Conflict("webhook-disabled", "It is disabled: enable it, or leave it so.")
    resumed = webhook.state == WebhookState.DISABLED or not health_of(webhook).is_well
    webhook.state = state
    if state != "active":
        return
    webhook.disabled_at = webhook.disabled_reason = None
    if resumed:
        fresh = Health(last_success_at=webhook.last_success_at)
        for name, value in health_columns(fresh).items():
            setattr(webhook, name, value)
        await records.resume(uow.session, webhook.id, now=now)


def _touch(uow: UnitOfWork, webhook: Webhook, now: dt.datetime) -> None:
    webhook.generation += 1
    webhook.updated_at = now
    uow.session.add(webhook)


def _check(url: str, format: Format, events: Collection[EventType], policy: EgressPolicy) -> None:
    try:
        check_url(url, policy)
    except ValueError as reason:
        raise Invalid.field("body.url", str(reason)) from None
    mute = [event.value for event in events if not supports(format, event)]
    if mute:
        raise Invalid.field(
            "body.events", f"the format {format.value} has no words for {', '.join(sorted(mute))}"
        )


def _filters(wish: NewWebhook | WebhookChange, stored: Filters | None = None) -> Filters:
    given: dict[str, Any] = {}
    for name in FILTERS:
        values = getattr(wish, name)
        if values is not None:
            unordered = name in ("events", "origins")
            given[name] = frozenset(values) if unordered else tuple(values)
    return replace(stored or Filters(), **given)


def _key(given: SecretStr | None, scheme: Scheme) -> str:
    if given is None:
        return scheme.new_key()
    try:
        of = scheme_of(given.get_secret_value())
    except ValueError as reason:
        raise Invalid.field("body.secret", str(reason)) from None
    if of is not scheme:
        raise Invalid.field("body.secret", f"is a key of the scheme {of.value}, not {scheme.value}")
    return given.get_secret_value()


def _text(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None
