"""The audit log as the API shows it."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from pydantic import Field

from boatyard.shared.events import AuditOutcome, CredentialKind
from boatyard.shared.schemas import Output


class AuditView(Output):
    """Somebody did something, or was refused to."""

    id: UUID
    at: dt.datetime
    action: str = Field(
        description="The operation's id in this document.", examples=["delete_repository"]
    )
    outcome: AuditOutcome
    actor: str | None = Field(
        description="A username or `organization+robot`; what was typed as one where it was refused."
    )
    credential: CredentialKind | None = Field(description="How they showed who they are.")
    target: dict[str, str] = Field(
        description="What it was done to: the parts of the path.",
        examples=[{"namespace": "team", "name": "app"}],
    )
    details: dict[str, str] = Field(description="What else is worth knowing; never a secret.")
    address: str = Field(description="Where the request came from.")
    request_id: str = Field(description="The request's id, as in the log and in `X-Request-Id`.")
