"""The life of a build as data, and the sentences of its reasons."""

from __future__ import annotations

import string

import pytest

from boatyard.builder.reasons import PASSING, SENTENCES, USERS, Reason, sentence
from boatyard.builder.states import ENDED, GROUPS, TRANSITIONS, Group, group_of, may_become
from boatyard.shared.events import BuildStatus


def test_every_status_is_in_one_group() -> None:
    grouped = [status for statuses in GROUPS.values() for status in statuses]
    assert sorted(grouped) == sorted(BuildStatus)
    assert group_of(BuildStatus.SUPERSEDED) is Group.FAILED


def test_nothing_leads_out_of_an_end() -> None:
    assert set(TRANSITIONS) == set(BuildStatus)
    assert not any(TRANSITIONS[status] for status in ENDED)


def test_only_what_was_built_succeeds() -> None:
    assert may_become(BuildStatus.BUILDING, BuildStatus.SUCCEEDED)
    assert not may_become(BuildStatus.QUEUED, BuildStatus.SUCCEEDED)
    assert may_become(BuildStatus.BUILDING, BuildStatus.QUEUED)


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_a_sentence_of_one_line(reason: Reason) -> None:
    names = {name for _, name, _, _ in string.Formatter().parse(SENTENCES[reason]) if name}
    text = sentence(reason, **{name: "a\nb" for name in names})
    assert text
    assert "\n" not in text
    assert "{" not in text


def test_nothing_is_both_the_users_and_passing() -> None:
    assert not USERS & PASSING
