"""Repositories."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from boatyard.cli.arguments import MANY, Json, Limit, RepositoryArgument, Yes, changes, given
from boatyard.cli.asking import confirm
from boatyard.cli.connection import api
from boatyard.cli.output import Column, print_item, print_list
from boatyard.cli.paths import path
from boatyard.cli.values import field, moment

if TYPE_CHECKING:
    from boatyard.cli.client import Item

repositories = typer.Typer(help="Repositories: homes of images.", no_args_is_help=True)


class Scope(StrEnum):
    """Whose repositories."""

    MINE = "mine"
    PUBLIC = "public"


def _visibility(repository: Item) -> str:
    return "public" if repository["public"] else "private"


NAME = Column("repository", field("full_name"))
VISIBILITY = Column("visibility", _visibility)
TAGS = Column("tags", field("tag_count"))
PULLS = Column("pulls", field("pull_count"))
SUMMARY = Column("summary", field("summary"))
PUSHED = Column("last push", moment("last_pushed_at"))
LISTED = (NAME, VISIBILITY, TAGS, PULLS, PUSHED, SUMMARY)
SHOWN = (
    NAME,
    VISIBILITY,
    SUMMARY,
    Column("continuous build", field("continuous_build")),
    TAGS,
    PULLS,
    Column("stars", field("star_count")),
    Column("created", moment("created_at")),
    Column("by", field("created_by")),
    PUSHED,
    Column("you may", field("verbs")),
    Column("push", lambda repository: "\n".join(repository["push"]["docker"])),
    Column("pull", lambda repository: "\n".join(repository["pull"]["docker"])),
    Column("details", field("details")),
)
Summary = Annotated[str | None, typer.Option(help="What it is, in a line.")]
Details = Annotated[str | None, typer.Option(help="More about it, in Markdown.")]
Public = Annotated[
    bool | None, typer.Option("--public/--private", help="Whether everybody can pull from it.")
]
ContinuousBuild = Annotated[
    bool | None,
    typer.Option(
        "--continuous-build/--no-continuous-build", help="Whether pushes to its source are built."
    ),
]


@repositories.command("list")
def list_repositories(
    context: typer.Context,
    q: Annotated[str, typer.Option("--q", help="Part of the name or the summary.")] = "",
    namespace: Annotated[str | None, typer.Option(help="Only of this namespace.")] = None,
    scope: Annotated[
        Scope, typer.Option(help="Those of your namespaces, or everybody's public ones.")
    ] = Scope.MINE,
    sort: Annotated[
        str,
        typer.Option(help="name, updated, created, pulls or stars; with - in front turned around."),
    ] = "name",
    limit: Limit = MANY,
    as_json: Json = False,
) -> None:
    """List repositories."""
    found = api(context).items(
        path("repositories"), limit=limit, q=q, namespace=namespace, scope=scope, sort=sort
    )
    print_list(found, LISTED, as_json=as_json)


@repositories.command()
def create(
    context: typer.Context,
    repository: RepositoryArgument,
    summary: Summary = None,
    details: Details = None,
    public: Public = None,
    continuous_build: ContinuousBuild = None,
    as_json: Json = False,
) -> None:
    """Create a repository, private unless you say otherwise. Its name never changes."""
    wish = given(
        namespace=repository.namespace,
        name=repository.name,
        summary=summary,
        details=details,
        public=public,
        continuous_build=continuous_build,
    )
    print_item(api(context).post(path("repositories"), wish), SHOWN, as_json=as_json)


@repositories.command()
def show(context: typer.Context, repository: RepositoryArgument, as_json: Json = False) -> None:
    """Show a repository, with the commands to push and to pull."""
    print_item(api(context).get(repository.path()), SHOWN, as_json=as_json)


@repositories.command()
def edit(
    context: typer.Context,
    repository: RepositoryArgument,
    summary: Summary = None,
    details: Details = None,
    public: Public = None,
    continuous_build: ContinuousBuild = None,
    as_json: Json = False,
) -> None:
    """Change a repository; what you don't name stays."""
    change = changes(
        summary=summary, details=details, public=public, continuous_build=continuous_build
    )
    print_item(api(context).patch(repository.path(), change), SHOWN, as_json=as_json)


@repositories.command()
def delete(context: typer.Context, repository: RepositoryArgument, yes: Yes = False) -> None:
    """Delete a repository with all of its tags, builds and webhooks; its name is asked for first."""
    boatyard = api(context)
    confirm(str(repository), yes=yes)
    boatyard.delete(repository.path(), confirm=str(repository))
    typer.echo(f"deleted {repository}")
