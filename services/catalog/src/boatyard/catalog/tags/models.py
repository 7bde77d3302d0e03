"""The tables of tags, of what they pointed to, and of the images behind them."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from boatyard.catalog.db import Base
from boatyard.shared.db import UtcDateTime


class Tag(Base, table=True):
    """A tag that exists now. `sequence` is that of the event which made it so."""

    __tablename__ = "tag"
    __table_args__ = (
        sa.Index(None, "repository_id", "pushed_at", "name"),
        sa.Index(None, "repository_id", "pull_count", "name"),
        sa.Index(None, "repository_id", "digest"),
    )

    repository_id: UUID = Field(primary_key=True, foreign_key="repository.id", ondelete="CASCADE")
    name: str = Field(primary_key=True, max_length=128)
    digest: str = Field(max_length=140)
    sequence: int = Field(sa_type=sa.BigInteger)
    pushed_at: dt.datetime = Field(sa_type=UtcDateTime)
    pushed_by: str | None = Field(default=None, max_length=130)
    origin: str = Field(max_length=20)
    remark: str = Field(default="", max_length=500)
    pull_count: int = Field(default=0, sa_type=sa.BigInteger)
    last_pulled_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    hidden: bool = Field(default=False)
    """It only attaches something to a digest, and is no version."""


class TagChange(Base, table=True):
    """One entry of a tag's history: at its `sequence` it came to point at a digest, or was deleted."""

    __tablename__ = "tag_change"

    repository_id: UUID = Field(primary_key=True, foreign_key="repository.id", ondelete="CASCADE")
    tag: str = Field(primary_key=True, max_length=128)
    sequence: int = Field(primary_key=True, sa_type=sa.BigInteger)
    kind: str = Field(max_length=10)
    digest: str = Field(max_length=140)
    at: dt.datetime = Field(sa_type=UtcDateTime)
    by: str | None = Field(default=None, max_length=130)
    origin: str = Field(max_length=20)


class ManifestRow(Base, table=True):
    """What an image says of itself, read from the registry once it was pushed.

    `due_at` is when to read it, None once that is done; `gone` says that the registry has it no more. What it
    reads of an image is the configuration, whose digest and size are there if the registry named them.
    """

    __tablename__ = "manifest"

    repository_id: UUID = Field(primary_key=True, foreign_key="repository.id", ondelete="CASCADE")
    digest: str = Field(primary_key=True, max_length=140)
    media_type: str = Field(default="", max_length=128)
    config_digest: str | None = Field(default=None, max_length=140)
    config_size: int | None = Field(default=None, sa_type=sa.BigInteger)
    size: int | None = Field(default=None, sa_type=sa.BigInteger)
    platforms: list[dict[str, Any]] = Field(default_factory=list, sa_type=sa.JSON)
    labels: dict[str, str] = Field(default_factory=dict, sa_type=sa.JSON)
    image_created_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    gone: bool = Field(default=False)
    due_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    tries: int = Field(default=0)
