"""Examples of every event, for tests and previews of a webhook."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from boatyard.shared.access import RepositoryAccess
from boatyard.shared.events import new_id
from boatyard.webhook_dispatcher.formats import Announcement, EventType

_DIGEST = "sha256:" + "5e" * 32
_COMMIT = "5e1ec7ed" * 5
_TAG = {"tag": "latest", "digest": _DIGEST, "sequence": 1, "origin": "push"}
_BUILD = {"build": 1, "ref": "refs/heads/main", "commit": _COMMIT, "tags": ["latest"]}

_DATA: Mapping[EventType, dict[str, Any]] = {
    EventType.TAG_PUSHED: {
        **_TAG,
        "media_type": "application/vnd.oci.image.index.v1+json",
        "previous_digest": None,
        "pushed_by": None,
    },
    EventType.TAG_DELETED: {**_TAG, "deleted_by": None},
    EventType.REPOSITORY_UPDATED: {
        "summary": "An example",
        "changed": ["summary"],
        "updated_by": None,
    },
    EventType.REPOSITORY_DELETED: {"deleted_by": None},
    EventType.BUILD_STARTED: _BUILD,
    EventType.BUILD_SUCCEEDED: {**_BUILD, "digest": _DIGEST},
    EventType.BUILD_FAILED: {**_BUILD, "reason": "example"},
    EventType.BUILD_CANCELED: {**_BUILD, "reason": "example"},
}


def sample(type: EventType, access: RepositoryAccess, *, now: dt.datetime) -> Announcement:
    """An announcement of the caller's repository with made-up data, marked as a test."""
    repository, by = access.repository, access.access.username
    namespace, _, name = repository.partition("/")
    data = {key: by if key.endswith("_by") else value for key, value in _DATA[type].items()}
    about = {
        "repository": repository,
        "namespace": namespace,
        "name": name,
        "public": access.access.repository_public,
    }
    return Announcement(new_id(), type, now, about | data | {"test": True})
