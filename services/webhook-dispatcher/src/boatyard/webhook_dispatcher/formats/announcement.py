"""What is announced to endpoints, whatever format they take it in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID


class EventType(StrEnum):
    """What happened, as a webhook's filter and the standard payload name it."""

    TAG_PUSHED = "tag.pushed"
    TAG_DELETED = "tag.deleted"
    REPOSITORY_UPDATED = "repository.updated"
    REPOSITORY_DELETED = "repository.deleted"
    BUILD_STARTED = "build.started"
    BUILD_SUCCEEDED = "build.succeeded"
    BUILD_FAILED = "build.failed"
    BUILD_CANCELED = "build.canceled"


@dataclass(frozen=True)
class Announcement:
    """A fact on its way to endpoints. Its `id` is the `webhook-id` of every attempt."""

    id: UUID
    type: EventType
    occurred_at: dt.datetime
    data: Mapping[str, Any]
    """JSON for the public. Every type has `repository`, `namespace`, `name`, and `public` if it is known:

    - tag.*: `tag`, `digest`, `sequence`, `origin`; pushed: `media_type`, `previous_digest`, `pushed_by`;
      deleted: `deleted_by`
    - repository.*: updated: `summary`, `changed`, `updated_by`; deleted: `deleted_by`
    - build.*: `build` (its number), `tags`, `project`, `ref`, `commit`, `author`, `message` (its first line),
      `cause`, `caused_by`; at its end `status`, `digest`, `reason` (a code), `detail` (for people),
      `started_at`, `seconds` (per phase)

    What isn't known is null. The announcement of a test has `test: true`.
    """
    trace: str | None = None
    """The span that it was heard of in; nobody outside is told."""
