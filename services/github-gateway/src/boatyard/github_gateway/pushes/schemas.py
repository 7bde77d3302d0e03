"""What the routes of the ledger give."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from pydantic import Field

from boatyard.github_gateway.pushes.models import PushOrigin
from boatyard.github_gateway.refs import RefKind
from boatyard.github_gateway.rules import SkipReason
from boatyard.shared.events import BuildStatus
from boatyard.shared.schemas import Output


class VerdictView(Output):
    """What one rule made of a push: a build, or the reason why there is none."""

    rule_id: UUID
    rule: str = Field(description="The rule as it was then.", examples=["#1 branch main"])
    reason: SkipReason | None = Field(description="Why there is no build; null if there is one.")
    detail: str = Field(description="The same for people.")
    tags: list[str] = Field(description="What the image was to be tagged.")
    build_id: UUID | None
    build_number: int | None = Field(description="Null until the build has its number.")
    build_status: BuildStatus | None
    build_reason: str | None
    build_detail: str
    changed_at: dt.datetime


class PushView(Output):
    """A push, and what every rule made of it."""

    id: UUID
    type: RefKind
    ref: str = Field(description="The branch or tag, without `refs/heads/` or `refs/tags/`.")
    commit: str | None = Field(description="Null where the ref was deleted.")
    before: str | None
    message: str
    author: str
    pushed_by: str | None
    origin: PushOrigin
    at: dt.datetime = Field(description="When it became known here.")
    summary: str = Field(description="What became of it, in one sentence.")
    verdicts: list[VerdictView]


class DeliveryView(Output):
    """A delivery of GitHub's, as it was recorded."""

    id: UUID
    guid: str
    event: str
    action: str | None
    project_id: int | None
    state: str = Field(description="`received`, `done`, `ignored` or `failed`.")
    reason: str
    tries: int
    times: int = Field(description="How often it came.")
    received_at: dt.datetime
    finished_at: dt.datetime | None
