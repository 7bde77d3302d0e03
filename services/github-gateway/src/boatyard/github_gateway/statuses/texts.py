"""What GitHub shows beside a commit about a build. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from boatyard.github_gateway.github import StatusState
from boatyard.shared.events import BuildFinished, BuildQueued, BuildStarted, BuildStatus

BuildEvent = BuildQueued | BuildStarted | BuildFinished
MAX_CONTEXT = 255
MAX_DESCRIPTION = 140

_ENDS = {
    BuildStatus.SUCCEEDED: (StatusState.SUCCESS, "Built and pushed as {tags}"),
    BuildStatus.FAILED: (StatusState.FAILURE, "The build failed: {detail}"),
    BuildStatus.CANCELED: (StatusState.ERROR, "The build was canceled"),
    BuildStatus.SUPERSEDED: (StatusState.ERROR, "A newer push took its place"),
    BuildStatus.TIMED_OUT: (StatusState.FAILURE, "The build took too long"),
}


@dataclass(frozen=True)
class Shown:
    """The status of a build. Of two with one number the one of the greater rank is the newer.

    `text` is all of it, `description` as much of it as GitHub shows in a line.
    """

    state: StatusState
    text: str
    rank: int

    @property
    def description(self) -> str:
        """The text in a line."""
        return " ".join(self.text.split())[:MAX_DESCRIPTION]


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
    return Shown(state, text.format(tags=", ".join(event.tags), detail=detail), 1_000_000)


def summary(event: BuildEvent, registry_host: str) -> str:
    """What the page of a check run says (Markdown): how to pull what was built, or what became of the build."""
    if status_of(event) is not BuildStatus.SUCCEEDED:
        return shown(event).text
    image = f"{registry_host}/{event.repository}"
    pulls = [f"    docker pull {image}:{tag}" for tag in event.tags]
    return "\n".join([f"{shown(event).text}:", "", *pulls])


def started_at(event: BuildEvent) -> dt.datetime | None:
    """When a worker took the build, if one did."""
    match event:
        case BuildStarted():
            return event.occurred_at
        case BuildFinished():
            return event.started_at
        case _:
            return None


def context(repository: str, rule: str) -> str:
    """Under what GitHub lists it: one line per repository and rule."""
    return f"boatyard/{repository} {rule}"[:MAX_CONTEXT]


def target(public_url: str, repository: str, number: int) -> str:
    """The page of the build."""
    return f"{public_url.rstrip('/')}/repositories/{repository}/builds/{number}"
