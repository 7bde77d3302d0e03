"""What happened day by day, as the API shows it."""

from __future__ import annotations

import datetime as dt

from pydantic import Field

from boatyard.shared.schemas import Output


class DayView(Output):
    """What happened in a repository on one day."""

    day: dt.date = Field(description="In UTC.", examples=["2026-11-25"])
    pushes: int = Field(description="How often a tag came to point at an image.")
    pulls: int = Field(description="How often an image was pulled, by a tag or by its digest.")


class ActivityView(Output):
    """What happened in a repository lately."""

    days: list[DayView] = Field(description="Every day up to today, the oldest first.")
