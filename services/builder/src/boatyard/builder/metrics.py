"""What builder counts."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_BUCKETS = (0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600)


class BuildMetrics:
    """Numbers about builds, in the registry of the process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.ended = Counter(
            "boatyard_builds_ended", "Builds that ended.", ["status"], registry=registry
        )
        self.seconds = Histogram(
            "boatyard_build_phase_seconds",
            "How long the phases of builds took.",
            ["phase"],
            buckets=_BUCKETS,
            registry=registry,
        )
        self.running = Gauge(
            "boatyard_builds_running", "Builds that this process works on.", registry=registry
        )
        self.waiting = Gauge(
            "boatyard_builds_waiting", "Builds that wait for a worker.", registry=registry
        )
        self.put_back = Counter(
            "boatyard_builds_put_back",
            "Builds that were put back into the queue.",
            registry=registry,
        )
