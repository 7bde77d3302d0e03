"""What is written down of attempts: values for the columns. Pure."""

from __future__ import annotations

import datetime as dt
from typing import Any, assert_never

from boatyard.webhook_dispatcher.delivery import (
    Delivered,
    GaveUp,
    Parked,
    RetryAt,
    Step,
    Unwanted,
)
from boatyard.webhook_dispatcher.models import AttemptOutcome, DeliveryState, Trigger
from boatyard.webhook_dispatcher.outcome import Answered, Failed
from boatyard.webhook_dispatcher.results import Finished, Started

MAX_REQUEST_BODY = 64 * 1024
STOPPED = "the dispatcher was stopped meanwhile: it may have arrived"


def begun(started: Started, worker: str) -> dict[str, Any]:
    """The row of an attempt that is about to be made."""
    return {
        "delivery_id": started.id,
        "number": started.number,
        "trigger": started.trigger.value,
        "outcome": AttemptOutcome.STARTED.value,
        "url": started.shown_url,
        "request_headers": [[name, value] for name, value in started.request.headers.items()],
        "request_body": started.request.body[:MAX_REQUEST_BODY],
        "response_truncated": False,
        "started_at": started.at,
        "worker": worker,
    }


def ended(finished: Finished) -> dict[str, Any]:
    """What to fill in once an attempt has ended."""
    judgement, outcome = finished.judgement, finished.outcome
    values = {
        "of_delivery": finished.started.id,
        "of_number": finished.started.number,
        "outcome": (judgement.outcome if judgement else AttemptOutcome.UNKNOWN).value,
        "reason": judgement.reason if judgement else STOPPED,
        "ended_at": finished.at,
        "error_class": outcome.error_class.value if isinstance(outcome, Failed) else None,
    }
    return values | _exchange(outcome)


def _exchange(outcome: Answered | Failed | None) -> dict[str, Any]:
    timings = outcome.timings if outcome else None
    answered = outcome if isinstance(outcome, Answered) else None
    return {
        "status": outcome.status if outcome else None,
        "response_headers": [list(pair) for pair in answered.headers] if answered else None,
        "response_body": answered.body_head if answered else None,
        "response_length": answered.body_length if answered else None,
        "response_truncated": answered.truncated if answered else False,
        "peer_ip": outcome.peer_ip if outcome else None,
        "reused": outcome.reused if outcome else None,
        "dns_ms": timings.dns if timings else None,
        "connect_ms": timings.connect if timings else None,
        "tls_ms": timings.tls if timings else None,
        "first_byte_ms": timings.first_byte if timings else None,
        "total_ms": timings.total if timings else None,
    }


def given_back(finished: Finished, now: dt.datetime) -> dict[str, Any]:
    """What is next for the delivery."""
    started, outcome, judgement = finished.started, finished.outcome, finished.judgement
    error = outcome.error_class.value if isinstance(outcome, Failed) else None
    values: dict[str, Any] = {
        "of_delivery": started.id,
        "under_claim": started.claim_id,
        "trigger": Trigger.AUTOMATIC.value,
        "rung": started.rung + 1,
        "last_status": outcome.status if outcome else None,
        "last_error": error,
    }
    if judgement is None:
        return values | _interrupted(started, now)
    return values | _state(judgement.step, finished.at)


def _interrupted(started: Started, now: dt.datetime) -> dict[str, Any]:
    """It was not the endpoint's fault, so the ladder does not go on."""
    if started.at_most_once:
        step = {"state": DeliveryState.UNKNOWN.value, "due_at": None, "finished_at": now}
    else:
        step = {"state": DeliveryState.PENDING.value, "due_at": now, "finished_at": None}
    again = {"rung": started.rung, "trigger": started.trigger.value, "last_error": "unknown"}
    return step | again


def _state(step: Step, now: dt.datetime) -> dict[str, Any]:
    match step:
        case RetryAt():
            return {"state": DeliveryState.PENDING.value, "due_at": step.at, "finished_at": None}
        case Delivered():
            state = DeliveryState.SUCCEEDED
        case Parked():
            state = DeliveryState.UNKNOWN
        case GaveUp() | Unwanted():
            state = DeliveryState.EXHAUSTED
        case _:
            assert_never(step)
    return {"state": state.value, "due_at": None, "finished_at": now}
