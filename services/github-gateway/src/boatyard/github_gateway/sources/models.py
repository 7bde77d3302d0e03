"""The tables of sources, build rules, and of the refs that a source is known to have."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from boatyard.github_gateway.db import Base
from boatyard.shared.db import UtcDateTime
from boatyard.shared.events import new_id
from boatyard.shared.leases import LeaseColumns


class Source(Base, LeaseColumns, table=True):
    """The project that a repository is built from. It is leased to be reconciled; `due_at` says when.

    `project_id` is GitHub's number, which stays when the project moves. `lost` says why GitHub does not let us
    see it any more; empty while it does. `baseline_at` is when its refs were first noted: what was there before
    that is nobody's push.
    """

    __tablename__ = "source"

    repository_id: UUID = Field(unique=True)
    repository: str = Field(max_length=130)
    project_id: int = Field(sa_type=sa.BigInteger, index=True)
    project: str = Field(max_length=255)
    private: bool = Field(default=False)
    default_branch: str = Field(max_length=255)
    installation_id: int | None = Field(default=None, sa_type=sa.BigInteger, index=True)
    hook_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    linked_by: UUID = Field(index=True)
    linked_by_name: str = Field(max_length=130)
    enabled: bool = Field(default=True)
    submodules: bool = Field(default=False)
    lfs: bool = Field(default=False)
    lost: str = Field(default="", max_length=300)
    rules_made: int = Field(default=0)
    created_at: dt.datetime = Field(sa_type=UtcDateTime)
    updated_at: dt.datetime = Field(sa_type=UtcDateTime)
    baseline_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    reconciled_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    failures: int = Field(default=0)


class BuildRule(Base, table=True):
    """A rule of a source, as its people entered it. `number` counts within a repository and is never reused."""

    __tablename__ = "build_rule"
    __table_args__ = (sa.UniqueConstraint("repository_id", "number"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    repository_id: UUID
    number: int
    kind: str = Field(max_length=10)
    pattern: str = Field(max_length=255)
    versions: str = Field(max_length=2100)
    override: bool
    dockerfile: str = Field(max_length=255)
    context: str = Field(max_length=255)
    paths: list[str] = Field(default_factory=list, sa_type=sa.JSON)
    watch_context: bool = Field(default=False)
    arguments: dict[str, str] = Field(default_factory=dict, sa_type=sa.JSON)
    timeout_seconds: int = Field(default=3600)
    supersede_running: bool = Field(default=False)
    enabled: bool = Field(default=True)
    disabled_reason: str = Field(default="", max_length=300)
    failures: int = Field(default=0)
    last_status: str | None = Field(default=None, max_length=20)
    last_number: int = Field(default=0)
    created_at: dt.datetime = Field(sa_type=UtcDateTime)
    created_by: str | None = Field(default=None, max_length=130)
    updated_at: dt.datetime = Field(sa_type=UtcDateTime)


class KnownRef(Base, table=True):
    """What a branch or tag was last known to point at, and the order of the push that made it so."""

    __tablename__ = "known_ref"

    repository_id: UUID = Field(primary_key=True)
    ref: str = Field(primary_key=True, max_length=300)
    sha: str = Field(max_length=40)
    order: int = Field(sa_column=sa.Column("push_order", sa.BigInteger, nullable=False))


class VersionClaim(Base, table=True):
    """Which ref a version of an image was made for, so that no other ref escapes to the same unnoticed."""

    __tablename__ = "version_claim"

    repository_id: UUID = Field(primary_key=True)
    version: str = Field(primary_key=True, max_length=128)
    raw: str = Field(sa_type=sa.Text)
    ref: str = Field(max_length=300)


class RuleProgress(Base, table=True):
    """The commit of a rule's last successful build of a ref, from which its path filter counts."""

    __tablename__ = "rule_progress"

    rule_id: UUID = Field(primary_key=True)
    ref: str = Field(primary_key=True, max_length=300)
    sha: str = Field(max_length=40)
    order: int = Field(sa_column=sa.Column("push_order", sa.BigInteger, nullable=False))


class OrphanHook(Base, table=True):
    """A webhook at GitHub whose source is gone, and whose token removes it."""

    __tablename__ = "orphan_hook"

    hook_id: int = Field(primary_key=True, sa_type=sa.BigInteger)
    project: str = Field(max_length=255)
    account_id: UUID
