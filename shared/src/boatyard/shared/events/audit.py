"""Who did what, for the audit log. Sent by every service that has routes, kept by catalog."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from boatyard.shared.events.access import CredentialKind
from boatyard.shared.events.message import Command


class AuditOutcome(StrEnum):
    """What came of what somebody wanted to do."""

    DONE = "done"
    REFUSED = "refused"


class RecordAction(Command, subject="cmd.audit.record.v1"):
    """Keep in the audit log that somebody did something, or was refused to.

    `action` is the operation's id in the API's document, `target` what it was done to (the parts of the path),
    `details` what else one wants to know later, never a secret. `actor` is a username or `organization+robot`.
    """

    action: str
    outcome: AuditOutcome = AuditOutcome.DONE
    actor: str | None = None
    credential: CredentialKind | None = None
    target: dict[str, str] = Field(default_factory=dict)
    details: dict[str, str] = Field(default_factory=dict)
    address: str = ""
    request_id: str = ""
