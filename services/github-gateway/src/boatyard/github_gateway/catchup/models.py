"""The table of what catching up remembers."""

from __future__ import annotations

import datetime as dt

from sqlmodel import Field

from boatyard.github_gateway.db import Base
from boatyard.shared.db import UtcDateTime


class HookWatch(Base, table=True):
    """How far the deliveries of one webhook at GitHub were looked through, and what was wrong last."""

    __tablename__ = "hook_watch"

    hook: str = Field(primary_key=True, max_length=400)
    seen_until: dt.datetime = Field(sa_type=UtcDateTime)
    checked_at: dt.datetime = Field(sa_type=UtcDateTime)
    problem: str = Field(default="", max_length=300)


class Reminder(Base, table=True):
    """That GitHub was asked to deliver something again."""

    __tablename__ = "reminder"

    guid: str = Field(primary_key=True, max_length=64)
    times: int
    asked_at: dt.datetime = Field(sa_type=UtcDateTime, index=True)
