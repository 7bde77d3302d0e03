"""Rows as clients see them. Pure."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from boatyard.shared.events import TagOrigin
from boatyard.webhook_dispatcher.filters import Filters
from boatyard.webhook_dispatcher.formats import EventType, Format
from boatyard.webhook_dispatcher.keys import Keys, scheme_of
from boatyard.webhook_dispatcher.models import Attempt, Delivery, EventRow, Webhook, WebhookState
from boatyard.webhook_dispatcher.outcome import MAX_BODY_KEPT
from boatyard.webhook_dispatcher.schemas import (
    AnnouncedView,
    AttemptView,
    BodyView,
    DeliveryRow,
    DeliveryView,
    EventView,
    HealthView,
    RequestView,
    ResponseView,
    TimingsView,
    WebhookView,
)


def webhook_view(webhook: Webhook, keys: Keys) -> WebhookView:
    """A webhook without its secrets."""
    filters = Filters.from_json(webhook.filters)
    return WebhookView(
        id=webhook.id,
        name=webhook.name,
        url=webhook.url,
        format=Format(webhook.format),
        state=WebhookState(webhook.state),
        disabled_at=webhook.disabled_at,
        disabled_reason=webhook.disabled_reason,
        events=[type for type in EventType if type in filters.events],
        include_tags=list(filters.include_tags),
        exclude_tags=list(filters.exclude_tags),
        origins=[origin for origin in TagOrigin if origin in filters.origins],
        ordered=webhook.ordered,
        at_most_once=webhook.at_most_once,
        max_in_flight=webhook.max_in_flight,
        scheme=scheme_of(keys.current),
        public_key=keys.public_key,
        has_robot_secret=keys.robot is not None,
        old_secrets_expire_at=[old.expires_at for old in keys.old],
        created_at=webhook.created_at,
        created_by=webhook.created_by,
        updated_at=webhook.updated_at,
        health=HealthView.model_validate(webhook),
    )


def delivery_row(delivery: Delivery, event: EventRow) -> DeliveryRow:
    """A delivery in a list."""
    return DeliveryRow(
        id=delivery.id,
        event=AnnouncedView.model_validate(event),
        state=delivery.state,
        attempt_count=delivery.attempts,
        under_way=delivery.claim_id is not None,
        next_attempt_at=delivery.due_at if delivery.claim_id is None else None,
        last_status=delivery.last_status,
        last_error=delivery.last_error,
        created_at=delivery.created_at,
        finished_at=delivery.finished_at,
    )


def delivery_view(delivery: Delivery, event: EventRow, attempts: Sequence[Attempt]) -> DeliveryView:
    """A delivery with its attempts."""
    row = delivery_row(delivery, event)
    return DeliveryView(**dict(row), attempts=[attempt_view(attempt) for attempt in attempts])


def attempt_view(attempt: Attempt) -> AttemptView:
    """One request and what came of it."""
    return AttemptView(
        number=attempt.number,
        trigger=attempt.trigger,
        outcome=attempt.outcome,
        reason=attempt.reason,
        error_class=attempt.error_class,
        started_at=attempt.started_at,
        ended_at=attempt.ended_at,
        worker=attempt.worker,
        peer_ip=attempt.peer_ip,
        reused_connection=attempt.reused,
        timings=TimingsView(
            dns=attempt.dns_ms,
            connect=attempt.connect_ms,
            tls=attempt.tls_ms,
            first_byte=attempt.first_byte_ms,
            total=attempt.total_ms,
        ),
        request=RequestView(
            url=attempt.url,
            headers=_pairs(attempt.request_headers),
            body=body_view(attempt.request_body, length=len(attempt.request_body)),
        ),
        response=_response(attempt),
    )


def _response(attempt: Attempt) -> ResponseView | None:
    if attempt.status is None:
        return None
    body = attempt.response_body or b""
    length = attempt.response_length or len(body)
    truncated = attempt.response_truncated or length > len(body)
    return ResponseView(
        status=attempt.status,
        headers=_pairs(attempt.response_headers or []),
        body=body_view(body, length=length, truncated=truncated),
    )


def body_view(body: bytes, *, length: int, truncated: bool = False) -> BodyView:
    """Bytes as text where they are text; a character that was cut off at the end is left out."""
    text = _text(body, cut=truncated and len(body) >= MAX_BODY_KEPT)
    return BodyView(
        text=text,
        base64=None if text is not None else base64.b64encode(body).decode(),
        length=length,
        truncated=truncated,
    )


def event_view(event: EventRow) -> EventView:
    """An event of the feed."""
    return EventView(
        id=event.id, type=EventType(event.type), timestamp=event.occurred_at, data=event.data
    )


def _text(body: bytes, *, cut: bool) -> str | None:
    for missing in range(4 if cut else 1):
        try:
            return body[: len(body) - missing].decode()
        except UnicodeDecodeError:
            continue
    return None


def _pairs(headers: Sequence[Sequence[str]]) -> list[tuple[str, str]]:
    return [(header[0], header[1]) for header in headers]
