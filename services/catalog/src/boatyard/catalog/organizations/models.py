"""The tables of organizations, their members and their robots."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from boatyard.catalog.db import Base
from boatyard.shared.db import UtcDateTime
from boatyard.shared.events import Role, new_id


class Organization(Base, table=True):
    """People who share a namespace. Its name never changes."""

    __tablename__ = "organization"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    name: str = Field(max_length=64, unique=True)
    description: str = Field(default="", max_length=200)
    created_at: dt.datetime = Field(sa_type=UtcDateTime)


class Member(Base, table=True):
    """What an account is in an organization."""

    __tablename__ = "member"

    organization_id: UUID = Field(
        primary_key=True, foreign_key="organization.id", ondelete="CASCADE"
    )
    account_id: UUID = Field(
        primary_key=True, foreign_key="account.id", ondelete="CASCADE", index=True
    )
    role: Role = Field(sa_type=sa.String(10))
    joined_at: dt.datetime = Field(sa_type=UtcDateTime)


class Robot(Base, table=True):
    """An account of a machine, which belongs to an organization and signs in as `organization+robot`."""

    __tablename__ = "robot"
    __table_args__ = (sa.UniqueConstraint("organization_id", "name"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    organization_id: UUID = Field(foreign_key="organization.id", ondelete="CASCADE")
    name: str = Field(max_length=64)
    description: str = Field(default="", max_length=200)
    role: Role = Field(sa_type=sa.String(10))
    disabled: bool = Field(default=False)
    created_at: dt.datetime = Field(sa_type=UtcDateTime)
