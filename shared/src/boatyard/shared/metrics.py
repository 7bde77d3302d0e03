"""The numbers that every service keeps: its requests, the messages it handled, those it has still to send."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
UNROUTED = "none"
"""Stands for the path of what no route answers: whatever somebody typed must not become a label."""


class ProcessMetrics:
    """Counts for all services of a process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Histogram(
            "boatyard_http_request_seconds",
            "How long requests took until the head of their answer, by route, method and status.",
            ["method", "route", "status"],
            buckets=SECONDS,
            registry=registry,
        )
        self._handled = Counter(
            "boatyard_messages_handled",
            "Messages that a consumer is done with: handled, retried, or rejected for good.",
            ["consumer", "subject", "outcome"],
            registry=registry,
        )
        self._lag = Histogram(
            "boatyard_message_age_seconds",
            "How old messages were, from what they tell of to when they were handled, by consumer.",
            ["consumer"],
            buckets=(*SECONDS, 60, 300, 3600),
            registry=registry,
        )
        self._sent = Counter(
            "boatyard_outbox_sent",
            "Messages that a service published from its outbox.",
            ["service"],
            registry=registry,
        )
        self._waiting = Gauge(
            "boatyard_outbox_oldest_seconds",
            "For how long the oldest message of a service has been waiting to be published; 0 if none is.",
            ["service"],
            registry=registry,
        )

    def request(self, *, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request."""
        self._requests.labels(method, route, str(status)).observe(seconds)

    def handled(self, consumer: str, subject: str, outcome: str) -> None:
        """Count a message that a consumer is done with."""
        self._handled.labels(consumer, subject, outcome).inc()

    def aged(self, consumer: str, occurred: Sequence[dt.datetime], now: dt.datetime) -> None:
        """Note how old messages were that a consumer handled."""
        lag = self._lag.labels(consumer)
        for moment in occurred:
            lag.observe(max(0.0, (now - moment).total_seconds()))

    def sent(self, service: str, count: int) -> None:
        """Count messages that were published."""
        self._sent.labels(service).inc(count)

    def waiting(self, service: str, seconds: float) -> None:
        """Note for how long the oldest message of an outbox has been waiting."""
        self._waiting.labels(service).set(seconds)
