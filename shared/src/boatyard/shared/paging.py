"""Lists a page at a time: opaque cursors that say where the last page ended (keyset paging)."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, Field

from boatyard.shared.errors import Invalid

MAX_LIMIT = 100
ItemT = TypeVar("ItemT")

Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="How many items at the most.")]
Cursor = Annotated[
    str | None, Query(max_length=1024, description="`next_cursor` of the page before this one.")
]


class Page(BaseModel, Generic[ItemT]):
    """A page of a list."""

    items: list[ItemT]
    next_cursor: str | None = Field(
        default=None, description="Give it as `cursor` for the next page; null at the end."
    )


def encode_cursor(*key: str | int) -> str:
    """The opaque form of the sort key of a page's last item."""
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


def decode_cursor(cursor: str, *types: type[str] | type[int]) -> tuple[str | int, ...]:
    """The sort key in a cursor, of these types in this order; Invalid if it is not one of ours."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        key = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise _refused() from error
    if not isinstance(key, list) or [type(part) for part in key] != list(types):
        raise _refused()
    if not all(_can_be_stored(part) for part in key):
        raise _refused()
    return tuple(key)


def _can_be_stored(part: str | int) -> bool:
    """Whether a database could hold the value; one that can't would fail on it."""
    if isinstance(part, int):
        return abs(part) < 2**63
    return "\x00" not in part and not any("\ud800" <= character <= "\udfff" for character in part)


def _refused() -> Invalid:
    return Invalid.field("query.cursor", "is not a cursor of this list: take it from next_cursor")
