"""Which measures there are."""

from __future__ import annotations

from benchmarks.results import Measure

MEASURES: tuple[Measure, ...] = ()
"""Every measure, in the order of the budgets."""
