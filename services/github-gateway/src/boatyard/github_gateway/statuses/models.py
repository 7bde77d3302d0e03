"""The table of commit statuses that are to be shown at GitHub."""

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
