"""The tables of access tokens and of what the registry's clients keep instead of a password."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from boatyard.catalog.db import Base
from boatyard.shared.db import UtcDateTime
from boatyard.shared.events import new_id


class AccessToken(Base, table=True):
    """A secret that stands for an account, or for a robot, within its scopes. Known by its hash only."""

    __tablename__ = "access_token"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    account_id: UUID | None = Field(
        default=None, foreign_key="account.id", ondelete="CASCADE", index=True
    )
    robot_id: UUID | None = Field(
        default=None, foreign_key="robot.id", ondelete="CASCADE", index=True
    )
    name: str = Field(max_length=100)
    secret_hash: str = Field(max_length=64, unique=True)
    hint: str = Field(max_length=12)
    scopes: list[dict[str, Any]] = Field(sa_type=sa.JSON)
    created_at: dt.datetime = Field(sa_type=UtcDateTime)
    expires_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_used_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)


class RefreshToken(Base, table=True):
    """What `docker login` keeps: it dies with the access token that it was made from, or at a new password."""

    __tablename__ = "refresh_token"

    secret_hash: str = Field(primary_key=True, max_length=64)
    account_id: UUID | None = Field(
        default=None, foreign_key="account.id", ondelete="CASCADE", index=True
    )
    access_token_id: UUID | None = Field(
        default=None, foreign_key="access_token.id", ondelete="CASCADE", index=True
    )
    created_at: dt.datetime = Field(sa_type=UtcDateTime)
    expires_at: dt.datetime = Field(sa_type=UtcDateTime, index=True)
