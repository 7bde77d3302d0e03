import datetime as dt

import pytest

from boatyard.shared.settings import SettingsError
from boatyard.standalone.collecting import Collected, until
from boatyard.standalone.settings import StandaloneSettings

NOW = dt.datetime(2026, 3, 14, 3, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("at", "seconds"), [("03:31", 60), ("03:30", 86_400), ("03:29", 86_340), ("00:00", 73_800)]
)
def test_the_time_of_day_comes_round(at: str, seconds: float) -> None:
    assert until(at, NOW) == seconds


@pytest.mark.parametrize("at", ["25:00", "3:30", "03:60", "at night"])
def test_what_is_no_time_of_day_is_named(at: str) -> None:
    with pytest.raises(SettingsError, match="COLLECT_AT"):
        StandaloneSettings.load(collect_at=at)


def test_it_is_off_unless_a_time_is_given() -> None:
    assert StandaloneSettings.load().collect_at == ""


def test_what_was_freed_is_told_with_how_long_it_took() -> None:
    done = Collected(blobs=3, size=2048, repositories=1, seconds=1.5, refused_seconds=1.0)
    assert str(done) == (
        "freed 2.0 KiB in 3 files, with what was left of 1 deleted repositories; it took 1.5 s, "
        "and pushes were refused for 1.0 s"
    )
