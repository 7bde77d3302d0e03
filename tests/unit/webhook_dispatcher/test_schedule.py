"""When a delivery is tried again."""

from __future__ import annotations

import datetime as dt
import random

import pytest

from boatyard.webhook_dispatcher.schedule import LADDER, Ladder, parse_retry_after

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


def pause(failed: int, **said: object) -> float:
    found = Ladder(chance=random.Random(1)).next_pause(failed=failed, **said)  # type: ignore[arg-type]
    assert found is not None
    return found.total_seconds()


@pytest.mark.parametrize("failed", range(1, len(LADDER)))
def test_each_pause_is_that_of_the_ladder_give_or_take_a_fifth(failed: int) -> None:
    assert 0.8 * LADDER[failed] <= pause(failed) <= 1.2 * LADDER[failed]


def test_pauses_differ_so_that_what_failed_together_comes_back_apart() -> None:
    ladder = Ladder(chance=random.Random(1))
    assert len({ladder.next_pause(failed=3) for _ in range(20)}) == 20


def test_the_eighth_failure_is_the_last() -> None:
    assert Ladder().next_pause(failed=8) is None


def test_the_whole_ladder_takes_more_than_a_day() -> None:
    assert sum(LADDER) == 99_305


def test_an_endpoint_that_is_overwhelmed_gets_a_minute_at_least() -> None:
    assert pause(1, throttled=True) >= 60


def test_a_wish_of_the_endpoint_counts_between_the_pause_and_its_double() -> None:
    assert pause(2, retry_after=400.0) == 400
    assert pause(2, retry_after=1.0) == 300
    assert pause(2, retry_after=1e9) == 600
    assert pause(1, throttled=True, retry_after=90.0) == 90


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 1.5 ", 1.5),
        ("0", 0),
        ("Sun, 01 Mar 2026 12:01:00 GMT", 60),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0),
        ("99999999999999999999", 365 * 24 * 3600),
        ("-5", None),
        ("soon", None),
        ("", None),
        ("1_000", None),
        ("nan", None),
        ("\uff11\uff12", None),
        ("Sun, 99 Mar 2026 12:01:00 GMT", None),
    ],
)
def test_retry_after_is_read_in_every_form(value: str, seconds: float | None) -> None:
    assert parse_retry_after(value, now=NOW) == seconds
