"""The table of what is to be shown at GitHub beside commits."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from boatyard.github_gateway.db import Base
from boatyard.shared.db import UtcDateTime
from boatyard.shared.leases import LeaseColumns


class StatusRow(Base, LeaseColumns, table=True):
    """The newest status of one context at one commit; what was before it need not be shown any more.

    `version` counts the changes; the row is due while `sent` is behind it. `problem` is why it was given up.
    `run_id` is the check run at GitHub, if it is shown as one: of the build `run_number`, and `run_over` once
    that build's end was told. `build_status` is null where a release wrote the row that knew
    commit statuses alone.
    """

    __tablename__ = "commit_status"
    __table_args__ = (sa.UniqueConstraint("project_id", "sha", "context"),)

    repository_id: UUID = Field(index=True)
    project_id: int = Field(sa_type=sa.BigInteger)
    sha: str = Field(max_length=40)
    context: str = Field(max_length=255)
    state: str = Field(max_length=10)
    description: str = Field(max_length=140)
    target_url: str = Field(max_length=500)
    number: int
    rank: int
    version: int = Field(default=1)
    sent: int = Field(default=0)
    tries: int = Field(default=0)
    problem: str = Field(default="", max_length=300)
    changed_at: dt.datetime = Field(sa_type=UtcDateTime)
    build_id: UUID | None = Field(default=None)
    build_status: str | None = Field(default=None, max_length=20)
    summary: str | None = Field(default=None, sa_type=sa.Text)
    started_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    completed_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    run_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    run_number: int | None = Field(default=None)
    run_over: bool | None = Field(default=None)
