import datetime as dt

import pytest

from boatyard.registry_notifier.position import (
    NEVER,
    Changed,
    Doubtful,
    Position,
    Unchanged,
    after_news,
    after_placing,
    event_id,
    pull_id,
)
from boatyard.registry_notifier.translate import Placed, Pushed, TagGone
from boatyard.shared.events import TagDeleted, TagOrigin, TagPushed

NOON = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
LATER = NOON + dt.timedelta(seconds=1)
A, B = "sha256:" + "a" * 64, "sha256:" + "b" * 64
TYPE = "application/vnd.oci.image.manifest.v1+json"
UNKNOWN = Position("team/app", "v1")
AT_A = Position("team/app", "v1", A, TYPE, sequence=3, as_of=NOON)
GONE = Position("team/app", "v1", None, "", sequence=4, as_of=NOON)


def pushed(digest: str, at: dt.datetime = LATER) -> Pushed:
    return Pushed("team/app", "v1", digest, TYPE, "anna", at)


def gone(at: dt.datetime = LATER) -> TagGone:
    return TagGone("team/app", "v1", "anna", at)


def changed(outcome: object) -> Changed:
    assert isinstance(outcome, Changed)
    return outcome


def test_the_first_push_of_a_tag_is_its_first_change() -> None:
    outcome = changed(after_news(UNKNOWN, pushed(A)))
    assert outcome.position == Position("team/app", "v1", A, TYPE, sequence=1, as_of=LATER)
    assert outcome.event == TagPushed(
        id=event_id(outcome.position),
        occurred_at=LATER,
        repository="team/app",
        tag="v1",
        digest=A,
        media_type=TYPE,
        sequence=1,
        pushed_by="anna",
    )


def test_a_tag_that_moves_tells_what_it_pointed_at_before() -> None:
    told = changed(after_news(AT_A, pushed(B))).event
    assert isinstance(told, TagPushed)
    assert (told.sequence, told.digest, told.previous_digest) == (4, B, A)


def test_a_tag_that_goes_tells_what_it_pointed_at_last() -> None:
    outcome = changed(after_news(AT_A, gone()))
    assert outcome.position == Position("team/app", "v1", None, "", sequence=4, as_of=LATER)
    assert isinstance(outcome.event, TagDeleted)
    assert (outcome.event.sequence, outcome.event.digest) == (4, A)
    assert (outcome.event.deleted_by, outcome.event.origin) == ("anna", TagOrigin.PUSH)


def test_a_tag_that_comes_back_is_counted_on() -> None:
    told = changed(after_news(GONE, pushed(A))).event
    assert isinstance(told, TagPushed)
    assert (told.sequence, told.previous_digest) == (5, None)


def test_the_same_image_pushed_again_changes_nothing() -> None:
    outcome = after_news(AT_A, pushed(A))
    assert isinstance(outcome, Unchanged)
    assert outcome.position == Position("team/app", "v1", A, TYPE, sequence=3, as_of=LATER)


@pytest.mark.parametrize(("known", "news"), [(AT_A, pushed(B, NOON)), (AT_A, gone(NOON))])
def test_news_of_the_very_moment_is_believed(known: Position, news: Pushed | TagGone) -> None:
    changed(after_news(known, news))


@pytest.mark.parametrize("news", [pushed(B, NEVER), gone(NEVER)])
def test_old_news_that_disagree_are_doubtful(news: Pushed | TagGone) -> None:
    assert after_news(AT_A, news) == Doubtful("team/app", "v1", news)


def test_old_news_that_agree_set_nothing_back() -> None:
    assert after_news(AT_A, pushed(A, NEVER)) == Unchanged(AT_A)


def test_a_placeholder_is_neither_a_version_nor_a_deletion() -> None:
    after = after_placing(AT_A, Placed("team/app", "v1", B, LATER))
    assert (after.digest, after.sequence, after.placeholder) == (A, 3, B)


def test_an_old_placeholder_counts_no_more() -> None:
    assert after_placing(AT_A, Placed("team/app", "v1", B, NEVER)) == AT_A


def test_a_push_takes_the_place_of_a_placeholder() -> None:
    waiting = after_placing(AT_A, Placed("team/app", "v1", B, LATER))
    outcome = after_news(waiting, pushed(A))
    assert isinstance(outcome, Unchanged)
    assert outcome.position.placeholder is None


def test_whoever_finds_a_change_gives_it_the_same_id() -> None:
    first, again = after_news(AT_A, pushed(B)), after_news(AT_A, pushed(B, LATER.replace(hour=20)))
    assert changed(first).event.id == changed(again).event.id


def test_different_changes_have_different_ids() -> None:
    positions = [
        Position("team/app", "v1", A, sequence=1),
        Position("team/app", "v1", A, sequence=2),
        Position("team/app", "v1", B, sequence=1),
        Position("team/app", "v1", None, sequence=1),
        Position("team/app", "v2", A, sequence=1),
        Position("team/apps", "v1", A, sequence=1),
    ]
    assert len({event_id(position) for position in positions}) == len(positions)


def test_the_ids_stay_the_same_from_release_to_release() -> None:
    assert str(event_id(AT_A)) == "b109d9a1-5ba3-5e2b-a859-819dfab86aee"
    assert (
        str(pull_id("c14e515e-a270-4465-afea-d39736c3ca59"))
        == "619f0957-1ad4-5143-a81a-a7313547dfe5"
    )
