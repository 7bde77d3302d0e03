"""The table of quotas."""

from __future__ import annotations

import sqlalchemy as sa
from sqlmodel import Field

from boatyard.catalog.db import Base


class Quota(Base, table=True):
    """How many bytes one namespace may keep, whatever the settings say; None: as many as it likes."""

    __tablename__ = "quota"

    namespace: str = Field(primary_key=True, max_length=64)
    max_bytes: int | None = Field(default=None, sa_type=sa.BigInteger)
