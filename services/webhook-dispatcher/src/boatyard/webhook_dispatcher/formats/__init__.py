"""What is sent to an endpoint, byte by byte, in the format that its webhook chose: pure functions of values."""

from boatyard.webhook_dispatcher.formats.announcement import Announcement, EventType
from boatyard.webhook_dispatcher.formats.answer import Accepted, Refused, Throttled, Verdict
from boatyard.webhook_dispatcher.formats.catalogue import Format, prepare, supports, verdict
from boatyard.webhook_dispatcher.formats.delivery import Links, Prepared, Secrets

__all__ = [
    "Accepted",
    "Announcement",
    "EventType",
    "Format",
    "Links",
    "Prepared",
    "Refused",
    "Secrets",
    "Throttled",
    "Verdict",
    "prepare",
    "supports",
    "verdict",
]
