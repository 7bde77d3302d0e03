"""Every payload that Octokit collected is understood, or left alone for a reason."""

import pytest

from boatyard.github_gateway.inbound.envelope import CONCERNING
from boatyard.github_gateway.inbound.facts import (
    AuthorizationRevoked,
    ChecksRerequested,
    Fact,
    InstallationGone,
    Nothing,
    ProjectChanged,
    ProjectGone,
    ProjectsWithdrawn,
    RefDeleted,
    RefPushed,
    RefsMayDiffer,
    translate,
)
from tests.contract.inbound.github.examples import Example, examples


def facts(event: str) -> list[Fact]:
    return [translate(it.event, it.payload) for it in examples() if it.event == event]


def test_there_are_examples_of_every_kind() -> None:
    assert len({it.event for it in examples()}) > 50
    assert len(examples()) > 300


@pytest.mark.parametrize("event", sorted(CONCERNING - {"installation_target"}))
def test_every_kind_that_concerns_us_can_be_read(event: str) -> None:
    assert facts(event)


def test_a_kind_that_concerns_nothing_is_left_alone() -> None:
    others: list[Example] = [it for it in examples() if it.event not in CONCERNING]
    assert all(isinstance(translate(it.event, it.payload), Nothing) for it in others)


def test_pushes_are_told_apart() -> None:
    found = facts("push")
    pushed = [it for it in found if isinstance(it, RefPushed)]
    deleted = [it for it in found if isinstance(it, RefDeleted)]
    assert {str(it.ref) for it in pushed} == {"tag simple-tag", "branch master"}
    assert {str(it.ref) for it in deleted} == {"tag simple-tag"}
    assert len(pushed) + len(deleted) == len(found)
    assert 1_557_933_657 in {it.pushed_at for it in pushed}


def test_what_is_known_of_other_kinds() -> None:
    assert all(isinstance(it, RefsMayDiffer) for it in facts("create") + facts("delete"))
    assert {type(it) for it in facts("repository")} == {ProjectChanged, ProjectGone}
    assert InstallationGone in {type(it) for it in facts("installation")}
    assert ProjectsWithdrawn in {type(it) for it in facts("installation_repositories")}
    assert all(isinstance(it, AuthorizationRevoked) for it in facts("github_app_authorization"))


def test_of_checks_only_a_rerun_is_read() -> None:
    suites = [it for it in examples() if it.event == "check_suite"]
    again = [it for it in suites if it.payload["action"] == "rerequested"]
    found = [translate(it.event, it.payload) for it in again]
    assert {type(it) for it in found} == {ChecksRerequested}
    assert {it.app_id for it in found if isinstance(it, ChecksRerequested)} >= {29_310}
    others = [it for it in suites if it not in again]
    assert all(isinstance(translate(it.event, it.payload), Nothing) for it in others)


def test_a_check_run_that_is_about_no_build_is_left_alone() -> None:
    assert {type(it) for it in facts("check_run")} == {Nothing}
