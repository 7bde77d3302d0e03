"""Builds of a repository, and their logs."""

from __future__ import annotations

import sys
import time
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from boatyard.cli.arguments import MANY, Json, Limit, RepositoryArgument, given
from boatyard.cli.connection import api
from boatyard.cli.errors import CommandError
from boatyard.cli.following import follow as follow_log
from boatyard.cli.output import Column, print_item, print_list, write_log
from boatyard.cli.paths import Repository
from boatyard.cli.ruleoptions import Rule
from boatyard.cli.rules import rule_path
from boatyard.cli.values import field, moment, painted, seconds

if TYPE_CHECKING:
    from boatyard.cli.client import Api, Item

ENTERED_SECONDS = 30.0
"""How long an ordered build may take to appear among the builds; usually it is there at once."""
LOOK_SECONDS = 0.3

builds = typer.Typer(help="Builds: how images come from source.", no_args_is_help=True)
Number = Annotated[int, typer.Argument(min=1, help="The build's number.")]
Follow = Annotated[
    bool, typer.Option("--follow", help="Print the log until it ends; exit code 1 if it fails.")
]


class Group(StrEnum):
    """Where builds are shown."""

    BUILDING = "building"
    SUCCESS = "success"
    FAILED = "failed"


def _subject(build: Item) -> str:
    message: str = build["source"]["message"]
    return message.partition("\n")[0][:60]


NUMBER = Column("build", field("number"))
STATUS = Column("status", field("status"), painted)
REF = Column("ref", field("source.ref"))
TAGS = Column("tags", field("tags"))
CAUSE = Column("cause", field("cause"))
QUEUED = Column("queued", moment("queued_at"))
TOOK = Column("took", lambda build: seconds(build["started_at"], build["finished_at"]))
LISTED = (
    NUMBER,
    STATUS,
    TAGS,
    REF,
    Column("commit", lambda build: build["source"]["commit"][:7]),
    Column("message", _subject),
    CAUSE,
    QUEUED,
    TOOK,
)
SHOWN = (
    NUMBER,
    STATUS,
    Column("phase", field("phase")),
    Column("waits for", field("waits_for")),
    Column("because", field("detail")),
    TAGS,
    Column("digest", field("digest")),
    Column("project", field("source.project")),
    REF,
    Column("commit", field("source.commit")),
    Column("author", field("source.author")),
    Column("message", field("source.message")),
    CAUSE,
    Column("by", field("caused_by")),
    Column("retry of", field("retry_of")),
    QUEUED,
    Column("started", moment("started_at")),
    Column("finished", moment("finished_at")),
    TOOK,
)


@builds.command("list")
def list_builds(
    context: typer.Context,
    repository: RepositoryArgument,
    status: Annotated[Group | None, typer.Option(help="Only of this group.")] = None,
    ref: Annotated[
        str | None, typer.Option(help="Only of this ref, written in full: refs/heads/main.")
    ] = None,
    limit: Limit = MANY,
    as_json: Json = False,
) -> None:
    """List the builds of a repository, the newest first."""
    found = api(context).items(repository.path("builds"), limit=limit, status=status, ref=ref)
    print_list(found, LISTED, as_json=as_json)


@builds.command()
def show(
    context: typer.Context, repository: RepositoryArgument, number: Number, as_json: Json = False
) -> None:
    """Show a build."""
    print_item(api(context).get(repository.path("builds", number)), SHOWN, as_json=as_json)


@builds.command()
def start(
    context: typer.Context,
    repository: RepositoryArgument,
    rule: Rule,
    ref: Annotated[
        str | None, typer.Option(help="The branch or tag; needed where the rule has a wildcard.")
    ] = None,
    follow: Follow = False,
) -> None:
    """Build now what a rule says."""
    boatyard = api(context)
    order = rule_path(boatyard, repository, rule, "build")
    ordered: Item = boatyard.post(order, given(ref=ref))
    number = _entered(boatyard, repository, ordered["build_id"])
    typer.echo(f"build {number} of {repository} is queued", err=follow)
    if follow:
        _follow(boatyard, repository, number)


@builds.command()
def retry(
    context: typer.Context, repository: RepositoryArgument, number: Number, follow: Follow = False
) -> None:
    """Build the same commit again, under a number of its own."""
    boatyard = api(context)
    again: Item = boatyard.post(repository.path("builds", number, "retry"))
    typer.echo(f"build {again['number']} of {repository} is queued", err=follow)
    if follow:
        _follow(boatyard, repository, again["number"])


@builds.command()
def cancel(context: typer.Context, repository: RepositoryArgument, number: Number) -> None:
    """Cancel a build that waits, or stop one that runs; it pushes nothing."""
    build: Item = api(context).post(repository.path("builds", number, "cancel"))
    state = "is being stopped" if build["stopping"] else f"is {build['status']}"
    typer.echo(f"build {number} of {repository} {state}")


@builds.command()
def log(
    context: typer.Context, repository: RepositoryArgument, number: Number, follow: Follow = False
) -> None:
    """Print a build's log: what there is now, or with `--follow` until the build ends."""
    boatyard = api(context)
    if follow:
        _follow(boatyard, repository, number)
    else:
        _print_log(boatyard, repository, number)


def _print_log(boatyard: Api, repository: Repository, number: int) -> None:
    pieces = boatyard.text(repository.path("builds", number, "log"))
    if sys.stdout.isatty():
        write_log(b"".join(pieces).decode(errors="replace"))
        return
    for piece in pieces:  # to a file or a program as it is, byte by byte
        sys.stdout.buffer.write(piece)
    sys.stdout.flush()


def _follow(boatyard: Api, repository: Repository, number: int) -> None:
    if not follow_log(boatyard, repository.path("builds", number, "log")):
        raise typer.Exit(1)


def _entered(boatyard: Api, repository: Repository, id: str) -> int:
    """The number of a build that was ordered, as soon as it has one."""
    deadline = time.monotonic() + ENTERED_SECONDS
    while time.monotonic() < deadline:
        for build in boatyard.items(repository.path("builds"), limit=MANY).items:
            if build["id"] == id:
                return int(build["number"])
        time.sleep(LOOK_SECONDS)
    raise CommandError(
        f"the build is ordered, but the builder has not taken it yet: see boatyard builds list {repository}"
    )
