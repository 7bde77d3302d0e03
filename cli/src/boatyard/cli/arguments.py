"""What many commands take."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from boatyard.cli.paths import Repository

RepositoryArgument = Annotated[
    Repository,
    typer.Argument(
        parser=Repository.parse, help="Which one, as namespace/name.", show_default=False
    ),
]
OrganizationArgument = Annotated[
    str, typer.Argument(help="Which organization.", show_default=False)
]
Limit = Annotated[int, typer.Option(min=1, help="How many at the most.")]
Json = Annotated[bool, typer.Option("--json", help="As JSON, with every field of the API.")]
Yes = Annotated[bool, typer.Option("--yes", help="Don't ask.")]

MANY = 100
"""How many items a list shows unless told otherwise."""


class Role(StrEnum):
    """What a member or a robot is in an organization."""

    READER = "reader"
    WRITER = "writer"
    ADMIN = "admin"


def given(**values: object) -> dict[str, object]:
    """What was said, without the options that were not."""
    return {name: value for name, value in values.items() if value is not None}


def changes(**values: object) -> dict[str, object]:
    """What is to be changed; BadParameter if that is nothing."""
    named = given(**values)
    if not named:
        raise typer.BadParameter("name something to change")
    return named


def listed(values: list[str] | None) -> list[str] | None:
    """What was named; nothing but an empty one is an empty list, which takes a filter away."""
    return [value for value in values if value] if values else None
