"""Facts of other services become events, and deliveries to the webhooks that want them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from boatyard.shared.db import UnitOfWork
from boatyard.shared.events import RepositoryDeleted, RepositoryUpdated, new_id
from boatyard.webhook_dispatcher.filters import Filters, tags_of
from boatyard.webhook_dispatcher.formats import Announcement, Format, supports
from boatyard.webhook_dispatcher.models import DeliveryState, Trigger, WebhookState
from boatyard.webhook_dispatcher.rows import AnyWebhook, facts_of
from boatyard.webhook_dispatcher.scheduler import Facts, Ready
from boatyard.webhook_dispatcher.store import intake as store


@dataclass
class Entered:
    """What some facts came to."""

    announcements: dict[int, Announcement] = field(default_factory=dict)
    facts: dict[UUID, Facts] = field(default_factory=dict)
    ready: list[Ready] = field(default_factory=list)
    """What is due at once."""

    def note(self, webhook: AnyWebhook, row: Mapping[str, Any]) -> None:
        """Note a delivery that is entered."""
        if row["due_at"] is not None:
            self.facts[webhook.id] = facts_of(webhook)
            self.ready.append(Ready(row["id"], webhook.id))


async def enter(
    uow: UnitOfWork, announcements: Sequence[Announcement], *, now: dt.datetime
) -> Entered:
    """Enter announcements in their order, with their deliveries; what was entered before is left alone."""
    entered = Entered()
    if not announcements:
        return entered
    connection = await uow.session.connection()
    listening = await store.listening(
        connection, {each.data["repository"] for each in announcements}
    )
    unique = {
        each.id: _with_visibility(each, listening.get(each.data["repository"], ()))
        for each in announcements
    }
    sequences = await store.add_events(
        connection, [event_values(each, now, test=False) for each in unique.values()]
    )
    rows: list[dict[str, Any]] = []
    for id, sequence in sequences.items():
        entered.announcements[sequence] = unique[id]
        for webhook in listening.get(unique[id].data["repository"], ()):
            if wants(webhook, unique[id]):
                row = delivery_values(webhook, sequence, now)
                rows.append(row)
                entered.note(webhook, row)
    if rows:
        await store.add_deliveries(connection, rows)
    return entered


def _with_visibility(announcement: Announcement, listening: Sequence[AnyWebhook]) -> Announcement:
    """With whether everybody may pull the repository, where that is known and not told anyway."""
    known = next((webhook.public for webhook in listening if webhook.public is not None), None)
    if known is None or "public" in announcement.data:
        return announcement
    return replace(announcement, data={**announcement.data, "public": known})


async def update_repository(uow: UnitOfWork, event: RepositoryUpdated) -> None:
    """Remember whether everybody may pull the repository from now on."""
    await store.set_visibility(uow.session, event.repository_id, public=event.public)


async def end_repository(uow: UnitOfWork, event: RepositoryDeleted, *, now: dt.datetime) -> None:
    """The repository is gone, and its webhooks with it, once they were told."""
    await store.retire(uow.session, event.repository_id, now=now)


def wants(webhook: AnyWebhook, announcement: Announcement) -> bool:
    """Whether a webhook is to be told, in words that its format has."""
    return supports(Format(webhook.format), announcement.type) and Filters.from_json(
        webhook.filters
    ).passes(announcement)


def event_values(announcement: Announcement, now: dt.datetime, *, test: bool) -> dict[str, Any]:
    """The row of an event."""
    tags = tags_of(announcement.data)
    return {
        "id": announcement.id,
        "type": announcement.type.value,
        "repository": announcement.data["repository"],
        "tag": tags[0] if tags else None,
        "origin": announcement.data.get("origin"),
        "test": test,
        "occurred_at": announcement.occurred_at,
        "received_at": now,
        "data": dict(announcement.data),
        "trace": announcement.trace,
    }


def delivery_values(
    webhook: AnyWebhook, sequence: int, now: dt.datetime, *, trigger: Trigger = Trigger.AUTOMATIC
) -> dict[str, Any]:
    """The row of a delivery. What a disabled webhook misses is recorded, so that it can be replayed."""
    missed = webhook.state == WebhookState.DISABLED
    return {
        "id": new_id(),
        "webhook_id": webhook.id,
        "event_seq": sequence,
        "state": (DeliveryState.SKIPPED if missed else DeliveryState.PENDING).value,
        "trigger": trigger.value,
        "rung": 0,
        "attempts": 0,
        "created_at": now,
        "due_at": None if missed else now,
        "finished_at": now if missed else None,
    }
