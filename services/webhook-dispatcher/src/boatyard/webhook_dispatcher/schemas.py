"""What the routes of webhooks take and give."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, SecretStr, StringConstraints

from boatyard.shared.events import TagOrigin
from boatyard.shared.schemas import Input, Moment, Output
from boatyard.shared.text import Line
from boatyard.webhook_dispatcher.filters import MAX_PATTERN, check_pattern
from boatyard.webhook_dispatcher.formats import EventType, Format
from boatyard.webhook_dispatcher.keys import Scheme
from boatyard.webhook_dispatcher.models import BreakerState, WebhookState

MAX_URL = 2048
Title = Annotated[Line, StringConstraints(max_length=100)]
Url = Annotated[str, StringConstraints(min_length=1, max_length=MAX_URL)]
Pattern = Annotated[str, StringConstraints(max_length=MAX_PATTERN), AfterValidator(check_pattern)]
Patterns = Annotated[list[Pattern], Field(max_length=20)]
Events = Annotated[list[EventType], Field(max_length=len(EventType))]
Origins = Annotated[list[TagOrigin], Field(max_length=len(TagOrigin))]
InFlight = Annotated[int, Field(ge=1, le=64)]
OwnSecret = Annotated[SecretStr, Field(min_length=1, max_length=200)]

EVENTS_HELP = "Only these; none listed means all that the format has words for."
INCLUDE_HELP = (
    "Only tags that match one of these; `*` and `?` are wildcards. None listed means all."
)
EXCLUDE_HELP = "Never tags that match one of these."
ORIGINS_HELP = "Only changes that became known so; none listed means all."
ORDERED_HELP = (
    "Deliver one after the other in the order of events: a delivery that fails holds up the others."
)
ONCE_HELP = "Rather lose a delivery than send it twice: what may have arrived waits for a person."
KEY_HELP = "A key of your own, `whsec_` or `whsk_` and base64; a fresh one is made if left out."
ROBOT_HELP = "With what a robot of Feishu or DingTalk wants its messages signed."


class NewWebhook(Input):
    """A webhook to be made."""

    name: Title = Field(default="", examples=["Deploy to production"])
    url: Url = Field(examples=["https://deploy.example.com/hooks/boatyard"])
    format: Format = Field(default=Format.STANDARD, description="What the endpoint understands.")
    events: Events = Field(default=[], description=EVENTS_HELP, examples=[["tag.pushed"]])
    include_tags: Patterns = Field(default=[], description=INCLUDE_HELP, examples=[["v*"]])
    exclude_tags: Patterns = Field(default=[], description=EXCLUDE_HELP, examples=[["*-rc?"]])
    origins: Origins = Field(default=[], description=ORIGINS_HELP)
    ordered: bool = Field(default=False, description=ORDERED_HELP)
    at_most_once: bool = Field(default=False, description=ONCE_HELP)
    max_in_flight: InFlight = Field(default=4, description="Requests under way at once.")
    scheme: Scheme = Field(
        default=Scheme.HMAC,
        description="How deliveries are signed. `v1`: with a secret that both sides hold; `v1a`: with a key "
        "pair, of which the receiver gets the public half.",
    )
    secret: OwnSecret | None = Field(default=None, description=KEY_HELP)
    robot_secret: OwnSecret | None = Field(default=None, description=ROBOT_HELP)


class WebhookChange(Input):
    """What to change; what is left out stays."""

    name: Title | None = None
    url: Url | None = None
    format: Format | None = None
    state: Literal["active", "paused"] | None = Field(
        default=None, description="`paused`: deliveries wait until it is `active` again."
    )
    events: Events | None = Field(default=None, description=EVENTS_HELP)
    include_tags: Patterns | None = Field(default=None, description=INCLUDE_HELP)
    exclude_tags: Patterns | None = Field(default=None, description=EXCLUDE_HELP)
    origins: Origins | None = Field(default=None, description=ORIGINS_HELP)
    ordered: bool | None = Field(default=None, description=ORDERED_HELP)
    at_most_once: bool | None = Field(default=None, description=ONCE_HELP)
    max_in_flight: InFlight | None = None
    robot_secret: OwnSecret | None = Field(default=None, description=ROBOT_HELP)


class HealthView(Output):
    """How the endpoint is doing."""

    fail_streak: int = Field(description="Failed attempts since the last success.")
    failing_since: dt.datetime | None
    last_success_at: dt.datetime | None
    last_failure_at: dt.datetime | None
    breaker: BreakerState = Field(
        description="`open`: nearly everything failed, so deliveries wait, and one will probe the endpoint."
    )
    breaker_until: dt.datetime | None = Field(description="When the next probe may be made.")


class WebhookView(Output):
    """A webhook. Its secret is shown once, when it is made."""

    id: UUID
    name: str
    url: str
    format: Format
    state: WebhookState
    disabled_at: dt.datetime | None
    disabled_reason: str | None = Field(
        description="`gone`: the endpoint answered 410; `failing`: nothing but failure for days."
    )
    events: list[EventType]
    include_tags: list[str]
    exclude_tags: list[str]
    origins: list[TagOrigin]
    ordered: bool
    at_most_once: bool
    max_in_flight: int
    scheme: Scheme
    public_key: str | None = Field(
        description="`whpk_…`, which verifies the signatures of the scheme `v1a`; it is no secret."
    )
    has_robot_secret: bool
    old_secrets_expire_at: list[dt.datetime] = Field(
        description="Until when the secrets before the current one still sign as well."
    )
    created_at: dt.datetime
    created_by: str | None
    updated_at: dt.datetime
    health: HealthView


class WebhookMade(WebhookView):
    """A webhook with its secret, which is never shown again."""

    secret: str | None = Field(
        description="Verifies the signatures. Keep it now: it is not shown again. Null for the scheme `v1a`, "
        "where `public_key` does that."
    )


class RotationWish(Input):
    """How to change the secret."""

    grace_hours: float = Field(
        default=24, ge=0, le=168, description="How long the old secret signs beside the new one."
    )
    secret: OwnSecret | None = Field(default=None, description=KEY_HELP)


class Rotated(Output):
    """The new secret, which is never shown again, or the new public key."""

    secret: str | None
    public_key: str | None
    old_secrets_expire_at: list[dt.datetime]


class TestWish(Input):
    """What to send as a test."""

    __test__ = False  # pytest takes it for a test otherwise

    event: EventType = EventType.TAG_PUSHED


class Queued(Output):
    """Where to see what comes of it."""

    delivery_id: UUID


class ReplayWish(Input):
    """What to send again."""

    since: Moment = Field(
        description="Events that were received from this moment on.",
        examples=["2030-01-01T00:00:00Z"],
    )
    deliveries: Literal["unsuccessful", "all"] = Field(
        default="unsuccessful",
        description="`unsuccessful`: what was not delivered, missed events among it; `all`: everything.",
    )


class Replayed(Output):
    """What is sent again."""

    count: int
    more: bool = Field(description="Whether there is more: replay again from `next_since`.")
    next_since: dt.datetime | None = None


class PreviewWish(Input):
    """What to show."""

    format: Format = Format.STANDARD
    event: EventType = EventType.TAG_PUSHED
    url: Url = "https://example.com/hook"


class Preview(Output):
    """The request that would be sent, with an example's data and a made-up secret."""

    url: str
    headers: dict[str, str]
    body: str


