"""The standard format: the payload of Standard Webhooks.

Source: github.com/standard-webhooks/standard-webhooks, `spec/standard-webhooks.md`, "Payload structure".
"""

from __future__ import annotations

from boatyard.webhook_dispatcher.formats.delivery import Attempt, Rendered
from boatyard.webhook_dispatcher.formats.subject import public_data, timestamp


def render(attempt: Attempt) -> Rendered:
    """`type`, `timestamp` and `data`."""
    announcement = attempt.announcement
    return Rendered(
        {
            "type": announcement.type.value,
            "timestamp": timestamp(announcement.occurred_at),
            "data": public_data(announcement, attempt.links),
        }
    )
