"""Lists in any order, a page at a time: the condition and the cursor that belong to an order.

A page begins after the sort key of the last row of the page before, so rows that come or go meanwhile neither
push others out of sight nor show them twice. The last column of every order is unique in the list.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from boatyard.shared.db import UtcDateTime
from boatyard.shared.errors import Invalid
from boatyard.shared.paging import decode_cursor, encode_cursor


async def plan_anew(session: AsyncSession) -> None:
    """Have PostgreSQL plan for what is asked for now.

    For a plan that is to be good for every question it has to guess how long a page is and how common a text,
    and may sort everything for a page of fifty.
    """
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(sa.text("SET LOCAL plan_cache_mode = force_custom_plan"))


@dataclass(frozen=True)
class Order:
    """The columns by which a list is sorted."""

    columns: tuple[Any, ...]
    descending: bool = False

    @classmethod
    def named(cls, name: str, orders: dict[str, tuple[Any, ...]]) -> Order:
        """The order of that name; a `-` in front of it turns it round."""
        return cls(orders[name.removeprefix("-")], name.startswith("-"))

    def by(self) -> list[sa.ColumnElement[Any]]:
        """What to sort by."""
        return [column.desc() if self.descending else column.asc() for column in self.columns]

    def after(self, cursor: str) -> sa.ColumnElement[bool]:
        """That a row comes after the one of the cursor; Invalid if it is not a cursor of this order."""
        kinds = [_kind(column) for column in self.columns]
        raw = decode_cursor(cursor, *(int if kind is int else str for kind in kinds))
        try:
            values = [_value(kind, value) for kind, value in zip(kinds, raw, strict=True)]
        except (ValueError, OverflowError) as error:
            raise Invalid.field("query.cursor", "is not a cursor of this list and order") from error
        pairs = zip(self.columns, values, strict=True)
        there = sa.tuple_(*(_literal(column, value) for column, value in pairs))
        here = sa.tuple_(*self.columns)
        return here < there if self.descending else here > there

    def cursor(self, row: object) -> str:
        """The cursor of the page that begins after a row."""
        return encode_cursor(*(_portable(getattr(row, column.key)) for column in self.columns))


def _kind(column: Any) -> type:
    if isinstance(column.type, UtcDateTime):
        return dt.datetime
    kind: type = column.type.python_type
    return kind


def _value(kind: type, value: str | int) -> Any:
    if kind is UUID:
        return UUID(str(value))
    if kind is dt.datetime:
        moment = dt.datetime.fromisoformat(str(value))
        if moment.tzinfo is None:
            raise ValueError("no zone")
        return moment.astimezone(dt.UTC)
    return value


def _literal(column: Any, value: Any) -> sa.ColumnElement[Any]:
    """A cursor's value as the database sees it; a count may be larger than its own column takes."""
    return sa.literal(value, sa.BigInteger() if isinstance(value, int) else column.type)


def _portable(value: Any) -> str | int:
    if isinstance(value, dt.datetime):
        return value.isoformat()
    return value if isinstance(value, int) else str(value)
