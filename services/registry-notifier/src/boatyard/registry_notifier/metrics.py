"""The numbers that registry-notifier keeps."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from boatyard.registry_notifier.actions import Receipt, Seen
from boatyard.registry_notifier.sweep import Findings


class Metrics:
    """Counts notifications, what came of them, and sweeps."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._notifications = Counter(
            "boatyard_registry_notifications",
            "Notifications of the registry that were received, by what they tell of.",
            ["action"],
            registry=registry,
        )
        self._ignored = Counter(
            "boatyard_registry_notifications_ignored",
            "Notifications that mean nothing for tags, by the reason.",
            ["reason"],
            registry=registry,
        )
        self._changes = Counter(
            "boatyard_registry_tag_changes",
            "Changes of tags, by how they became known: push, reconcile, or doubt about a notification.",
            ["origin"],
            registry=registry,
        )
        self._doubts = Counter(
            "boatyard_registry_notifications_doubtful",
            "Notifications that could not be believed, so that the registry was asked.",
            registry=registry,
        )
        self._sweeps = Histogram(
            "boatyard_registry_sweep_seconds",
            "How long a sweep of the registry took.",
            buckets=(0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600),
            registry=registry,
        )
        self._failed = Counter(
            "boatyard_registry_sweeps_failed",
            "Sweeps that could not be finished.",
            registry=registry,
        )
        self._reachable = Gauge(
            "boatyard_registry_reachable",
            "Whether the registry answered when it was asked last.",
            registry=registry,
        )

    def received(self, receipt: Receipt) -> None:
        """Count what came of one request."""
        for action, count in receipt.actions.items():
            self._notifications.labels(action).inc(count)
        for reason, count in receipt.ignored.items():
            self._ignored.labels(reason).inc(count)
        self._changes.labels("push").inc(len(receipt.changes))
        self._doubts.inc(len(receipt.doubts))

    def looked_again(self, seen: Seen) -> None:
        """Count what came of a notification that could not be believed."""
        self._changes.labels("doubt").inc(int(seen is Seen.CHANGED))

    def swept(self, findings: Findings, seconds: float) -> None:
        """Count a sweep that was finished."""
        self._changes.labels("reconcile").inc(findings.changes)
        self._sweeps.observe(seconds)

    def sweep_failed(self) -> None:
        """Count a sweep that was not."""
        self._failed.inc()

    def watched(self, *, reachable: bool) -> None:
        """Note whether the registry answered."""
        self._reachable.set(reachable)
