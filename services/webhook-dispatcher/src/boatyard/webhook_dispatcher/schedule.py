"""When a delivery is tried again. Pure: the ladder, its jitter, and what an endpoint asks for."""

from __future__ import annotations

import datetime as dt
import random
import re
from email.utils import parsedate_to_datetime

LADDER = (0, 5, 300, 1800, 7200, 18_000, 36_000, 36_000)
"""Seconds before each attempt, since the one before it failed: 27.6 hours in all."""
JITTER = 0.2
"""Every pause is up to so much shorter or longer, so that what failed together does not come back together."""
THROTTLED_SECONDS = 60
"""The shortest pause for an endpoint that is too slow or says that it gets too much."""
MAX_RETRY_AFTER = 365 * 24 * 3600
_SECONDS = re.compile(r"[0-9]{1,20}(\.[0-9]{1,20})?")


class Ladder:
    """The pauses, multiplied by a scale that tests make small."""

    def __init__(self, *, scale: float = 1.0, chance: random.Random | None = None) -> None:
        self._scale = scale
        self._chance = chance or random.Random()  # noqa: S311 - it spreads load and hides nothing

    def next_pause(
        self, *, failed: int, throttled: bool = False, retry_after: float | None = None
    ) -> dt.timedelta | None:
        """How long to wait after so many failed attempts; None if that was the last one.

        What the endpoint asks for counts between the pause of the ladder and its double.
        """
        if failed >= len(LADDER):
            return None
        base = float(LADDER[failed])
        if throttled:
            base = max(base, THROTTLED_SECONDS)
        pause = base * self._chance.uniform(1 - JITTER, 1 + JITTER)
        if throttled:
            pause = max(pause, THROTTLED_SECONDS)
        if retry_after is not None:
            pause = min(max(retry_after, base), 2 * base)
        return dt.timedelta(seconds=pause * self._scale)


def parse_retry_after(value: str, *, now: dt.datetime) -> float | None:
    """The seconds that a `Retry-After` header asks for: whole, with a fraction, or a date.

    None for what is none of these. A moment that has passed is 0.
    """
    text = value.strip()
    try:
        number = _SECONDS.fullmatch(text)
        seconds = float(text) if number else (_date(text) - now).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(seconds, 0.0), MAX_RETRY_AFTER)


def _date(text: str) -> dt.datetime:
    moment = parsedate_to_datetime(text)
    return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment
