"""The tables of repositories and of who likes them."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from boatyard.catalog.db import Base
from boatyard.shared.db import UtcDateTime
from boatyard.shared.events import new_id


class Repository(Base, table=True):
    """A repository. Its address `namespace/name` never changes.

    `deleting_at` is set when it was deleted: it is gone for everybody, and its name is free again once the
    registry holds nothing of it.
    """

    __tablename__ = "repository"
    __table_args__ = (
        sa.UniqueConstraint("namespace", "name"),
        sa.Index(None, "updated_at", "id"),
        sa.Index(None, "pull_count", "id"),
        sa.Index(None, "star_count", "id"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    namespace: str = Field(max_length=64)
    name: str = Field(max_length=64)
    summary: str = Field(default="", max_length=100)
    details: str = Field(default="", sa_type=sa.Text)
    public: bool = Field(default=False)
    continuous_build: bool = Field(default=False)
    created_at: dt.datetime = Field(sa_type=UtcDateTime)
    created_by: str | None = Field(default=None, max_length=130)
    updated_at: dt.datetime = Field(sa_type=UtcDateTime)
    pull_count: int = Field(default=0, sa_type=sa.BigInteger)
    star_count: int = Field(default=0)
    tag_count: int = Field(default=0)
    last_pushed_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    deleting_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)

    @property
    def full_name(self) -> str:
        """`namespace/name`, as the registry knows it."""
        return f"{self.namespace}/{self.name}"


class Favourite(Base, table=True):
    """That an account starred a repository. It is shown only while the account may read it."""

    __tablename__ = "favourite"

    account_id: UUID = Field(primary_key=True)
    repository_id: UUID = Field(primary_key=True, foreign_key="repository.id", ondelete="CASCADE")
    created_at: dt.datetime = Field(sa_type=UtcDateTime)
