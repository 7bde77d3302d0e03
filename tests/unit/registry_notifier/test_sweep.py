import datetime as dt

import pytest

from boatyard.registry_notifier.position import Position
from boatyard.registry_notifier.sweep import Findings, differences, is_settled
from boatyard.shared.registry import Resolved

NOON = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
A, B = (Resolved("sha256:" + letter * 64, "type") for letter in "ab")
QUIET = dt.timedelta(seconds=2)


def known(
    tag: str, at: Resolved | None, sequence: int = 1, placeholder: str | None = None
) -> Position:
    digest = at.digest if at else None
    return Position("team/app", tag, digest, "type", sequence, placeholder=placeholder)


def found(*positions: Position, **tags: Resolved | None) -> list[tuple[str, int, Resolved | None]]:
    listed = differences("team/app", known=positions, found=tags, read_at=NOON)
    assert {d.read_at for d in listed} <= {NOON}
    return [(d.tag, d.sequence, d.found) for d in listed]


def test_what_is_where_it_is_known_to_be_makes_no_difference() -> None:
    assert found(known("v1", A), known("v2", None), v1=A) == []


def test_a_tag_that_nobody_told_of_is_found() -> None:
    assert found(v1=A) == [("v1", 0, A)]


def test_a_tag_that_moved_is_found() -> None:
    assert found(known("v1", A, 7), v1=B) == [("v1", 7, B)]


def test_a_tag_that_is_gone_is_found() -> None:
    assert found(known("v1", A, 7)) == [("v1", 7, None)]


def test_a_tag_that_is_listed_and_points_at_nothing_is_gone() -> None:
    assert found(known("v1", A), known("v2", None), v1=None, v2=None) == [("v1", 1, None)]


def test_a_tag_that_came_back_is_found() -> None:
    assert found(known("v1", None, 8), v1=A) == [("v1", 8, A)]


@pytest.mark.parametrize("now", [A, B, None])
def test_a_tag_whose_removal_was_begun_is_looked_at_again(now: Resolved | None) -> None:
    listed = {"v1": now} if now else {}
    assert found(known("v1", A, placeholder=B.digest), **listed) == [("v1", 1, now)]


def test_differences_come_in_the_order_of_their_tags() -> None:
    assert [tag for tag, _, _ in found(known("m", A), z=A, a=A)] == ["a", "m", "z"]


def test_findings_add_up() -> None:
    total = Findings(repositories=1, tags=2) + Findings(tags=3, changes=4, skipped=5)
    assert total == Findings(repositories=1, tags=5, changes=4, skipped=5)


def seconds(count: float) -> dt.datetime:
    return NOON + dt.timedelta(seconds=count)


@pytest.mark.parametrize(
    ("latest", "now", "settled"),
    [
        (None, seconds(1.9), False),
        (None, seconds(2), True),
        ((seconds(1), seconds(0.5)), seconds(1), True),  # of something later than the reading
        ((seconds(1), seconds(-0.5)), seconds(2.9), False),  # something older came late: more may
        ((seconds(1), seconds(-0.5)), seconds(3), True),
        ((seconds(-60), seconds(-60)), seconds(1), False),
        ((seconds(-60), seconds(-60)), seconds(2), True),
    ],
)
def test_a_difference_is_settled_when_no_news_can_be_on_their_way(
    latest: tuple[dt.datetime, dt.datetime] | None, now: dt.datetime, settled: bool
) -> None:
    assert is_settled(latest, read_at=NOON, now=now, quiet=QUIET) is settled
