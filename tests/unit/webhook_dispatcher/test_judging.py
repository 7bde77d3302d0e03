"""What the outcome of an attempt means."""

from __future__ import annotations

import datetime as dt
import random

import pytest

from boatyard.webhook_dispatcher.delivery import (
    Delivered,
    GaveUp,
    Judgement,
    Parked,
    RetryAt,
    Situation,
    Unwanted,
    judge,
)
from boatyard.webhook_dispatcher.formats import Format
from boatyard.webhook_dispatcher.models import AttemptOutcome, Trigger
from boatyard.webhook_dispatcher.outcome import (
    Answered,
    ErrorClass,
    Failed,
    Headers,
    Timings,
)
from boatyard.webhook_dispatcher.schedule import Ladder

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


def answered(status: int, headers: Headers = ()) -> Answered:
    return Answered(status, headers, b"", 0, False, "1.1.1.1", False, Timings())


def failed(error_class: ErrorClass) -> Failed:
    return Failed(error_class, None, False, Timings())


def judged(
    outcome: Answered | Failed,
    *,
    rung: int = 0,
    trigger: Trigger = Trigger.AUTOMATIC,
    at_most_once: bool = False,
) -> Judgement:
    situation = Situation(
        format=Format.STANDARD, trigger=trigger, rung=rung, at_most_once=at_most_once, now=NOW
    )
    return judge(outcome, situation, Ladder(chance=random.Random(1)))


def seconds(judgement: Judgement) -> float:
    assert isinstance(judgement.step, RetryAt)
    return (judgement.step.at - NOW).total_seconds()


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_a_success(status: int) -> None:
    assert judged(answered(status)) == Judgement(AttemptOutcome.OK, None, Delivered())


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 404, 500, 501])
def test_anything_else_is_tried_again_after_seconds(status: int) -> None:
    judgement = judged(answered(status))
    assert judgement.outcome is AttemptOutcome.HTTP_ERROR
    assert 4 <= seconds(judgement) <= 6


@pytest.mark.parametrize("status", [429, 502, 504])
def test_an_overwhelmed_endpoint_is_left_alone_for_a_minute(status: int) -> None:
    assert seconds(judged(answered(status))) >= 60


def test_a_timeout_is_left_alone_for_a_minute() -> None:
    assert seconds(judged(failed(ErrorClass.TIMEOUT))) >= 60


def test_the_endpoint_may_ask_for_more_time() -> None:
    assert seconds(judged(answered(503, (("Retry-After", "100"),)))) == 100


def test_410_and_the_control_header_end_it_for_good() -> None:
    assert judged(answered(410)).unwanted
    assert judged(answered(403, (("Webhook-Delivery", "disable"),))).step == Unwanted()
    assert judged(answered(400, (("webhook-delivery", "abort-message"),))).step == GaveUp()


def test_the_control_header_of_an_endpoint_that_took_it_means_nothing() -> None:
    assert judged(answered(200, (("webhook-delivery", "disable"),))).step == Delivered()


def test_the_last_rung_gives_up() -> None:
    assert judged(answered(500), rung=6).step != GaveUp()
    assert judged(answered(500), rung=7).step == GaveUp()


def test_a_test_is_made_once() -> None:
    assert judged(answered(500), trigger=Trigger.TEST).step == GaveUp()


def test_a_blocked_address_is_said_to_be_one() -> None:
    judgement = judged(failed(ErrorClass.BLOCKED_ADDRESS))
    assert judgement.outcome is AttemptOutcome.BLOCKED
    assert isinstance(judgement.step, RetryAt)


@pytest.mark.parametrize(
    "error_class", [ErrorClass.TIMEOUT, ErrorClass.CONNECTION_RESET, ErrorClass.PROTOCOL_ERROR]
)
def test_what_may_have_arrived_is_parked_where_nothing_may_come_twice(
    error_class: ErrorClass,
) -> None:
    assert judged(failed(error_class), at_most_once=True).step == Parked()


def test_what_did_not_arrive_is_tried_again_there_too() -> None:
    judgement = judged(failed(ErrorClass.CONNECTION_REFUSED), at_most_once=True)
    assert isinstance(judgement.step, RetryAt)
    assert isinstance(judged(answered(500), at_most_once=True).step, RetryAt)
