"""What commands take that speak of a webhook."""

from __future__ import annotations

from typing import Annotated

import typer

Webhook = Annotated[str, typer.Argument(help="Its id, as listed.")]
Name = Annotated[str | None, typer.Option(help="What it is for.")]
Format = Annotated[
    str | None,
    typer.Option(
        help="What the endpoint understands: standard, dockerhub, harbor, quay, cloudevents, slack, feishu, "
        "dingtalk, wecom."
    ),
]
Events = Annotated[
    list[str] | None,
    typer.Option(
        "--event", help="Only these, such as tag.pushed; an empty one means all. Repeat it."
    ),
]
IncludeTags = Annotated[
    list[str] | None,
    typer.Option("--include-tag", help="Only tags like this, such as v*; an empty one means all."),
]
ExcludeTags = Annotated[
    list[str] | None,
    typer.Option("--exclude-tag", help="Never tags like this; an empty one means none."),
]
Origins = Annotated[
    list[str] | None,
    typer.Option(
        "--origin",
        help="Only changes that became known so: push, reconcile; an empty one means all.",
    ),
]
Ordered = Annotated[
    bool | None,
    typer.Option(
        "--ordered/--unordered", help="One after the other; one that fails holds up the others."
    ),
]
AtMostOnce = Annotated[
    bool | None,
    typer.Option(
        "--at-most-once/--at-least-once", help="Rather lose a delivery than send it twice."
    ),
]
MaxInFlight = Annotated[int | None, typer.Option(help="Requests under way at once.")]
SecretFile = Annotated[
    typer.FileText | None,
    typer.Option(help="A file with a key of your own, whsec_…, or - for standard input."),
]
RobotSecretFile = Annotated[
    typer.FileText | None,
    typer.Option(help="A file with what a robot of Feishu or DingTalk signs with, or -."),
]
