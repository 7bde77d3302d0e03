"""What commands take that speak of a build rule."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from boatyard.cli.arguments import listed


class Kind(StrEnum):
    """What a rule is about."""

    BRANCH = "branch"
    TAG = "tag"


Rule = Annotated[int, typer.Argument(min=1, help="The rule's number.")]
TYPE = "Whether it is about branches or tags."
PATTERN = (
    "Which ones: a name, one with wildcards such as release/*, or /^…$/, a regular expression."
)
VERSIONS = (
    "The tags that come of it, with commas between: latest, {branch}, {tag}, {sha7}, {date}, {1} for what the "
    "first wildcard stood for."
)
TypeArgument = Annotated[Kind, typer.Argument(help=TYPE)]
PatternArgument = Annotated[str, typer.Argument(help=PATTERN)]
VersionsArgument = Annotated[str, typer.Argument(help=VERSIONS)]
Type = Annotated[Kind | None, typer.Option(help=TYPE)]
Pattern = Annotated[str | None, typer.Option(help=PATTERN)]
Versions = Annotated[str | None, typer.Option(help=VERSIONS)]
Override = Annotated[
    bool | None,
    typer.Option(
        "--override/--no-override",
        help="Whether the newest build takes the tag over; otherwise each stays, as TAG-COMMIT.",
    ),
]
Dockerfile = Annotated[str | None, typer.Option(help="Its path in the project.")]
Folder = Annotated[
    str | None, typer.Option("--context", help="The folder that the Dockerfile copies from.")
]
Paths = Annotated[
    list[str] | None,
    typer.Option(
        "--path", help="Only if a file like this changed; an empty one means all. Repeat it."
    ),
]
WatchContext = Annotated[
    bool | None,
    typer.Option(
        "--watch-context/--no-watch-context",
        help="Also if a file of the context or the Dockerfile changed.",
    ),
]
Arguments = Annotated[
    list[str] | None,
    typer.Option(
        "--argument",
        help="A build argument, NAME=VALUE, no place for secrets; an empty one means none. Repeat it.",
    ),
]
TimeoutSeconds = Annotated[
    int | None, typer.Option(help="How long a build may take; an hour unless said.")
]
SupersedeRunning = Annotated[
    bool | None,
    typer.Option(
        "--supersede-running/--no-supersede-running",
        help="Whether a newer push stops a build that runs.",
    ),
]
Enabled = Annotated[
    bool | None, typer.Option("--enable/--disable", help="Whether pushes are built by it.")
]


def pairs(values: list[str] | None) -> dict[str, str] | None:
    """Build arguments by name; nothing but an empty one is none. BadParameter for what is no argument."""
    named = listed(values)
    if named is None:
        return None
    for text in named:
        if "=" not in text:
            raise typer.BadParameter(f"{text!r} is not NAME=VALUE")
    return dict(text.split("=", 1) for text in named)
