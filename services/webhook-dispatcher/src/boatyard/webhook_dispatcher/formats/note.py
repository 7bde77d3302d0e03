"""A message for people in a chat: a headline, a few facts, a link. Each robot has its own markup for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from boatyard.webhook_dispatcher.formats.announcement import Announcement, EventType
from boatyard.webhook_dispatcher.formats.delivery import Attempt
from boatyard.webhook_dispatcher.formats.subject import actor, image, page

MAX_FACT = 300
"""So many characters of a fact are shown: it is read in passing, and robots limit what they take."""
SHORT_DIGEST = len("sha256:") + 12
SHORT_COMMIT = 7


@dataclass(frozen=True)
class Words:
    """The words of one language."""

    headlines: Mapping[EventType, str]
    test: str
    colon: str
    digest: str
    pull: str
    changed: str
    source: str
    tags: str
    reason: str
    by: str
    time: str
    more: str


@dataclass(frozen=True)
class Fact:
    """One line under the headline: what it is, and its text, which may hold anything."""

    label: str
    text: str


@dataclass(frozen=True)
class Note:
    """What a chat shows."""

    headline: str
    facts: tuple[Fact, ...]
    colon: str
    link: str
    url: str


def note(attempt: Attempt, words: Words) -> Note:
    """The message for an announcement. It always names Boatyard, which robots can have as their keyword."""
    announcement, links = attempt.announcement, attempt.links
    about = announcement.data["repository"]
    tag = announcement.data.get("tag")
    headline = words.headlines[announcement.type].format(
        about=f"{about}:{tag}" if tag else about, build=announcement.data.get("build")
    )
    test = words.test if announcement.data.get("test") else ""
    facts = _facts(announcement, words, image(announcement, links))
    return Note(
        headline=f"Boatyard{words.colon}{test}{headline}",
        facts=tuple(Fact(label, _short(text)) for label, text in facts if text),
        colon=words.colon,
        link=words.more,
        url=page(announcement, links),
    )


def _facts(
    announcement: Announcement, words: Words, image: str
) -> tuple[tuple[str, str | None], ...]:
    """What may be known, in the order of its use to a reader."""
    data = announcement.data
    pushed = announcement.type is EventType.TAG_PUSHED
    return (
        (words.reason, data.get("detail") or data.get("reason")),
        (words.digest, (data.get("digest") or "")[:SHORT_DIGEST]),
        (words.pull, f"docker pull {image}" if pushed else None),
        (words.changed, ", ".join(data.get("changed") or ())),
        (words.source, _source(data)),
        (words.tags, ", ".join(data.get("tags") or ())),
        (words.by, actor(announcement)),
        (words.time, f"{announcement.occurred_at.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S} UTC"),
    )


def _source(data: Mapping[str, Any]) -> str:
    branch = (data.get("ref") or "").removeprefix("refs/heads/").removeprefix("refs/tags/")
    commit = (data.get("commit") or "")[:SHORT_COMMIT]
    return " ".join(part for part in (branch, commit, data.get("message")) if part)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MAX_FACT else f"{line[: MAX_FACT - 1]}…"
