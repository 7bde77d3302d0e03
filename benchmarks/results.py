"""What a measure comes to: rows of a table, each with its budget and whether that is kept."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class AtMost:
    """The budget is kept by what is this large or smaller."""

    limit: float

    def kept_by(self, number: float) -> bool:
        return number <= self.limit

    def __str__(self) -> str:
        return f"≤ {number(self.limit)}"


@dataclass(frozen=True)
class AtLeast:
    """The budget is kept by what is this large or larger."""

    limit: float

    def kept_by(self, number: float) -> bool:
        return number >= self.limit

    def __str__(self) -> str:
        return f"≥ {number(self.limit)}"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One number that was measured, beside the number that the bare parts reach in the same run.

    Where there is a `bare` number the budget speaks of value ÷ bare, otherwise of the value itself. A row
    without a budget is there to explain another one.
    """

    what: str
    value: float
    unit: str
    bare: float | None = None
    bare_is: str = ""
    """What the bare number is of, in a few words."""
    budget: AtMost | AtLeast | None = None

    @property
    def ratio(self) -> float | None:
        """Value ÷ bare."""
        return None if self.bare is None else self.value / self.bare

    @property
    def kept(self) -> bool | None:
        """Whether the budget is kept; None if there is none."""
        judged = self.value if self.ratio is None else self.ratio
        return None if self.budget is None else self.budget.kept_by(judged)


@dataclass(frozen=True)
class Measure:
    """A budget's name, what is measured, and the function that measures it in an empty folder."""

    name: str
    title: str
    run: Callable[[Path], Sequence[Row]]


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that so many percent of the values don't exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def number(value: float) -> str:
    """A number with three significant digits, and thousands apart."""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
