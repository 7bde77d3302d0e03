"""Quay's format of a `repo_push` notification.

Source: quay/quay `notifications/__init__.py`, `build_repository_event_data`; quay/quay-docs
`modules/repository-events.adoc`, whose sample has the name and the repository the wrong way round.
"""

from __future__ import annotations

from boatyard.webhook_dispatcher.formats.announcement import EventType
from boatyard.webhook_dispatcher.formats.delivery import Attempt, Rendered
from boatyard.webhook_dispatcher.formats.subject import page

TYPES = frozenset({EventType.TAG_PUSHED})


def render(attempt: Attempt) -> Rendered:
    """A push, as Quay tells it. Quay has no digest there; it stands beside."""
    announcement, links = attempt.announcement, attempt.links
    data = announcement.data
    return Rendered(
        {
            "repository": data["repository"],
            "namespace": data["namespace"],
            "name": data["name"],
            "docker_url": f"{links.registry_host}/{data['repository']}",
            "homepage": page(announcement, links),
            "updated_tags": [data["tag"]],
            "digest": data["digest"],
        }
    )
