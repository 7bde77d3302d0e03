"""The formats that a webhook may choose, and what each of them needs."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from boatyard.shared.signing import signed_headers
from boatyard.webhook_dispatcher.formats import (
    cloudevents,
    dingtalk,
    dockerhub,
    feishu,
    harbor,
    quay,
    slack,
    standard,
    wecom,
)
from boatyard.webhook_dispatcher.formats.announcement import Announcement, EventType
from boatyard.webhook_dispatcher.formats.answer import Accepted, Verdict, by_status
from boatyard.webhook_dispatcher.formats.delivery import (
    Attempt,
    Links,
    Prepared,
    Rendered,
    Secrets,
)


class Format(StrEnum):
    """How a webhook wants to be told."""

    STANDARD = "standard"
    DOCKERHUB = "dockerhub"
    HARBOR = "harbor"
    QUAY = "quay"
    CLOUDEVENTS = "cloudevents"
    SLACK = "slack"
    FEISHU = "feishu"
    DINGTALK = "dingtalk"
    WECOM = "wecom"


EVERYTHING = frozenset(EventType)


@dataclass(frozen=True)
class _Definition:
    """One format: how it is rendered, what it has words for, and how its receivers say no."""

    render: Callable[[Attempt], Rendered]
    types: frozenset[EventType] = EVERYTHING
    read_answer: Callable[[bytes], Verdict] | None = None
    """Judges the body of an answer of status 2xx, where receivers of this format say no in it."""


_DEFINITIONS: Mapping[Format, _Definition] = {
    Format.STANDARD: _Definition(standard.render),
    Format.DOCKERHUB: _Definition(dockerhub.render, dockerhub.TYPES),
    Format.HARBOR: _Definition(harbor.render, harbor.TYPES),
    Format.QUAY: _Definition(quay.render, quay.TYPES),
    Format.CLOUDEVENTS: _Definition(cloudevents.render),
    Format.SLACK: _Definition(slack.render),
    Format.FEISHU: _Definition(feishu.render, read_answer=feishu.verdict),
    Format.DINGTALK: _Definition(dingtalk.render, read_answer=dingtalk.verdict),
    Format.WECOM: _Definition(wecom.render, read_answer=wecom.verdict),
}


_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
"""Made once: `json.dumps` makes one for every body that is not written in its own way."""


def supports(format: Format, type: EventType) -> bool:
    """Whether a format has words for such an event; if not, there is nothing to deliver."""
    return type in _DEFINITIONS[format].types


def prepare(
    format: Format,
    announcement: Announcement,
    *,
    url: str,
    at: dt.datetime,
    secrets: Secrets,
    links: Links,
) -> Prepared:
    """The request of one attempt at a moment. ValueError if the format does not support the event.

    Every format is signed as Standard Webhooks has it, by headers over the exact bytes of the body. Chat robots
    ignore that, and it costs them nothing; but what stands between (a relay, a proxy) can check it, and
    `webhook-id` finds an attempt again in the access records, whatever the format.
    """
    if not supports(format, announcement.type):
        raise ValueError(f"the format {format} has no words for {announcement.type}")
    rendered = _DEFINITIONS[format].render(Attempt(announcement, url, at, secrets.robot, links))
    body = _JSON.encode(rendered.body).encode()
    return Prepared(
        url=rendered.url or url,
        headers={
            "content-type": rendered.content_type,
            **signed_headers(str(announcement.id), at, body, secrets.signing),
        },
        body=body,
    )


def verdict(format: Format, status: int, body_head: bytes) -> Verdict:
    """Whether an answer means that the delivery was taken. Give the beginning of its body, as it came."""
    read_answer = _DEFINITIONS[format].read_answer
    by_itself = by_status(status)
    if isinstance(by_itself, Accepted) and read_answer is not None:
        return read_answer(body_head)
    return by_itself
