"""What the HTTP routes of registry-notifier give."""

from __future__ import annotations

import datetime as dt

from pydantic import Field

from boatyard.shared.schemas import Output


class SweepReport(Output):
    """The comparison of Boatyard's tags with the registry's: what the last one found, and whether one runs."""

    running: bool = Field(description="Whether the registry is being swept now.")
    next_at: dt.datetime | None = Field(
        default=None, description="When the next sweep is due; in the past while it is waited for."
    )
    started_at: dt.datetime | None = Field(
        default=None, description="When the last sweep that was finished began."
    )
    finished_at: dt.datetime | None = Field(
        default=None, description="When it ended; null before the first one did."
    )
    repositories: int = Field(default=0, description="Repositories that it read.", examples=[12])
    tags: int = Field(default=0, description="Tags that it read.", examples=[340])
    changes: int = Field(
        default=0, description="Changes that no notification had told of.", examples=[1]
    )
    skipped: int = Field(
        default=0, description="Repositories and tags that could not be read and were left alone."
    )
    error: str | None = Field(
        default=None,
        description="Why the sweep after it failed, if it did; it is tried again by itself.",
        examples=["RegistryUnavailable: ConnectError"],
    )
