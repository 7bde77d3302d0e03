"""What is known of one tag, and what news make of it. Pure.

Three kinds of news come together here: notifications of the registry, which come in order but may be late or
lost; what the sweep read, which is right for the moment when it was read; and a second look at a tag about
which the two disagree. `Position.as_of` is the moment for which the position is known to be right. A
notification of something older can't be believed: it is Doubtful, and the registry is asked instead.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from uuid import UUID, uuid5

from boatyard.registry_notifier.translate import Placed, Pushed, TagGone
from boatyard.shared.events import ImageParts, TagDeleted, TagOrigin, TagPushed

_NAMESPACE = UUID("8f4b6c0e-0d0f-5a3e-9b7b-6d1f5c2a7e10")
NEVER = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Position:
    """What a tag points at (nothing if `digest` is None), after how many changes, and as of when.

    `placeholder` is what Boatyard itself put there in order to remove the tag.
    """

    repository: str
    tag: str
    digest: str | None = None
    media_type: str = ""
    sequence: int = 0
    as_of: dt.datetime = NEVER
    placeholder: str | None = None


@dataclass(frozen=True)
class Change:
    """How a tag changed, when, by whom if that is known, and how it became known. `digest` None: deleted."""

    digest: str | None
    media_type: str
    actor: str | None
    at: dt.datetime
    origin: TagOrigin
    image: ImageParts | None = None


@dataclass(frozen=True)
class Changed:
    """The tag moved; the event says so."""

    position: Position
    event: TagPushed | TagDeleted


@dataclass(frozen=True)
class Unchanged:
    """The tag is where it was; the position may be known for a later moment now."""

    position: Position


@dataclass(frozen=True)
class Doubtful:
    """The news may be older than what is known: ask the registry about this tag. `hint` is what it said."""

    repository: str
    tag: str
    hint: Pushed | TagGone


Outcome = Changed | Unchanged | Doubtful


def after_news(known: Position, news: Pushed | TagGone) -> Outcome:
    """What the notification of a push or a deletion makes of a position."""
    change = change_of(news)
    if known.digest != change.digest and news.at < known.as_of:
        return Doubtful(known.repository, known.tag, news)
    return moved(known, change, as_of=max(known.as_of, news.at))


def after_placing(known: Position, placed: Placed) -> Position:
    """The position once a placeholder stands for the tag: no version, and not yet a deletion."""
    return known if placed.at < known.as_of else replace(known, placeholder=placed.digest)


def change_of(news: Pushed | TagGone) -> Change:
    """The change that a notification tells of, if it is one."""
    if isinstance(news, TagGone):
        return Change(None, "", news.actor, news.at, TagOrigin.PUSH)
    return Change(
        news.digest, news.media_type, news.actor, news.at, TagOrigin.PUSH, image=news.image
    )


def moved(known: Position, change: Change, *, as_of: dt.datetime) -> Changed | Unchanged:
    """The position after a change, and the event if it is one; what was known is right until `as_of`."""
    current = replace(known, as_of=as_of, placeholder=None)
    if known.digest == change.digest:
        return Unchanged(current)
    position = replace(
        current,
        digest=change.digest,
        media_type=change.media_type,
        sequence=known.sequence + 1,
    )
    return Changed(position, _event(known, position, change))


def _event(known: Position, position: Position, change: Change) -> TagPushed | TagDeleted:
    if position.digest is None:
        assert known.digest is not None  # noqa: S101 - else nothing would have changed
        return TagDeleted(
            id=event_id(position),
            occurred_at=change.at,
            repository=position.repository,
            tag=position.tag,
            digest=known.digest,
            sequence=position.sequence,
            deleted_by=change.actor,
            origin=change.origin,
        )
    return TagPushed(
        id=event_id(position),
        occurred_at=change.at,
        repository=position.repository,
        tag=position.tag,
        digest=position.digest,
        media_type=position.media_type,
        sequence=position.sequence,
        previous_digest=known.digest,
        pushed_by=change.actor,
        origin=change.origin,
        image=change.image,
    )


def event_id(position: Position) -> UUID:
    """The id of the event that tells of a position: the same one whoever finds it, and however often.

    The digest is part of it, so that a database that was set back to a backup can't give the id of one change
    to another one that happens to have its number.
    """
    name = f"{position.repository}:{position.tag}:{position.sequence}:{position.digest or ''}"
    return uuid5(_NAMESPACE, name)


def pull_id(registry_event_id: str) -> UUID:
    """The id of the event that tells of a pull: the same one if the registry reports the pull again."""
    return uuid5(_NAMESPACE, f"pull:{registry_event_id}")
