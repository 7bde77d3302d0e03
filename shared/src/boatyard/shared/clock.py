"""The time, as a port: the machine's clock, and one that a test sets."""

from __future__ import annotations

import datetime as dt
from typing import Protocol


class Clock(Protocol):
    """Tells the time. Leases and ladders are reckoned by it, durations by the event loop's own clock."""

    def now(self) -> dt.datetime:
        """The moment it is, in UTC and aware of it."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> dt.datetime:
        """The moment it is, by the machine."""
        return dt.datetime.now(dt.UTC)  # noqa: TID251 - this is the one place that asks the machine


class SetClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, start: dt.datetime | None = None) -> None:
        self._now = start or dt.datetime(2026, 1, 1, tzinfo=dt.UTC)

    def now(self) -> dt.datetime:
        """The moment a test last set."""
        return self._now

    def advance(self, **duration: float) -> None:
        """Move on by `timedelta(**duration)`."""
        self._now += dt.timedelta(**duration)
