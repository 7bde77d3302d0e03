"""What GitHub shows beside a commit about a build. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from boatyard.github_gateway.github import StatusState
from boatyard.shared.events import BuildFinished, BuildQueued, BuildStarted, BuildStatus

BuildEvent = BuildQueued | BuildStarted | BuildFinished
MAX_CONTEXT = 255

_ENDS = {
    BuildStatus.SUCCEEDED: (StatusState.SUCCESS, "Built and pushed as {tags}"),
    BuildStatus.FAILED: (StatusState.FAILURE, "The build failed: {detail}"),
    BuildStatus.CANCELED: (StatusState.ERROR, "The build was canceled"),
    BuildStatus.SUPERSEDED: (StatusState.ERROR, "A newer push took its place"),
    BuildStatus.TIMED_OUT: (StatusState.FAILURE, "The build took too long"),
}


@dataclass(frozen=True)
class Shown:
    """The status of a build. Of two with one number the one of the greater rank is the newer."""

    state: StatusState
    description: str
    rank: int


def status_of(event: BuildEvent) -> BuildStatus:
    """Where a build is by an event."""
    if isinstance(event, BuildFinished):
        return event.status
    return BuildStatus.BUILDING if isinstance(event, BuildStarted) else BuildStatus.QUEUED


def shown(event: BuildEvent) -> Shown:
    """What to show of an event; a failure that the project can't mend is an error, not a failure."""
    if isinstance(event, BuildQueued):
        return Shown(StatusState.PENDING, "Waiting to be built", 0)
    if isinstance(event, BuildStarted):
        return Shown(StatusState.PENDING, "Building", event.attempt)
    state, text = _ENDS.get(event.status, (StatusState.ERROR, "The build ended"))
    if event.status is BuildStatus.FAILED and not event.user_error:
        state = StatusState.ERROR
    detail = event.detail or event.reason or "see its log"
    description = text.format(tags=", ".join(event.tags), detail=detail)
    return Shown(state, " ".join(description.split())[:140], 1_000_000)


def context(repository: str, rule: str) -> str:
    """Under what GitHub lists it: one line per repository and rule."""
    return f"boatyard/{repository} {rule}"[:MAX_CONTEXT]


def target(public_url: str, repository: str, number: int) -> str:
    """The page of the build."""
    return f"{public_url.rstrip('/')}/repositories/{repository}/builds/{number}"
