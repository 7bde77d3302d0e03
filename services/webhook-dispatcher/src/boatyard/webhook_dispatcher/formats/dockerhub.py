"""Docker Hub's format, for receivers that were written for it (Argo CD, Flux, Kargo and many others).

Source: docker/docs `content/manuals/docker-hub/repos/manage/webhooks.md`, and a captured delivery in
docker/hub-feedback#2148. What Docker Hub lacks (the digest) stands beside what it has.
"""

from __future__ import annotations

from typing import Any

from boatyard.webhook_dispatcher.formats.announcement import Announcement, EventType
from boatyard.webhook_dispatcher.formats.delivery import Attempt, Links, Rendered
from boatyard.webhook_dispatcher.formats.subject import actor, image, page, seconds

TYPES = frozenset({EventType.TAG_PUSHED})


def render(attempt: Attempt) -> Rendered:
    """A push, as Docker Hub tells it."""
    announcement, links = attempt.announcement, attempt.links
    return Rendered(
        {
            "callback_url": page(announcement, links),
            "push_data": _push(announcement),
            "repository": _repository(announcement, links),
        }
    )


def _push(announcement: Announcement) -> dict[str, Any]:
    data = announcement.data
    return {
        "pushed_at": seconds(announcement.occurred_at),
        "images": [],
        "tag": data["tag"],
        "pusher": actor(announcement) or "",
        "digest": data["digest"],
        "media_type": data.get("media_type") or "",
    }


def _repository(announcement: Announcement, links: Links) -> dict[str, Any]:
    """The repository with every field that Docker Hub sends: what is not known here is 0, empty or false."""
    data = announcement.data
    return {
        "status": "Active",
        "description": data.get("summary") or "",
        "is_trusted": False,
        "full_description": "",
        "repo_url": page(announcement, links),
        "owner": data["namespace"],
        "is_official": False,
        "is_private": not data.get("public", False),
        "name": data["name"],
        "namespace": data["namespace"],
        "star_count": 0,
        "comment_count": 0,
        "date_created": 0,
        "dockerfile": "",
        "repo_name": data["repository"],
        "image": image(announcement, links),
    }
