"""What a notification of the registry means for tags. Pure.

What distribution 2.8.2 was seen to send: a push of a tag carries tag and digest, also when nothing changed; a
push without a tag is a manifest that an index lists; a deletion by digest comes as one event with the digest
alone, then one with the tag alone for each tag that pointed there; HEAD is reported as a pull, like GET.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from pydantic import ValidationError

from boatyard.registry_notifier.envelope import RegistryEvent, Target
from boatyard.shared.events import ImageParts, RegistryActor
from boatyard.shared.oci import IMAGE_TYPES, NameFault, check_digest, check_repository, check_tag

MAX_ACTOR = 256
MAX_MEDIA_TYPE = 255
BLOB = "application/octet-stream"
_FIRST_YEAR = 2000
_OUR_READERS = frozenset(RegistryActor)


class Reason(StrEnum):
    """Why a notification means nothing for tags."""

    BLOB = "blob"
    CHILD = "child"
    """A manifest without a tag: an index will list it."""
    HEAD = "head"
    """Somebody asked whether a manifest is there, and did not fetch it."""
    OURS = "ours"
    """Boatyard itself read it."""
    ACTION = "action"
    """An action that changes no tag and fetches no manifest, such as `mount`."""
    ILLEGAL = "illegal"
    """A name that Boatyard has no place for, such as a repository outside of a namespace."""


@dataclass(frozen=True)
class Pushed:
    """A tag was pushed; whether that changed anything is not said."""

    repository: str
    tag: str
    digest: str
    media_type: str
    actor: str | None
    at: dt.datetime
    image: ImageParts | None = None
    """What it consists of, if the registry said so and it is one image."""


@dataclass(frozen=True)
class Placed:
    """Boatyard moved a tag to a placeholder, in order to remove it with the placeholder."""

    repository: str
    tag: str
    digest: str
    at: dt.datetime


@dataclass(frozen=True)
class TagGone:
    """A tag was removed."""

    repository: str
    tag: str
    actor: str | None
    at: dt.datetime


@dataclass(frozen=True)
class ManifestGone:
    """A manifest was removed, and with it every tag that pointed at it; or a blob, which has no tags."""

    repository: str
    digest: str
    actor: str | None
    at: dt.datetime


@dataclass(frozen=True)
class Pulled:
    """A manifest was fetched, by tag or by digest."""

    event_id: str
    repository: str
    tag: str | None
    digest: str
    actor: str | None
    at: dt.datetime


@dataclass(frozen=True)
class Ignored:
    """Nothing for us."""

    reason: Reason
    detail: str = ""


Happening = Pushed | Placed | TagGone | ManifestGone | Pulled | Ignored


def translate(event: RegistryEvent, *, now: dt.datetime) -> Happening:
    """What an event means. It never fails: what can't be understood is Ignored, with the reason."""
    if event.target.media_type == BLOB:
        return Ignored(Reason.BLOB)
    if event.action not in _ACTIONS:
        return Ignored(Reason.ACTION, event.action)
    try:
        _check_names(event)
    except NameFault as fault:
        return Ignored(Reason.ILLEGAL, str(fault))
    return _ACTIONS[event.action](event, moment(event.timestamp, now=now))


def moment(timestamp: dt.datetime, *, now: dt.datetime) -> dt.datetime:
    """When something happened: as the registry says, unless that can't be.

    The registry's own time is taken because a notification may arrive hours after the push. A registry whose
    clock is ahead, or was never set, can't date a push into the future or the last century.
    """
    return now if timestamp.year < _FIRST_YEAR else min(timestamp, now).astimezone(dt.UTC)


def _check_names(event: RegistryEvent) -> None:
    target = event.target
    check_repository(target.repository)
    if target.tag:
        check_tag(target.tag)
    if target.digest or event.action != "delete":
        check_digest(target.digest)


def _push(event: RegistryEvent, at: dt.datetime) -> Happening:
    target = event.target
    if not target.tag:
        return Ignored(Reason.CHILD)
    if event.actor.name == RegistryActor.SWEEPER:
        return Placed(target.repository, target.tag, target.digest, at)
    media_type = _clean(target.media_type, MAX_MEDIA_TYPE)
    return Pushed(
        target.repository, target.tag, target.digest, media_type, _actor(event), at, _image(target)
    )


def _image(target: Target) -> ImageParts | None:
    """What an image consists of: the first reference is its configuration, the others are its layers."""
    if target.media_type not in IMAGE_TYPES or not target.references:
        return None
    config = target.references[0]
    try:
        return ImageParts(
            config=config.digest,
            config_size=config.size,
            size=sum(part.size for part in target.references),
        )
    except ValidationError:
        return None


def _delete(event: RegistryEvent, at: dt.datetime) -> Happening:
    target = event.target
    if target.tag:
        return TagGone(target.repository, target.tag, _actor(event), at)
    if target.digest:
        return ManifestGone(target.repository, target.digest, _actor(event), at)
    return Ignored(Reason.ACTION, "delete of a repository")


def _pull(event: RegistryEvent, at: dt.datetime) -> Happening:
    target = event.target
    if event.actor.name in _OUR_READERS:
        return Ignored(Reason.OURS)
    if event.request.method == "HEAD":
        return Ignored(Reason.HEAD)
    return Pulled(event.id, target.repository, target.tag or None, target.digest, _actor(event), at)


_ACTIONS: dict[str, Callable[[RegistryEvent, dt.datetime], Happening]] = {
    "push": _push,
    "delete": _delete,
    "pull": _pull,
}
ACTIONS = frozenset(_ACTIONS)
"""The actions that can mean something."""


def _actor(event: RegistryEvent) -> str | None:
    name = event.actor.name
    return None if name in _OUR_READERS else _clean(name, MAX_ACTOR) or None


def _clean(text: str, length: int) -> str:
    return "".join(character for character in text if character.isprintable())[:length]
