"""The table of linked GitHub accounts."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from boatyard.github_gateway.db import Base
from boatyard.shared.db import UtcDateTime


class LinkedAccount(Base, table=True):
    """A GitHub account that a Boatyard account is linked with. Its tokens are sealed.

    `lost` says why GitHub does not believe us any more; empty while it does.
    """

    __tablename__ = "linked_account"

    account_id: UUID = Field(primary_key=True)
    username: str = Field(max_length=130)
    github_id: int = Field(sa_type=sa.BigInteger, index=True)
    login: str = Field(max_length=255)
    avatar_url: str = Field(default="", max_length=500)
    tokens: bytes
    expires_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    linked_at: dt.datetime = Field(sa_type=UtcDateTime)
    lost: str = Field(default="", max_length=300)
