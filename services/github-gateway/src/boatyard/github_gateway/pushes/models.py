"""The tables of the ledger."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from boatyard.github_gateway.db import Base
from boatyard.shared.db import UtcDateTime
from boatyard.shared.events import new_id


class PushOrigin(StrEnum):
    """How a push became known."""

    GITHUB = "github"
    """GitHub told of it."""
    RECONCILE = "reconcile"
    """Comparing refs found it."""
    MANUAL = "manual"
    """There was none: somebody asked for a build, here or, where there is a delivery, at GitHub."""


class Push(Base, table=True):
    """That a ref of a repository's source came to point at a commit, or was deleted (then `sha` is zeros).

    `generation` counts how often the ref came to this commit; it is null where no build is derived from it.
    `push_order` grows with the pushes of a project, by GitHub's clock.
    """

    __tablename__ = "push"
    __table_args__ = (
        sa.UniqueConstraint("repository_id", "ref", "sha", "generation"),
        sa.Index(None, "repository_id", "id"),
        sa.Index(None, "repository_id", "push_order"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    repository_id: UUID
    project: str = Field(max_length=255)
    ref: str = Field(max_length=300)
    before: str = Field(default="", max_length=40)
    sha: str = Field(max_length=40)
    generation: int | None = Field(default=None)
    order: int = Field(sa_column=sa.Column("push_order", sa.BigInteger, nullable=False))
    origin: str = Field(max_length=20)
    pushed_by: str | None = Field(default=None, max_length=255)
    author: str = Field(default="", max_length=255)
    message: str = Field(default="", sa_type=sa.Text)
    delivery: str | None = Field(default=None, max_length=64)
    at: dt.datetime = Field(sa_type=UtcDateTime, index=True)


class Verdict(Base, table=True):
    """What one rule made of one push: a build and what became of it, or the reason why there is none.

    The rule is written down as it was then, since it may be changed or deleted since.
    """

    __tablename__ = "verdict"

    push_id: UUID = Field(primary_key=True, foreign_key="push.id", ondelete="CASCADE")
    rule_id: UUID = Field(primary_key=True)
    rule: str = Field(max_length=300)
    reason: str | None = Field(default=None, max_length=40)
    detail: str = Field(default="", sa_type=sa.Text)
    build_id: UUID | None = Field(default=None, index=True)
    tags: list[str] = Field(default_factory=list, sa_type=sa.JSON)
    build_number: int | None = Field(default=None)
    build_status: str | None = Field(default=None, max_length=20)
    build_reason: str | None = Field(default=None, max_length=100)
    build_detail: str = Field(default="", sa_type=sa.Text)
    changed_at: dt.datetime = Field(sa_type=UtcDateTime)
