"""The bases of what the public API takes and gives."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict


def in_utc(moment: dt.datetime) -> dt.datetime:
    """The same moment in UTC; ValueError if no calendar that a database keeps has it."""
    try:
        return moment.astimezone(dt.UTC)
    except OverflowError as error:
        raise ValueError("is beyond the calendar") from error


Moment = Annotated[AwareDatetime, AfterValidator(in_utc)]
"""A moment that a client names, with its zone."""


class Input(BaseModel):
    """A body that a client sends: an unknown field is an error, so that a misspelt one is found."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Output(BaseModel):
    """A body that a client gets; built from rows or values by attribute."""

    model_config = ConfigDict(from_attributes=True, frozen=True)
