"""The table of the audit log."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlmodel import Field

from boatyard.catalog.db import Base
from boatyard.shared.db import Json, UtcDateTime


class AuditRow(Base, table=True):
    """Somebody did something, or was refused to; `id` is that of the message that told of it."""

    __tablename__ = "audit"

    id: UUID = Field(primary_key=True)
    at: dt.datetime = Field(sa_type=UtcDateTime, index=True)
    action: str = Field(max_length=100, index=True)
    outcome: str = Field(max_length=16)
    actor: str | None = Field(default=None, max_length=512, index=True)
    credential: str | None = Field(default=None, max_length=16)
    repository: str | None = Field(default=None, max_length=512, index=True)
    """`namespace/name` where the target is in a repository: what one looks for most."""
    target: dict[str, str] = Field(default_factory=dict, sa_type=Json)
    details: dict[str, str] = Field(default_factory=dict, sa_type=Json)
    address: str = Field(default="", max_length=64)
    request_id: str = Field(default="", max_length=64)
