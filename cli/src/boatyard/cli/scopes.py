"""What a token or a robot is good for, and how long."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from boatyard.cli.values import days_from_now

if TYPE_CHECKING:
    from boatyard.cli.client import Item

ALL = ("admin", "delete", "pull", "push")
Repositories = Annotated[
    list[str] | None,
    typer.Option(
        "--repository",
        help="What it is good for: namespace/name, namespace/* or *. Can be repeated.",
    ),
]
Verbs = Annotated[
    list[str] | None,
    typer.Option(
        "--verb", help="What may be done there: pull, push, delete, admin. Can be repeated."
    ),
]
Days = Annotated[
    int | None, typer.Option(min=1, max=3650, help="How long it is good. Without: for ever.")
]


def scopes(
    repositories: Sequence[str] | None, verbs: Sequence[str] | None, *, every: str
) -> list[Item]:
    """These verbs on these repositories; where none are named all of them, which is `every`."""
    return [{"repository": one, "verbs": list(verbs or ALL)} for one in repositories or [every]]


def end(days: int | None) -> str | None:
    """The moment at which it ends, as the API reads it; None for never."""
    return None if days is None else days_from_now(days)


def good_for(credential: Item) -> list[str]:
    """Its scopes, for people."""
    return [
        f"{scope['repository']} ({', '.join(scope['verbs'])})" for scope in credential["scopes"]
    ]
