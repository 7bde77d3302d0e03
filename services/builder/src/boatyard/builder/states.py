"""The life of a build as data: where it can be, and what takes it from one place to the next. Pure."""

from __future__ import annotations

from enum import StrEnum

from boatyard.shared.events import BuildStatus

QUEUED, BUILDING = BuildStatus.QUEUED, BuildStatus.BUILDING

ENDED = frozenset(BuildStatus) - {QUEUED, BUILDING}
"""Where nothing happens to a build any more."""


class Phase(StrEnum):
    """What a worker does with a build, in this order."""

    FETCH = "fetch"
    BUILD = "build"
    PUSH = "push"


class Group(StrEnum):
    """The three groups in which builds are shown."""

    BUILDING = "building"
    SUCCESS = "success"
    FAILED = "failed"


GROUPS: dict[Group, frozenset[BuildStatus]] = {
    Group.BUILDING: frozenset({QUEUED, BUILDING}),
    Group.SUCCESS: frozenset({BuildStatus.SUCCEEDED}),
    Group.FAILED: ENDED - {BuildStatus.SUCCEEDED},
}

TRANSITIONS: dict[BuildStatus, frozenset[BuildStatus]] = {
    QUEUED: frozenset(
        {
            BUILDING,  # a worker takes it
            BuildStatus.CANCELED,
            BuildStatus.SUPERSEDED,
            BuildStatus.FAILED,  # it was tried too often
        }
    ),
    BUILDING: frozenset({QUEUED, *ENDED}),  # back to the queue when its worker is gone
    **dict.fromkeys(ENDED, frozenset[BuildStatus]()),
}


def may_become(status: BuildStatus, following: BuildStatus) -> bool:
    """Whether a build can go from one status straight to another."""
    return following in TRANSITIONS[status]


def sources_of(following: BuildStatus) -> frozenset[BuildStatus]:
    """From where a build can come to a status."""
    return frozenset(status for status in BuildStatus if may_become(status, following))


def group_of(status: BuildStatus) -> Group:
    """The group in which a status is shown."""
    return next(group for group, statuses in GROUPS.items() if status in statuses)
