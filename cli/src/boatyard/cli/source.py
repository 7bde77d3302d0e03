"""The GitHub project that a repository is built from."""

from __future__ import annotations

from typing import Annotated

import typer

from boatyard.cli.arguments import Json, RepositoryArgument, Yes
from boatyard.cli.asking import confirm
from boatyard.cli.connection import api
from boatyard.cli.output import Column, print_item
from boatyard.cli.values import field, moment

source = typer.Typer(
    help="Source: the GitHub project that a repository is built from.", no_args_is_help=True
)
SHOWN = (
    Column("project", field("project")),
    Column("at", field("html_url")),
    Column("private", field("private")),
    Column("default branch", field("default_branch")),
    Column("enabled", field("enabled")),
    Column("submodules", field("submodules")),
    Column("lfs", field("lfs")),
    Column("linked by", field("linked_by")),
    Column("lost", field("lost")),
    Column("told at once", field("webhook")),
    Column("last told", moment("last_delivery_at")),
    Column("last compared", moment("reconciled_at")),
    Column("since", moment("created_at")),
)


@source.command()
def show(context: typer.Context, repository: RepositoryArgument, as_json: Json = False) -> None:
    """Show the project that a repository is built from, and how well GitHub is heard."""
    print_item(api(context).get(repository.path("source")), SHOWN, as_json=as_json)


@source.command("set")
def set_source(
    context: typer.Context,
    repository: RepositoryArgument,
    project: Annotated[
        str, typer.Argument(help="A project at GitHub that you may push to, as owner/name.")
    ],
    enabled: Annotated[
        bool, typer.Option("--enable/--disable", help="Whether pushes are built at all.")
    ] = True,
    submodules: Annotated[
        bool, typer.Option("--submodules/--no-submodules", help="Whether they are fetched, too.")
    ] = False,
    lfs: Annotated[
        bool, typer.Option("--lfs/--no-lfs", help="Whether files in Git LFS are fetched, too.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Build a repository from a project that you may push to. Build rules stay, whatever it was before.

    Your account has to be linked with GitHub, in the console; a robot's can't be.
    """
    wish = {"project": project, "enabled": enabled, "submodules": submodules, "lfs": lfs}
    print_item(api(context).put(repository.path("source"), wish), SHOWN, as_json=as_json)


@source.command()
def remove(context: typer.Context, repository: RepositoryArgument, yes: Yes = False) -> None:
    """Build from GitHub no more. The name is asked for first: build rules are deleted. The images stay."""
    boatyard = api(context)
    confirm(str(repository), yes=yes, deed="delete its build rules")
    boatyard.delete(repository.path("source"))
    typer.echo(f"{repository} is not built from GitHub any more")
