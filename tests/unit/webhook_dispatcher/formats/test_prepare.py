import json
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from boatyard.shared.clock import SystemClock
from boatyard.shared.signing import SymmetricKey, new_secret, verify
from boatyard.webhook_dispatcher.formats import EventType, Format, Secrets, prepare, supports
from tests.unit.webhook_dispatcher.formats.cases import (
    LINKS,
    SECRETS,
    SENT,
    URL,
    announcement,
    request,
)

PUSHES_ALONE = {EventType.TAG_PUSHED}
TAGS_ALONE = {EventType.TAG_PUSHED, EventType.TAG_DELETED}


@pytest.mark.parametrize("format", Format)
def test_every_format_is_signed_over_the_exact_bytes_of_its_body(format: Format) -> None:
    secret, now = new_secret(), SystemClock().now()
    secrets = Secrets((SymmetricKey.parse(secret),), robot="of a robot")
    made = prepare(format, announcement(), url=URL, at=now, secrets=secrets, links=LINKS)
    assert Webhook(secret).verify(made.body, dict(made.headers)) == json.loads(made.body)


def test_old_and_new_keys_sign_side_by_side() -> None:
    old, new = (SymmetricKey.parse(new_secret()) for _ in range(2))
    secrets = Secrets((new, old))
    made = prepare(Format.STANDARD, announcement(), url=URL, at=SENT, secrets=secrets, links=LINKS)
    for key in (old, new):
        verify(made.headers, made.body, [key], now=SENT)


def test_the_id_is_that_of_the_announcement_over_all_attempts() -> None:
    first, later = (
        prepare(
            Format.STANDARD,
            announcement(),
            url=URL,
            at=SENT.replace(minute=minute),
            secrets=SECRETS,
            links=LINKS,
        )
        for minute in (4, 9)
    )
    assert first.headers["webhook-id"] == later.headers["webhook-id"] == str(announcement().id)
    assert first.headers["webhook-timestamp"] != later.headers["webhook-timestamp"]
    assert first.body == later.body


@pytest.mark.parametrize(
    ("format", "types"),
    [
        (Format.STANDARD, set(EventType)),
        (Format.DOCKERHUB, PUSHES_ALONE),
        (Format.QUAY, PUSHES_ALONE),
        (Format.HARBOR, TAGS_ALONE),
        (Format.CLOUDEVENTS, set(EventType)),
        (Format.SLACK, set(EventType)),
        (Format.FEISHU, set(EventType)),
        (Format.DINGTALK, set(EventType)),
        (Format.WECOM, set(EventType)),
    ],
)
def test_a_format_supports_what_it_has_words_for(format: Format, types: set[EventType]) -> None:
    assert {type for type in EventType if supports(format, type)} == types


def test_an_event_that_a_format_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match=r"dockerhub has no words for build\.failed"):
        request(Format.DOCKERHUB, announcement(EventType.BUILD_FAILED))


@pytest.mark.parametrize("format", Format)
def test_what_is_not_known_is_no_obstacle(format: Format) -> None:
    unknown: dict[str, Any] = {"pushed_by": None, "media_type": None}
    assert request(format, announcement(**unknown)).body


@pytest.mark.parametrize("public", [True, False])
def test_formats_that_tell_the_visibility_take_it_from_the_data(public: bool) -> None:
    about = announcement(public=public)
    hub = json.loads(request(Format.DOCKERHUB, about).body)
    harbor = json.loads(request(Format.HARBOR, about).body)
    assert hub["repository"]["is_private"] is not public
    assert (harbor["event_data"]["repository"]["repo_type"] == "public") is public


def test_text_beyond_ascii_is_sent_as_it_is() -> None:
    made = request(Format.STANDARD, announcement(pushed_by="größe-🚢"))
    assert "größe-🚢".encode() in made.body


def test_no_secret_and_no_address_shows_itself() -> None:
    made = request(Format.DINGTALK, announcement())
    assert repr(SECRETS) == "Secrets()"
    assert "key=" not in repr(made)
    assert "v1," not in repr(made)
