"""What a batch of changes comes to for the tags that are there. Pure: values in, values out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from boatyard.shared.events import TagDeleted, TagPushed

Key = tuple[UUID, str]
"""A repository and the name of a tag."""


@dataclass(frozen=True)
class Change:
    """One change of a tag, in a repository that is known."""

    repository_id: UUID
    event: TagPushed | TagDeleted

    @property
    def key(self) -> Key:
        """Whose change it is."""
        return self.repository_id, self.event.tag


@dataclass(frozen=True)
class Push:
    """A push that changed its tag when it came."""

    repository_id: UUID
    event: TagPushed


@dataclass
class Settled:
    """What changes come to: first the removals take place, then every tag points where it ends up."""

    pushes: list[Push] = field(default_factory=list)
    """In their order."""
    removed: set[Key] = field(default_factory=set)
    """Tags that were deleted, and may have been pushed again since."""
    pointing: dict[Key, TagPushed] = field(default_factory=dict)
    """Where each tag that was pushed ends up, unless it was deleted since."""


def settle(changes: Iterable[Change], newest: Mapping[Key, int]) -> Settled:
    """Apply changes one after the other; one that is older than what is known of its tag changes nothing.

    `newest` is the sequence of the newest change of each tag that was known before.
    """
    known, settled = dict(newest), Settled()
    for change in changes:
        key, event = change.key, change.event
        if event.sequence <= known.get(key, 0):
            continue
        known[key] = event.sequence
        if isinstance(event, TagPushed):
            settled.pushes.append(Push(change.repository_id, event))
            settled.pointing[key] = event
        else:
            settled.removed.add(key)
            settled.pointing.pop(key, None)
    return settled