class EventView(Output):
    """An event of the catch-up feed: what a delivery in the standard format says."""

    id: UUID = Field(description="The `webhook-id` of its delivery.")
    type: EventType
    timestamp: dt.datetime
    data: dict[str, Any]


class EventFeed(Output):
    """Events in the order in which they were told."""

    items: list[EventView]
    next_cursor: str | None = Field(
        description="Give it as `after` the next time, also if there was nothing new. Null until there is."
    )


class AnnouncedView(Output):
    """What a delivery is about."""

    id: UUID
    type: EventType
    tag: str | None
    occurred_at: dt.datetime
    test: bool


class DeliveryRow(Output):
    """A delivery in a list."""

    id: UUID
    event: AnnouncedView
    state: str
    attempt_count: int = Field(description="How many requests were begun.")
    under_way: bool
    next_attempt_at: dt.datetime | None
    last_status: int | None
    last_error: str | None
    created_at: dt.datetime
    finished_at: dt.datetime | None


class BodyView(Output):
    """The bytes of a body, as text if they are UTF-8, otherwise in base64."""

    text: str | None
    base64: str | None
    length: int = Field(description="How many bytes there were, as far as they were read.")
    truncated: bool = Field(description="Whether there were more than are shown.")


class RequestView(Output):
    """What was sent."""

    url: str
    headers: list[tuple[str, str]]
    body: BodyView


class ResponseView(Output):
    """What was answered."""

    status: int
    headers: list[tuple[str, str]]
    body: BodyView


class TimingsView(Output):
    """How long each phase took, in milliseconds; null for one that did not happen."""

    dns: float | None
    connect: float | None
    tls: float | None
    first_byte: float | None
    total: float | None


class AttemptView(Output):
    """One request: why it was made, what was sent, what came of it."""

    number: int
    trigger: str = Field(description="automatic, manual, test, probe or replay.")
    outcome: str = Field(
        description="started, ok, http_error, network_error, blocked or unknown (its sender vanished)."
    )
    reason: str | None
    error_class: str | None
    started_at: dt.datetime
    ended_at: dt.datetime | None
    worker: str
    peer_ip: str | None
    reused_connection: bool | None
    timings: TimingsView
    request: RequestView
    response: ResponseView | None


class DeliveryView(DeliveryRow):
    """A delivery with every attempt."""

    attempts: list[AttemptView] = Field(description="The newest first, 100 at the most.")
