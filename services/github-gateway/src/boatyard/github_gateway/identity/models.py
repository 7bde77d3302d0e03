"""The table of the App that Boatyard is at GitHub."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field

from boatyard.github_gateway.db import Base
from boatyard.shared.db import UtcDateTime


class AppKind(StrEnum):
    """The two ways in which GitHub lets a program act."""

    GITHUB_APP = "github-app"
    """Has installations, narrow tokens and one webhook of its own."""
    OAUTH_APP = "oauth-app"
    """Acts with its users' own rights, and makes a webhook in each project."""


ONLY = 1
"""There is one App at a time; this is its key."""


class AppRow(Base, table=True):
    """The App. Its secrets are sealed together; `web_url` is the GitHub that it belongs to."""

    __tablename__ = "github_app"

    id: int = Field(default=ONLY, primary_key=True)
    kind: str = Field(max_length=20)
    web_url: str = Field(max_length=255)
    app_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    slug: str = Field(default="", max_length=255)
    name: str = Field(max_length=255)
    client_id: str = Field(max_length=255)
    secrets: bytes
    created_at: dt.datetime = Field(sa_type=UtcDateTime)
    created_by: str | None = Field(default=None, max_length=130)


class Errand(Base, table=True):
    """That somebody was sent to GitHub and is expected back: what the `state` they bring back stands for."""

    __tablename__ = "errand"

    state_sha256: str = Field(primary_key=True, max_length=64)
    purpose: str = Field(max_length=20)
    account_id: str = Field(max_length=36)
    username: str = Field(max_length=130)
    return_to: str = Field(max_length=255)
    expires_at: dt.datetime = Field(sa_type=UtcDateTime, index=True)
