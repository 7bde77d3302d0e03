"""A build as a check run."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from boatyard.github_gateway.github import CheckStatus, Conclusion
from boatyard.github_gateway.statuses.checks import check_run, is_status
from boatyard.github_gateway.statuses.models import StatusRow
from boatyard.shared.events import BuildStatus, new_id


def row(status: str | None, **more: Any) -> StatusRow:
    return StatusRow(
        repository_id=new_id(),
        project_id=1,
        sha="a" * 40,
        context="boatyard/team/app #1 branch main",
        state="pending",
        description="Building",
        target_url="http://b/1",
        number=1,
        rank=1,
        changed_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        build_id=new_id(),
        build_status=status,
        **more,
    )


@pytest.mark.parametrize("status", list(BuildStatus))
def test_a_check_run_has_a_conclusion_if_and_only_if_the_build_is_over(status: BuildStatus) -> None:
    run = check_run(row(status))
    over = status not in (BuildStatus.QUEUED, BuildStatus.BUILDING)
    assert (run.status is CheckStatus.COMPLETED, run.conclusion is not None) == (over, over)


@pytest.mark.parametrize("status", [BuildStatus.CANCELED, BuildStatus.SUPERSEDED])
def test_what_was_not_built_lets_no_change_through(status: BuildStatus) -> None:
    assert check_run(row(status)).conclusion is Conclusion.CANCELLED


def test_what_was_shown_as_a_status_stays_one() -> None:
    assert is_status(row(BuildStatus.BUILDING, sent=1))
    assert not is_status(row(BuildStatus.BUILDING, sent=1, run_id=7))
    assert not is_status(row(BuildStatus.BUILDING))


def test_a_row_of_the_release_before_is_a_status() -> None:
    assert is_status(row(None))
