"""Harbor's default format.

Source: goharbor/website `docs/working-with-projects/project-configuration/configure-webhooks.md`, and the
structures in goharbor/harbor `src/pkg/notifier/model/event.go`.
"""

from __future__ import annotations

from collections.abc import Mapping

from boatyard.webhook_dispatcher.formats.announcement import EventType
from boatyard.webhook_dispatcher.formats.delivery import Attempt, Rendered
from boatyard.webhook_dispatcher.formats.subject import actor, image, seconds

_NAMES: Mapping[EventType, str] = {
    EventType.TAG_PUSHED: "PUSH_ARTIFACT",
    EventType.TAG_DELETED: "DELETE_ARTIFACT",
}
TYPES = frozenset(_NAMES)


def render(attempt: Attempt) -> Rendered:
    """A push or a deletion, as Harbor tells it; the namespace stands where Harbor has the project."""
    announcement = attempt.announcement
    data = announcement.data
    resource = {
        "digest": data["digest"],
        "tag": data["tag"],
        "resource_url": image(announcement, attempt.links),
    }
    repository = {
        "name": data["name"],
        "namespace": data["namespace"],
        "repo_full_name": data["repository"],
        "repo_type": "public" if data.get("public") else "private",
    }
    return Rendered(
        {
            "type": _NAMES[announcement.type],
            "occur_at": seconds(announcement.occurred_at),
            "operator": actor(announcement) or "",
            "event_data": {"resources": [resource], "repository": repository},
        }
    )
