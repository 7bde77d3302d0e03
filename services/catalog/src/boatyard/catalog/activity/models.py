"""The table of what happened in repositories, day by day."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from boatyard.catalog.db import Base


class Activity(Base, table=True):
    """How often a repository was pushed to and pulled from on one day (UTC); days of nothing have no row."""

    __tablename__ = "activity"

    repository_id: UUID = Field(primary_key=True, foreign_key="repository.id", ondelete="CASCADE")
    day: dt.date = Field(primary_key=True)
    pushes: int = Field(default=0, sa_type=sa.BigInteger)
    pulls: int = Field(default=0, sa_type=sa.BigInteger)
