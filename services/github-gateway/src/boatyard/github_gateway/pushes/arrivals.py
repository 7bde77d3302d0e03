"""What happened to a ref, however it became known, and the ids and groups that follow from it. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID, uuid5

from boatyard.github_gateway.pushes.models import PushOrigin
from boatyard.github_gateway.refs import Ref, RefKind
from boatyard.github_gateway.versions import Commit

BUILDS = UUID("6f7d3c0e-4f4b-5d0a-9f63-0c5b1d0f3a11")
"""The namespace of the ids of builds (RFC 9562 §5.5)."""
ORDERS_A_SECOND = 1000
"""GitHub tells of pushes to the second; within one they are counted as they come."""
ANY_TAG = "refs/tags/"
"""Under this a tag rule's progress is kept: each tag is new, so it counts from the tag before."""

Changes = Mapping[UUID, tuple[str, ...] | None]
"""For rules with a path filter the files that changed since their last success; None where nobody can tell."""


@dataclass(frozen=True)
class Arrival:
    """A ref came to point at a commit."""

    ref: Ref
    sha: str
    message: str
    author: str
    committed_at: dt.datetime
    pushed_at: int
    """In seconds, by GitHub's clock."""
    origin: PushOrigin
    before: str = ""
    pushed_by: str | None = None
    delivery: str | None = None
    order: int | None = None
    """Its place among the pushes, where it takes that of an earlier one; else it follows from `pushed_at`."""

    @property
    def commit(self) -> Commit:
        """The commit as versions speak of it."""
        return Commit(self.sha, self.committed_at.astimezone(dt.UTC).date())


@dataclass(frozen=True)
class Departure:
    """A ref is gone."""

    ref: Ref
    before: str
    pushed_at: int
    origin: PushOrigin
    pushed_by: str | None = None
    delivery: str | None = None


def build_id(repository_id: UUID, ref: Ref, sha: str, rule_id: UUID, generation: int) -> UUID:
    """The id of the build that a push makes by a rule: the same however often the push is heard of.

    `generation` counts how often the ref came back to the commit, since each time it is built again.
    """
    name = f"{repository_id}:{ref.full}:{sha}:{rule_id}"
    return uuid5(BUILDS, f"{name}:{generation}" if generation else name)


def group(rule_id: UUID, ref: Ref) -> str:
    """In what the newest build wins: the builds of one rule and one ref."""
    return f"{rule_id}:{ref.full}"


def progress_ref(ref: Ref) -> str:
    """Under what the progress of a rule is kept for a ref."""
    return ANY_TAG if ref.kind is RefKind.TAG else ref.full
