"""CloudEvents 1.0 as one JSON document ("structured content mode").

Source: github.com/cloudevents/spec, `spec.md` and `bindings/http-protocol-binding.md` §3.2.
"""

from __future__ import annotations

from typing import Any

from boatyard.webhook_dispatcher.formats.delivery import Attempt, Rendered
from boatyard.webhook_dispatcher.formats.subject import public_data, timestamp

TYPE_PREFIX = "boatyard."


def render(attempt: Attempt) -> Rendered:
    """The repository is the source; `source` and `id` together are unique, over all attempts the same."""
    announcement, links = attempt.announcement, attempt.links
    return Rendered(
        {
            "specversion": "1.0",
            "id": str(announcement.id),
            "source": f"{links.public_url}/repositories/{announcement.data['repository']}",
            "type": f"{TYPE_PREFIX}{announcement.type}",
            **_subject(announcement.data),
            "time": timestamp(announcement.occurred_at),
            "datacontenttype": "application/json",
            "data": public_data(announcement, links),
        },
        content_type="application/cloudevents+json; charset=utf-8",
    )


def _subject(data: Any) -> dict[str, str]:
    """What it is about within the repository; an event about the repository as a whole has none."""
    if data.get("build") is not None:
        return {"subject": f"builds/{data['build']}"}
    return {"subject": f"tags/{data['tag']}"} if data.get("tag") else {}
