"""The tables of people, their sessions, and failed tries to sign in."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlmodel import Field

from boatyard.catalog.db import Base
from boatyard.shared.db import UtcDateTime
from boatyard.shared.events import new_id


class Account(Base, table=True):
    """A person. The username is also the name of their own namespace and never changes."""

    __tablename__ = "account"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    username: str = Field(max_length=64, unique=True)
    email: str | None = Field(default=None, max_length=254)
    password_hash: str = Field(max_length=200)
    administrator: bool = Field(default=False)
    disabled: bool = Field(default=False)
    language: str = Field(default="en", max_length=8)
    created_at: dt.datetime = Field(sa_type=UtcDateTime)


class Namespace(Base, table=True):
    """A name under which repositories live: one account's or one organization's, never both."""

    __tablename__ = "namespace"

    name: str = Field(primary_key=True, max_length=64)
    account_id: UUID | None = Field(default=None, foreign_key="account.id", ondelete="CASCADE")
    organization_id: UUID | None = Field(
        default=None, foreign_key="organization.id", ondelete="CASCADE"
    )


class Session(Base, table=True):
    """That somebody is signed in with a browser. The secret is known by its hash only."""

    __tablename__ = "session"

    secret_hash: str = Field(primary_key=True, max_length=64)
    account_id: UUID = Field(foreign_key="account.id", ondelete="CASCADE", index=True)
    created_at: dt.datetime = Field(sa_type=UtcDateTime)
    expires_at: dt.datetime = Field(sa_type=UtcDateTime, index=True)


class FailedSignIn(Base, table=True):
    """How often signing in failed lately, for one username or one address."""

    __tablename__ = "failed_sign_in"

    key: str = Field(primary_key=True, max_length=140)
    failures: int = Field(default=0)
    last_at: dt.datetime = Field(sa_type=UtcDateTime, index=True)
