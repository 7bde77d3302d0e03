"""What the services tell each other, as it is announced to the public."""

from __future__ import annotations

from typing import Any

from boatyard.shared.events import (
    Message,
    RepositoryDeleted,
    RepositoryUpdated,
    TagDeleted,
    TagPushed,
)
from boatyard.webhook_dispatcher.formats import Announcement, EventType


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


def _announcement(
    message: TagPushed | TagDeleted | RepositoryUpdated | RepositoryDeleted,
    type: EventType,
    more: dict[str, Any],
) -> Announcement:
    namespace, _, name = message.repository.partition("/")
    about = {"repository": message.repository, "namespace": namespace, "name": name}
    return Announcement(message.id, type, message.occurred_at, about | more)
