"""The health of the processes as the API shows it."""

from __future__ import annotations

from pydantic import Field

from boatyard.shared.schemas import Output


class ProcessHealthView(Output):
    """How one process is, in its own words."""

    process: str = Field(
        description="Its host and its number there.", examples=["catalog-7d4b9c-x2x9q:1"]
    )
    services: list[str] = Field(description="The services that run in it.", examples=[["catalog"]])
    ready: bool = Field(description="It can do its work.")
    problems: dict[str, str] = Field(
        description="The part that is not well, and what is wrong with it.",
        examples=[{"catalog database": "OperationalError"}],
    )
    notes: dict[str, str] = Field(
        description="What an operator should know of, although it keeps nothing from working."
    )


class BoatyardHealthView(Output):
    """Every process that answered, and the services that nobody answered for."""

    asked: bool = Field(
        description="Whether they could be asked; not while NATS is away, and then nothing is known of any."
    )
    processes: list[ProcessHealthView] = Field(description="By the names of their services.")
    missing: list[str] = Field(
        description="The services that no process answered for in time.", examples=[["builder"]]
    )
