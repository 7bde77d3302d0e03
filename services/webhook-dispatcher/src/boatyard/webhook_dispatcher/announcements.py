"""What the services tell each other, as it is announced to the public."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from boatyard.shared.events import (
    BuildFinished,
    BuildStarted,
    BuildStatus,
    Message,
    RepositoryDeleted,
    RepositoryUpdated,
    TagDeleted,
    TagPushed,
)
from boatyard.webhook_dispatcher.formats import Announcement, EventType
from boatyard.webhook_dispatcher.formats.subject import timestamp

_ENDS: Mapping[BuildStatus, EventType] = {
    BuildStatus.SUCCEEDED: EventType.BUILD_SUCCEEDED,
    BuildStatus.FAILED: EventType.BUILD_FAILED,
    BuildStatus.TIMED_OUT: EventType.BUILD_FAILED,
    BuildStatus.CANCELED: EventType.BUILD_CANCELED,
    BuildStatus.SUPERSEDED: EventType.BUILD_CANCELED,
}
"""As what the end of a build is announced; the data has the exact status."""


def announce(message: Message) -> Announcement | None:
    """The announcement of a fact; None for one that is nobody's business outside."""
    match message:
        case TagPushed():
            return _tag(message, EventType.TAG_PUSHED, _pushed(message))
        case TagDeleted():
            return _tag(message, EventType.TAG_DELETED, {"deleted_by": message.deleted_by})
        case RepositoryUpdated():
            return _announcement(message, EventType.REPOSITORY_UPDATED, _updated(message))
        case RepositoryDeleted():
            deleted = {"deleted_by": message.deleted_by}
            return _announcement(message, EventType.REPOSITORY_DELETED, deleted)
        case BuildStarted() if message.attempt == 1:  # another worker's start is no news to anybody
            return _announcement(message, EventType.BUILD_STARTED, _build(message))
        case BuildFinished() if message.status in _ENDS:
            return _announcement(message, _ENDS[message.status], _finished(message))
        case _:
            return None


def _tag(message: TagPushed | TagDeleted, type: EventType, more: dict[str, Any]) -> Announcement:
    change = {
        "tag": message.tag,
        "digest": message.digest,
        "sequence": message.sequence,
        "origin": message.origin.value,
    }
    return _announcement(message, type, change | more)


def _pushed(message: TagPushed) -> dict[str, Any]:
    return {
        "media_type": message.media_type or None,
        "previous_digest": message.previous_digest,
        "pushed_by": message.pushed_by,
    }


def _updated(message: RepositoryUpdated) -> dict[str, Any]:
    return {
        "public": message.public,
        "summary": message.summary,
        "changed": list(message.changed),
        "updated_by": message.updated_by,
    }


def _build(message: BuildStarted | BuildFinished) -> dict[str, Any]:
    source = message.source
    return {
        "build": message.number,
        "tags": list(message.tags),
        "project": source.project,
        "ref": source.ref,
        "commit": source.commit,
        "author": source.author or None,
        "message": next(iter(source.message.splitlines()), None),
        "cause": message.cause.value,
        "caused_by": message.caused_by,
    }


def _finished(message: BuildFinished) -> dict[str, Any]:
    return _build(message) | {
        "status": message.status.value,
        "digest": message.digest,
        "reason": message.reason,
        "detail": message.detail or None,
        "started_at": message.started_at and timestamp(message.started_at),
        "seconds": message.seconds,
    }


def _announcement(
    message: (
        TagPushed
        | TagDeleted
        | RepositoryUpdated
        | RepositoryDeleted
        | BuildStarted
        | BuildFinished
    ),
    type: EventType,
    more: dict[str, Any],
) -> Announcement:
    namespace, _, name = message.repository.partition("/")
    about = {"repository": message.repository, "namespace": namespace, "name": name}
    return Announcement(message.id, type, message.occurred_at, about | more)
