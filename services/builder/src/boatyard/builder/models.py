"""The tables of builds."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from boatyard.builder.db import Base
from boatyard.shared.db import BigId, UtcDateTime
from boatyard.shared.events import BuildStatus
from boatyard.shared.leases import LeaseColumns

MAX_GROUP = 1000
MAX_REF = 512
MAX_NAME = 130
MAX_TEXT = 1000


class Build(Base, LeaseColumns, table=True):
    """One build: what was asked for, where it is, and what came of it. Its id is the command's.

    Its status is the truth; a worker holds it by the lease columns while it is `building`. `stop_as` is what a
    worker is asked to end it as. Once `push_began` is set it can't be stopped any more: a tag may have moved.
    """

    __tablename__ = "build"
    __table_args__ = (
        sa.UniqueConstraint("repository_id", "number"),
        sa.Index(None, "build_group", "status"),
        sa.Index(None, "namespace", "status"),
        sa.Index(None, "namespace", "started_at"),
        sa.Index(None, "status", "due_at"),
    )

    repository_id: UUID
    repository: str = Field(max_length=MAX_NAME)
    namespace: str = Field(max_length=64)
    number: int
    rule_id: UUID | None = Field(default=None)
    build_group: str = Field(max_length=MAX_GROUP)
    ref: str = Field(max_length=MAX_REF)
    push_order: int = Field(sa_type=BigId)
    tags: list[str] = Field(sa_type=sa.JSON)
    source: dict[str, Any] = Field(sa_type=sa.JSON)
    recipe: dict[str, Any] = Field(sa_type=sa.JSON)
    cause: str = Field(max_length=20)
    caused_by: str | None = Field(default=None, max_length=MAX_NAME)
    retry_of: int | None = Field(default=None)

    status: str = Field(default=BuildStatus.QUEUED, max_length=20)
    phase: str | None = Field(default=None, max_length=10)
    attempt: int = Field(default=0)
    waits_for: str = Field(default="", max_length=MAX_TEXT)
    """Why it was put back into the queue."""
    stop_as: str | None = Field(default=None, max_length=20)
    stop_reason: str | None = Field(default=None, max_length=40)
    stop_detail: str = Field(default="", max_length=MAX_TEXT)
    push_began: bool = Field(default=False)

    queued_at: dt.datetime = Field(sa_type=UtcDateTime)
    started_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    finished_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    seconds: dict[str, float] = Field(default_factory=dict, sa_type=sa.JSON)

    digest: str | None = Field(default=None, max_length=140)
    pushed_tags: list[str] = Field(default_factory=list, sa_type=sa.JSON)
    reason: str | None = Field(default=None, max_length=40)
    detail: str = Field(default="", max_length=MAX_TEXT)
    user_error: bool = Field(default=False)
    dockerfile: str | None = Field(default=None, sa_type=sa.Text)
    """The Dockerfile as built, as far as it is kept."""
    trace: str | None = Field(default=None, max_length=55)
    """The span that it was asked for in (`traceparent`): all its attempts are part of that trace."""
    repository_gone: bool = Field(default=False)
    """Its repository was deleted: nobody can see it any more, and it goes once it has ended."""


class Numbering(Base, table=True):
    """The last number that a build of a repository got."""

    __tablename__ = "numbering"

    repository_id: UUID = Field(primary_key=True)
    last: int


class Fence(Base, table=True):
    """What a tag may be moved by: nothing older than `pushed_order` and `began_order`.

    While a build moves the tag it holds the fence until `held_until`, and every other one waits.
    `began_order` is what a push that was begun has: it counts until it is known that the push failed.
    """

    __tablename__ = "fence"

    repository_id: UUID = Field(primary_key=True)
    tag: str = Field(primary_key=True, max_length=128)
    pushed_order: int = Field(default=-1, sa_type=BigId)
    began_order: int = Field(default=-1, sa_type=BigId)
    build_id: UUID | None = Field(default=None)
    """The build that pushed it last."""
    digest: str | None = Field(default=None, max_length=140)
    holder: UUID | None = Field(default=None, index=True)
    held_until: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
