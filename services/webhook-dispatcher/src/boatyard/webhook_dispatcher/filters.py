"""Which events a webhook wants: by type, by tag and by origin. Pure."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from boatyard.webhook_dispatcher.formats import Announcement, EventType

MAX_PATTERN = 128
_PATTERN = re.compile(r"[A-Za-z0-9_.*?-]+")


def check_pattern(pattern: str) -> str:
    """Return a tag pattern if some tag can match it, else raise ValueError."""
    if len(pattern) > MAX_PATTERN or not _PATTERN.fullmatch(pattern):
        raise ValueError(
            f"must be 1 to {MAX_PATTERN} letters, digits, _ . - and the wildcards * and ?"
        )
    return pattern


@dataclass(frozen=True)
class Filters:
    """What passes. An empty set or list lets everything pass that it is about."""

    events: frozenset[str] = frozenset()
    include_tags: tuple[str, ...] = ()
    exclude_tags: tuple[str, ...] = ()
    origins: frozenset[str] = frozenset()

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """As it is kept in the database."""
        return cls(
            events=frozenset(stored.get("events", ())),
            include_tags=tuple(stored.get("include_tags", ())),
            exclude_tags=tuple(stored.get("exclude_tags", ())),
            origins=frozenset(stored.get("origins", ())),
        )

    def to_json(self) -> dict[str, Any]:
        """To keep it in the database."""
        return {
            "events": [type.value for type in EventType if type in self.events],
            "include_tags": list(self.include_tags),
            "exclude_tags": list(self.exclude_tags),
            "origins": sorted(self.origins),
        }

    def passes(self, announcement: Announcement) -> bool:
        """Whether the webhook wants this. An event that is about no tag passes the filters of tags."""
        if self.events and announcement.type not in self.events:
            return False
        origin = announcement.data.get("origin")
        if self.origins and origin is not None and origin not in self.origins:
            return False
        tags = tags_of(announcement.data)
        return not tags or any(self._passes_tag(tag) for tag in tags)

    def _passes_tag(self, tag: str) -> bool:
        included = not self.include_tags or _matches_any(tag, self.include_tags)
        return included and not _matches_any(tag, self.exclude_tags)


def tags_of(data: Mapping[str, Any]) -> tuple[str, ...]:
    """The tags that an announcement is about: one, those of a build, or none."""
    tag = data.get("tag")
    return (tag,) if tag else tuple(data.get("tags") or ())


def _matches_any(tag: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch.fnmatchcase(tag, pattern) for pattern in patterns)
