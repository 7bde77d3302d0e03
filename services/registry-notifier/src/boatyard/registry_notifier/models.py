"""The tables of registry-notifier."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlmodel import Field

from boatyard.registry_notifier.db import Base
from boatyard.shared.db import BigId, UtcDateTime
from boatyard.shared.leases import LeaseColumns

SWEEP_ID = UUID(int=1)
"""The key of the one row that says when the registry is swept, and by whom."""


class Tag(Base, table=True):
    """What a tag is known to point at. The row stays when the tag goes, so that its changes are counted on."""

    __tablename__ = "tag"

    repository: str = Field(primary_key=True, max_length=129)
    tag: str = Field(primary_key=True, max_length=128)
    digest: str | None = Field(default=None, max_length=135)
    media_type: str = Field(default="", max_length=255)
    sequence: int = Field(default=0, sa_type=BigId)
    as_of: dt.datetime = Field(sa_type=UtcDateTime)
    placeholder: str | None = Field(default=None, max_length=135)


class Received(Base, table=True):
    """A notification that was dealt with; the registry may send it again under its id."""

    __tablename__ = "received"

    id: str = Field(primary_key=True, max_length=64)
    received_at: dt.datetime = Field(sa_type=UtcDateTime, index=True)
    occurred_at: dt.datetime = Field(sa_type=UtcDateTime)


class Instance(Base, table=True):
    """A process of the registry that was heard of. A new one may have forgotten what the old one had to say."""

    __tablename__ = "registry_instance"

    id: str = Field(primary_key=True, max_length=64)
    seen_at: dt.datetime = Field(sa_type=UtcDateTime)


class Sweep(Base, LeaseColumns, table=True):
    """When the registry is swept next, who sweeps it now, and what the last sweep found: one row."""

    __tablename__ = "sweep"

    requests: int = Field(default=0, sa_type=BigId)
    """Counts who asked for a sweep, so that a request during a sweep leads to another one."""
    failures: int = Field(default=0)
    """Sweeps that failed one after the other, up to now."""
    started_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    finished_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    repositories: int = Field(default=0)
    tags: int = Field(default=0)
    changes: int = Field(default=0)
    skipped: int = Field(default=0)
    error: str | None = Field(default=None, max_length=200)
