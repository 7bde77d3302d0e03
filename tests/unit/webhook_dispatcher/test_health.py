"""How an endpoint is doing, and what follows from it."""

from __future__ import annotations

import datetime as dt

from boatyard.webhook_dispatcher.health import Health, Window
from boatyard.webhook_dispatcher.models import BreakerState

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
FIVE_DAYS = dt.timedelta(days=5)


def after(health: Health, *results: bool, window: Window, every: float = 1.0) -> Health:
    """Some attempts, so many seconds apart; True is a success."""
    now = NOW
    for success in results:
        window.add(now, failed=not success)
        health = health.after_success(now) if success else health.after_failure(now, window=window)
        now += dt.timedelta(seconds=every)
    return health


def test_a_few_failures_leave_the_breaker_closed() -> None:
    health = after(Health(), *[False] * 9, window=Window())
    assert (health.breaker, health.fail_streak) == (BreakerState.CLOSED, 9)


def test_ten_failures_open_it_for_half_a_minute() -> None:
    health = after(Health(), *[False] * 10, window=Window())
    assert health.breaker is BreakerState.OPEN
    assert health.breaker_until == NOW + dt.timedelta(seconds=9 + 30)


def test_an_endpoint_that_takes_a_third_keeps_it_closed() -> None:
    health = after(Health(), *[True, False, False] * 10, window=Window())
    assert health.breaker is BreakerState.CLOSED


def test_failures_of_long_ago_do_not_count() -> None:
    health = after(Health(), *[False] * 30, window=Window(), every=60)
    assert health.breaker is BreakerState.CLOSED


def test_a_probe_that_fails_opens_it_for_longer() -> None:
    window = Window()
    health = after(Health(), *[False] * 10, window=window)
    later = NOW + dt.timedelta(minutes=1)
    health = health.probing(later).after_failure(later, window=window)
    assert (health.breaker, health.breaker_trips) == (BreakerState.OPEN, 2)
    assert health.breaker_until == later + dt.timedelta(seconds=60)


def test_a_probe_that_succeeds_closes_it_and_forgives_everything() -> None:
    health = after(Health(), *[False] * 10, window=Window()).probing(NOW)
    later = NOW + dt.timedelta(minutes=1)
    health = health.after_success(later)
    assert health.is_well
    assert (health.breaker_trips, health.failing_since, health.last_success_at) == (0, None, later)


def test_another_success_soon_after_needs_no_writing_down() -> None:
    health = Health(last_success_at=NOW)
    assert health.after_success(NOW + dt.timedelta(seconds=5)) is health
    assert health.after_success(NOW + dt.timedelta(seconds=15)) is not health


def failing(
    *, days: float, every_hours: float, window: Window | None = None
) -> tuple[bool, Health]:
    health, now, ends_at = Health(), NOW, NOW + dt.timedelta(days=days)
    while now <= ends_at:
        health = health.after_failure(now, window=window or Window())
        if health.is_hopeless(now, after=FIVE_DAYS):
            return True, health
        now += dt.timedelta(hours=every_hours)
    return False, health


def test_five_days_of_nothing_but_failure_are_hopeless() -> None:
    assert failing(days=6, every_hours=3)[0]


def test_four_days_are_not() -> None:
    assert not failing(days=4, every_hours=3)[0]


def test_a_failure_now_and_then_proves_nothing() -> None:
    assert not failing(days=60, every_hours=30)[0]


def test_one_success_begins_the_count_anew() -> None:
    _, health = failing(days=4, every_hours=3)
    healed = health.after_success(NOW + dt.timedelta(days=4))
    again = healed.after_failure(NOW + dt.timedelta(days=5, hours=1), window=Window())
    assert not again.is_hopeless(NOW + dt.timedelta(days=5, hours=1), after=FIVE_DAYS)


def test_a_short_setting_still_asks_for_failures_half_a_day_apart() -> None:
    health, now = Health(), NOW
    for _ in range(20):
        health = health.after_failure(now, window=Window())
        now += dt.timedelta(minutes=1)
    assert not health.is_hopeless(now, after=dt.timedelta(minutes=1))
