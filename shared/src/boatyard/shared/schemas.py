"""The bases of what the public API takes and gives."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Input(BaseModel):
    """A body that a client sends: an unknown field is an error, so that a misspelt one is found."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Output(BaseModel):
    """A body that a client gets; built from rows or values by attribute."""

    model_config = ConfigDict(from_attributes=True, frozen=True)
