"""Quotas as the API takes and shows them."""

from __future__ import annotations

from pydantic import Field

from boatyard.shared.schemas import Input, Output


class UsageView(Output):
    """What a namespace keeps, and may keep."""

    namespace: str
    repositories: int
    tags: int
    bytes: int = Field(
        description="Of the images that its tags point at, compressed; a shared layer counts for each."
    )
    max_bytes: int | None = Field(description="How many it may keep; null: as many as it likes.")


class QuotaWish(Input):
    """How much a namespace may keep, whatever the settings say."""

    max_bytes: int | None = Field(
        ge=0,
        le=2**62,
        description="Null: as many as it likes. 0: nothing can be pushed.",
        examples=[10_737_418_240],
    )
