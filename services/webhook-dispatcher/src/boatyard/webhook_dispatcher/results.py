"""An attempt from its beginning to its end, as values that travel between the parts of the dispatcher."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from uuid import UUID

from boatyard.webhook_dispatcher.delivery import Delivered, Judgement
from boatyard.webhook_dispatcher.formats import Format
from boatyard.webhook_dispatcher.models import Trigger
from boatyard.webhook_dispatcher.outcome import Outcome, Request


@dataclass(frozen=True, kw_only=True, slots=True)
class Started:
    """An attempt that is written down and may be made."""

    id: UUID
    webhook_id: UUID
    number: int
    claim_id: UUID
    trigger: Trigger
    rung: int
    format: Format
    at_most_once: bool
    shown_url: str = field(repr=False)
    """As the webhook's owner entered it; a robot's signature is not part of it."""
    request: Request = field(repr=False)
    at: dt.datetime
    trace: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Finished:
    """An attempt that came to its end. Without an outcome nobody knows how: we were stopped meanwhile."""

    started: Started
    outcome: Outcome | None
    judgement: Judgement | None
    at: dt.datetime

    @property
    def succeeded(self) -> bool:
        """Whether the endpoint took the delivery."""
        return self.judgement is not None and isinstance(self.judgement.step, Delivered)
