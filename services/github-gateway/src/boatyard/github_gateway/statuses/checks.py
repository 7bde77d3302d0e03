"""A build as a check run of GitHub's. Pure."""

from __future__ import annotations

from boatyard.github_gateway.github import CheckRun, CheckStatus, Conclusion
from boatyard.github_gateway.statuses.models import StatusRow
from boatyard.shared.events import BuildStatus

_UNDER_WAY = {
    BuildStatus.QUEUED: CheckStatus.QUEUED,
    BuildStatus.BUILDING: CheckStatus.IN_PROGRESS,
}
_CONCLUSIONS = {
    BuildStatus.SUCCEEDED: Conclusion.SUCCESS,
    BuildStatus.FAILED: Conclusion.FAILURE,
    BuildStatus.TIMED_OUT: Conclusion.TIMED_OUT,
    BuildStatus.CANCELED: Conclusion.CANCELLED,
    BuildStatus.SUPERSEDED: Conclusion.CANCELLED,
}
"""GitHub's `neutral` and `skipped` let a change through where the check is required; these must not."""


def is_status(row: StatusRow) -> bool:
    """Whether a row is a commit status whatever GitHub lets us: it was begun as one, and would never end."""
    return row.build_status is None or (row.sent > 0 and row.run_id is None)


def check_run(row: StatusRow) -> CheckRun:
    """The check run that a row asks for."""
    status = BuildStatus(row.build_status or BuildStatus.QUEUED)
    return CheckRun(
        name=row.context,
        head_sha=row.sha,
        external_id=str(row.build_id),
        details_url=row.target_url,
        status=_UNDER_WAY.get(status, CheckStatus.COMPLETED),
        conclusion=_CONCLUSIONS.get(status),
        started_at=row.started_at,
        completed_at=row.completed_at,
        title=row.description,
        summary=row.summary or row.description,
    )
