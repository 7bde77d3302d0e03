"""What happens to webhooks. Published by webhook-dispatcher, which owns them."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime

from boatyard.shared.events.message import Event
from boatyard.shared.oci import RepositoryName


class WebhookDisabled(Event, subject="evt.webhook.disabled.v1"):
    """A webhook is not sent to any more, until somebody enables it again.

    `gone`: the endpoint answered that it wants nothing more. `failing`: nothing but failure was seen for days,
    since `failing_since`.
    """

    webhook_id: UUID
    repository_id: UUID
    repository: RepositoryName
    name: str = ""
    reason: Literal["gone", "failing"]
    failing_since: AwareDatetime | None = None
