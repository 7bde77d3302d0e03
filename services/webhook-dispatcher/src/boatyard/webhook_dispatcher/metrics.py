"""The numbers that webhook-dispatcher keeps."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from boatyard.webhook_dispatcher.models import AttemptOutcome, BreakerState
from boatyard.webhook_dispatcher.results import Finished
from boatyard.webhook_dispatcher.scheduler import Lane, Scheduler
from boatyard.webhook_dispatcher.store.queue import Waiting


class Metrics:
    """Counts attempts, and watches what waits."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._attempts = Counter(
            "boatyard_webhook_attempts",
            "Attempts that ended, by what came of them and why they were made.",
            ["outcome", "trigger"],
            registry=registry,
        )
        self._seconds = Histogram(
            "boatyard_webhook_attempt_seconds",
            "How long attempts took that got an answer.",
            buckets=(0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15),
            registry=registry,
        )
        self._duplicates = Counter(
            "boatyard_webhook_possible_duplicates",
            "Deliveries that may be sent again although they arrived: their sender had vanished.",
            registry=registry,
        )
        self._oldest = Gauge(
            "boatyard_webhook_oldest_due_seconds",
            "For how long the oldest delivery has been due that nobody sends yet, by lane. What waits for a "
            "breaker or a person counts as `held`.",
            ["lane"],
            registry=registry,
        )
        self._under_way = Gauge(
            "boatyard_webhook_requests_under_way",
            "Requests under way, by lane.",
            ["lane"],
            registry=registry,
        )
        self._breakers = Gauge(
            "boatyard_webhook_breakers",
            "Webhooks with something to send, by the state of their breaker.",
            ["state"],
            registry=registry,
        )
        self._fanned_out = Counter(
            "boatyard_webhook_deliveries",
            "Deliveries that were entered.",
            registry=registry,
        )
        self.oldest_due_seconds: dict[str, float] = {}

    def attempt(self, finished: Finished) -> None:
        """Count an attempt that has ended."""
        judgement = finished.judgement
        outcome = judgement.outcome if judgement else AttemptOutcome.UNKNOWN
        self._attempts.labels(outcome.value, finished.started.trigger.value).inc()
        if finished.outcome is not None:
            self._seconds.observe(finished.outcome.timings.total / 1000)
        else:
            self.possible_duplicates(1)

    def possible_duplicates(self, count: int) -> None:
        """Count deliveries whose attempt nobody knows the end of."""
        self._duplicates.inc(count)

    def entered(self, count: int) -> None:
        """Count deliveries that were entered."""
        self._fanned_out.inc(count)

    def lanes(self, scheduler: Scheduler) -> None:
        """Watch the slots."""
        for lane in Lane:
            self._under_way.labels(lane.value).set(scheduler.used(lane))

    def due(self, due: Sequence[Waiting], now: dt.datetime, scheduler: Scheduler) -> None:
        """Watch for how long what is due has been due."""
        oldest = {lane.value: 0.0 for lane in Lane} | {"held": 0.0}
        breakers = dict.fromkeys(BreakerState, 0)
        for each in due:
            line = scheduler.line(each.webhook_id)
            if line is None:
                continue
            breakers[line.facts.breaker] += 1
            held = not line.facts.sendable or line.facts.waits_until(now) is not None
            lane = "held" if held else line.lane.value
            oldest[lane] = max(oldest[lane], (now - each.due_at).total_seconds())
        self.oldest_due_seconds = oldest
        for lane, seconds in oldest.items():
            self._oldest.labels(lane).set(seconds)
        for state, count in breakers.items():
            self._breakers.labels(state.value).set(count)
