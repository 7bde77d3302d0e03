"""One attempt: what is sent, and what its outcome means. Pure: values in, values out."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from boatyard.webhook_dispatcher.formats import (
    Accepted,
    Announcement,
    Format,
    Links,
    Prepared,
    Throttled,
    Verdict,
    prepare,
    verdict,
)
from boatyard.webhook_dispatcher.keys import Keys
from boatyard.webhook_dispatcher.models import AttemptOutcome, Trigger
from boatyard.webhook_dispatcher.outcome import Answered, ErrorClass, Failed, Outcome
from boatyard.webhook_dispatcher.schedule import Ladder, parse_retry_after

CONTROL_HEADER = "webhook-delivery"
"""With this an endpoint that refuses a delivery may say `abort-message` or `disable`."""
NOT_SENT = frozenset(
    {
        ErrorClass.DNS_ERROR,
        ErrorClass.CONNECTION_REFUSED,
        ErrorClass.NETWORK_UNREACHABLE,
        ErrorClass.TLS_ERROR,
        ErrorClass.BLOCKED_ADDRESS,
    }
)
"""With these failures it is certain that the endpoint did not get the request."""
THROTTLING = frozenset({ErrorClass.TIMEOUT})


@dataclass(frozen=True)
class Target:
    """Where a webhook's deliveries go, and how: all that its owner decides, at one generation."""

    webhook_id: UUID
    repository_id: UUID
    repository: str
    name: str
    generation: int
    url: str
    format: Format
    keys: Keys
    at_most_once: bool

    def request(self, announcement: Announcement, *, at: dt.datetime, links: Links) -> Prepared:
        """The request of an attempt at a moment."""
        return prepare(
            self.format, announcement, url=self.url, at=at, secrets=self.keys.at(at), links=links
        )


@dataclass(frozen=True)
class Delivered:
    """The endpoint took it."""


@dataclass(frozen=True)
class RetryAt:
    """It did not, and is tried again."""

    at: dt.datetime


@dataclass(frozen=True)
class GaveUp:
    """It is not tried again."""


@dataclass(frozen=True)
class Parked:
    """It may have arrived, and the webhook must not get anything twice: a person decides."""


@dataclass(frozen=True)
class Unwanted:
    """The endpoint wants nothing any more: its webhook is to be disabled."""


Step = Delivered | RetryAt | GaveUp | Parked | Unwanted


@dataclass(frozen=True)
class Judgement:
    """What an attempt came to, in a word and in a sentence, and what follows."""

    outcome: AttemptOutcome
    reason: str | None
    step: Step

    @property
    def unwanted(self) -> bool:
        """Whether the endpoint wants nothing any more."""
        return isinstance(self.step, Unwanted)


@dataclass(frozen=True)
class Situation:
    """What must be known of an attempt to judge its outcome."""

    format: Format
    trigger: Trigger
    rung: int
    """How many attempts of the ladder had failed before this one."""
    at_most_once: bool
    now: dt.datetime


def judge(outcome: Outcome, situation: Situation, ladder: Ladder) -> Judgement:
    """What follows from an outcome."""
    if isinstance(outcome, Failed):
        return _judge_failure(outcome, situation, ladder)
    said = verdict(situation.format, outcome.status, outcome.body_head)
    if isinstance(said, Accepted):
        return Judgement(AttemptOutcome.OK, None, Delivered())
    return Judgement(
        AttemptOutcome.HTTP_ERROR, said.reason, _after_refusal(outcome, said, situation, ladder)
    )


def _judge_failure(failure: Failed, situation: Situation, ladder: Ladder) -> Judgement:
    blocked = failure.error_class is ErrorClass.BLOCKED_ADDRESS
    kind = AttemptOutcome.BLOCKED if blocked else AttemptOutcome.NETWORK_ERROR
    if situation.at_most_once and failure.error_class not in NOT_SENT:
        return Judgement(kind, failure.message, Parked())
    throttled = failure.error_class in THROTTLING
    return Judgement(kind, failure.message, _again(situation, ladder, throttled=throttled))


def _after_refusal(answer: Answered, said: Verdict, situation: Situation, ladder: Ladder) -> Step:
    headers = {name.lower(): value for name, value in answer.headers}
    control = headers.get(CONTROL_HEADER, "").strip().lower()
    if answer.status == 410 or control == "disable":
        return Unwanted()
    if control == "abort-message":
        return GaveUp()
    return _again(
        situation,
        ladder,
        throttled=isinstance(said, Throttled),
        retry_after=parse_retry_after(headers.get("retry-after", ""), now=situation.now),
    )


def _again(
    situation: Situation, ladder: Ladder, *, throttled: bool, retry_after: float | None = None
) -> Step:
    if situation.trigger is Trigger.TEST:
        return GaveUp()
    pause = ladder.next_pause(
        failed=situation.rung + 1, throttled=throttled, retry_after=retry_after
    )
    return GaveUp() if pause is None else RetryAt(situation.now + pause)
