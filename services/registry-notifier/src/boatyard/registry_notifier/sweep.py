"""What a sweep of the registry finds, compared with what is known. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from boatyard.registry_notifier.position import Position
from boatyard.shared.registry import Resolved


@dataclass(frozen=True)
class Difference:
    """A tag that the registry shows elsewhere than where it is known to be.

    `sequence` is that of the position which was known before the registry was read: if it is another one by
    the time the difference is to be applied, news came in between, and the difference is void.
    """

    repository: str
    tag: str
    sequence: int
    found: Resolved | None
    read_at: dt.datetime


@dataclass(frozen=True)
class Findings:
    """What one sweep came to.

    `skipped` counts what could not be read and is left as it is known: a repository, or a single tag.
    """

    repositories: int = 0
    tags: int = 0
    changes: int = 0
    skipped: int = 0

    def __add__(self, other: Findings) -> Findings:
        return Findings(
            self.repositories + other.repositories,
            self.tags + other.tags,
            self.changes + other.changes,
            self.skipped + other.skipped,
        )


def differences(
    repository: str,
    *,
    known: Iterable[Position],
    found: Mapping[str, Resolved | None],
    read_at: dt.datetime,
) -> list[Difference]:
    """The tags of a repository that are not where they are known to be, or not known, or not there.

    A tag whose removal was begun is among them, wherever it is now. `known` was read before `found`, which
    holds every tag that the registry lists.
    """
    positions = {position.tag: position for position in known}
    differing = []
    for tag in sorted(positions.keys() | found.keys()):
        position, resolved = positions.get(tag), found.get(tag)
        known_digest = position.digest if position else None
        waits = position is not None and position.placeholder is not None
        if waits or known_digest != (resolved.digest if resolved else None):
            sequence = position.sequence if position else 0
            differing.append(Difference(repository, tag, sequence, resolved, read_at))
    return differing


def is_settled(
    latest: tuple[dt.datetime, dt.datetime] | None,
    *,
    read_at: dt.datetime,
    now: dt.datetime,
    quiet: dt.timedelta,
) -> bool:
    """Whether no notification can be on its way any more that would explain a difference read at `read_at`.

    The registry sends one notification after the other. So either one arrived of something that happened
    after the reading (`latest` is when the last one came, and when what it told of had happened), or none
    came for a while.
    """
    if latest is None:
        return now - read_at >= quiet
    received_at, occurred_at = latest
    return occurred_at > read_at or now - max(read_at, received_at) >= quiet
