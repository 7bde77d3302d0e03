"""How an endpoint is doing, and what follows from it: its breaker, and disabling it after days. Pure.

The breaker opens when nearly everything fails; deliveries then wait without using up their attempts. After a
pause one of them probes the endpoint, and its success lets the others go, first one at a time.
"""

from __future__ import annotations

import datetime as dt
from collections import deque
from dataclasses import dataclass, replace

from boatyard.webhook_dispatcher.models import BreakerState

WINDOW = dt.timedelta(minutes=5)
MIN_REQUESTS = 10
OPEN_RATIO = 0.7
"""Of so many requests within the window at least so many must have failed."""
PAUSES_SECONDS = (30, 60, 120, 300)
"""How long a breaker stays open, the longer the oftener in a row it opened."""
STEADY = dt.timedelta(hours=24)
"""Failures further apart than this don't show that nothing worked in between."""
SPREAD = dt.timedelta(hours=12)
"""Failures must lie so far apart before they disable a webhook, however short the operator sets the days."""
NOTE_SUCCESS_EVERY = dt.timedelta(seconds=10)
"""A success that changes nothing else is written down only so often."""


class Window:
    """Counts the requests of the last minutes and how many of them failed."""

    def __init__(self) -> None:
        self._requests: deque[tuple[dt.datetime, bool]] = deque(maxlen=256)

    def add(self, now: dt.datetime, *, failed: bool) -> None:
        """Count a request."""
        self._requests.append((now, failed))

    def clear(self) -> None:
        """Begin anew, as after an outage."""
        self._requests.clear()

    def is_bad(self, now: dt.datetime) -> bool:
        """Whether nearly everything failed lately."""
        while self._requests and self._requests[0][0] < now - WINDOW:
            self._requests.popleft()
        total = len(self._requests)
        failed = sum(failed for _, failed in self._requests)
        return total >= MIN_REQUESTS and failed >= OPEN_RATIO * total


@dataclass(frozen=True)
class Health:
    """What the record of a webhook says of its endpoint."""

    fail_streak: int = 0
    failing_since: dt.datetime | None = None
    last_failure_at: dt.datetime | None = None
    last_success_at: dt.datetime | None = None
    breaker: BreakerState = BreakerState.CLOSED
    breaker_until: dt.datetime | None = None
    breaker_trips: int = 0

    def after_success(self, now: dt.datetime) -> Health:
        """The endpoint took a delivery: all is well again."""
        noted = self.last_success_at
        if self.is_well and noted is not None and now - noted < NOTE_SUCCESS_EVERY:
            return self
        return Health(last_failure_at=self.last_failure_at, last_success_at=now)

    def after_failure(self, now: dt.datetime, *, window: Window, scale: float = 1.0) -> Health:
        """The endpoint did not take a delivery."""
        steady = (
            self.failing_since is not None
            and self.last_failure_at is not None
            and now - self.last_failure_at <= STEADY
        )
        failed = replace(
            self,
            fail_streak=self.fail_streak + 1,
            failing_since=self.failing_since if steady else now,
            last_failure_at=now,
        )
        probed = self.breaker is BreakerState.HALF_OPEN
        if probed or (self.breaker is BreakerState.CLOSED and window.is_bad(now)):
            return failed._opened(now, scale)
        return failed

    def probing(self, until: dt.datetime) -> Health:
        """A probe is under way; it counts as lost after a moment."""
        return replace(self, breaker=BreakerState.HALF_OPEN, breaker_until=until)

    @property
    def is_well(self) -> bool:
        """Whether nothing is held against the endpoint."""
        return self.fail_streak == 0 and self.breaker is BreakerState.CLOSED

    def is_hopeless(self, now: dt.datetime, *, after: dt.timedelta) -> bool:
        """Whether nothing but failure was seen for so long that the webhook should be disabled."""
        if self.failing_since is None or self.fail_streak < MIN_REQUESTS:
            return False
        return now - self.failing_since >= max(after, SPREAD)

    def _opened(self, now: dt.datetime, scale: float) -> Health:
        seconds = PAUSES_SECONDS[min(self.breaker_trips, len(PAUSES_SECONDS) - 1)] * scale
        return replace(
            self,
            breaker=BreakerState.OPEN,
            breaker_until=now + dt.timedelta(seconds=seconds),
            breaker_trips=self.breaker_trips + 1,
        )
