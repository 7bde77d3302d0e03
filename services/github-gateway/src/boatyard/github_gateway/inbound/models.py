"""The table of received deliveries."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from boatyard.github_gateway.db import Base
from boatyard.shared.db import UtcDateTime
from boatyard.shared.leases import LeaseColumns


class DeliveryState(StrEnum):
    """Where a delivery is."""

    RECEIVED = "received"
    DONE = "done"
    IGNORED = "ignored"
    FAILED = "failed"


class Received(Base, LeaseColumns, table=True):
    """A delivery of GitHub's. `guid` stays when GitHub delivers it again; `digest` is of event and body."""

    __tablename__ = "delivery"

    guid: str = Field(unique=True, max_length=64)
    digest: str = Field(unique=True, max_length=64)
    event: str = Field(max_length=64)
    action: str | None = Field(default=None, max_length=64)
    hook_id: str | None = Field(default=None, max_length=32)
    project_id: int | None = Field(default=None, sa_type=sa.BigInteger, index=True)
    state: str = Field(max_length=10, index=True)
    reason: str = Field(default="", max_length=500)
    tries: int = Field(default=0)
    times: int = Field(default=1)
    received_at: dt.datetime = Field(sa_type=UtcDateTime, index=True)
    finished_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    trace: str | None = Field(default=None, max_length=55)
    """The span that it was received in (`traceparent`): what it sets off is part of that trace."""


class Body(Base, table=True):
    """What stood in a delivery: compressed JSON, kept apart since it may be large, and for some days."""

    __tablename__ = "delivery_body"

    delivery_id: UUID = Field(primary_key=True, foreign_key="delivery.id", ondelete="CASCADE")
    content: bytes
