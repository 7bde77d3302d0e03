"""Which measures there are."""

from __future__ import annotations

from benchmarks import (
    b1_deliveries,
    b2_latency,
    b3_isolation,
    b4_builds,
    b5_push,
    b6_github,
    b7_lists,
    b8_start,
)
from benchmarks.results import Measure

MEASURES: tuple[Measure, ...] = (
    Measure("B1", "Deliveries a second, each recorded before and after", b1_deliveries.measure),
    Measure(
        "B2",
        f"From push to webhook, at {b2_latency.RATE} tag pushes per second",
        b2_latency.measure,
    ),
    Measure("B3", "Endpoints that are well while others hang", b3_isolation.measure),
    Measure("B4", "From the request to build to the tag", b4_builds.measure),
    Measure("B5", "Push through the whole system", b5_push.measure),
    Measure("B6", "Deliveries of GitHub, stored before they are answered", b6_github.measure),
    Measure(
        "B7",
        "Lists with 100,000 repositories and 1,000,000 tags, on PostgreSQL",
        b7_lists.measure,
    ),
    Measure("B8", "Start and memory of the embedded installation", b8_start.measure),
)
"""Every measure, in the order of the budgets."""
