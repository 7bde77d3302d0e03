"""Which events a webhook wants."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

import pytest

from boatyard.webhook_dispatcher.filters import Filters, check_pattern
from boatyard.webhook_dispatcher.formats import Announcement, EventType


def about(type: EventType = EventType.TAG_PUSHED, **data: object) -> Announcement:
    now = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    return Announcement(UUID(int=1), type, now, {"repository": "team/app", **data})


def test_no_filter_lets_everything_pass() -> None:
    assert Filters().passes(about(tag="v1"))
    assert Filters().passes(about(EventType.REPOSITORY_DELETED))


def test_events_are_chosen_by_type() -> None:
    filters = Filters(events=frozenset({"tag.deleted"}))
    assert filters.passes(about(EventType.TAG_DELETED, tag="v1"))
    assert not filters.passes(about(tag="v1"))


@pytest.mark.parametrize(
    ("tag", "passes"),
    [
        ("v1", True),
        ("v1.2", True),
        ("v1-rc1", False),
        ("V1", False),
        ("latest", False),
        ("release", True),
    ],
)
def test_tags_are_chosen_by_patterns_case_and_all(tag: str, passes: bool) -> None:
    filters = Filters(include_tags=("v*", "release"), exclude_tags=("*-rc?",))
    assert filters.passes(about(tag=tag)) is passes


def test_an_event_about_no_tag_passes_tag_patterns() -> None:
    assert Filters(include_tags=("v*",)).passes(about(EventType.REPOSITORY_UPDATED))


def test_a_build_passes_if_one_of_its_tags_does() -> None:
    filters = Filters(include_tags=("v*",), exclude_tags=("v1",))
    assert filters.passes(about(EventType.BUILD_SUCCEEDED, tags=["v1", "v2"]))
    assert not filters.passes(about(EventType.BUILD_SUCCEEDED, tags=["v1", "latest"]))


def test_origins_are_chosen_where_there_is_one() -> None:
    filters = Filters(origins=frozenset({"push"}))
    assert filters.passes(about(tag="v1", origin="push"))
    assert not filters.passes(about(tag="v1", origin="reconcile"))
    assert filters.passes(about(EventType.REPOSITORY_UPDATED))


def test_filters_survive_the_database() -> None:
    filters = Filters(
        events=frozenset({"tag.pushed"}),
        include_tags=("v*",),
        exclude_tags=("x",),
        origins=frozenset({"push"}),
    )
    assert Filters.from_json(filters.to_json()) == filters


@pytest.mark.parametrize("pattern", ["", "a b", "[ab]", "v/1", "ü", "x" * 129])
def test_a_pattern_that_no_tag_can_match_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="must be"):
        check_pattern(pattern)
