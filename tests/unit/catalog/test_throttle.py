"""How long somebody has to wait."""

import datetime as dt

import pytest

from boatyard.catalog.accounts.throttle import FORGET, Limit, wait

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
LIMIT = Limit(free=5, longest=dt.timedelta(minutes=1))


@pytest.mark.parametrize(
    ("failures", "ago", "seconds"),
    [
        (0, 0, 0),
        (4, 0, 0),
        (5, 0, 1),
        (6, 0, 2),
        (9, 0, 16),
        (9, 10, 6),
        (9, 16, 0),
        (9, 900, 0),
        (11, 0, 60),
        (10_000, 0, 60),
        (10_000, FORGET.total_seconds(), 0),
    ],
)
def test_the_pause_doubles_up_to_the_longest(failures: int, ago: float, seconds: float) -> None:
    last_at = NOW - dt.timedelta(seconds=ago)
    pause = wait(failures=failures, limit=LIMIT, last_at=last_at, now=NOW)
    assert pause == dt.timedelta(seconds=seconds)
