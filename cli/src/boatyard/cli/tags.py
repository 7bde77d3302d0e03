"""Tags of a repository."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from boatyard.cli.arguments import MANY, Json, Limit, RepositoryArgument
from boatyard.cli.connection import api
from boatyard.cli.output import Column, print_item, print_list
from boatyard.cli.values import field, moment, short, size

if TYPE_CHECKING:
    from boatyard.cli.client import Item

tags = typer.Typer(help="Tags: the versions of a repository's image.", no_args_is_help=True)
Tag = Annotated[str, typer.Argument(help="Which tag.")]


def _platforms(tag: Item) -> list[str]:
    parts = ("os", "architecture", "variant")
    return ["/".join(p[part] for part in parts if p.get(part)) for p in tag["platforms"]]


NAME = Column("tag", field("name"))
SIZE = Column("size", lambda tag: size(tag["size"]))
PLATFORMS = Column("platforms", _platforms)
PUSHED = Column("pushed", moment("pushed_at"))
BY = Column("by", field("pushed_by"))
PULLS = Column("pulls", field("pull_count"))
REMARK = Column("remark", field("remark"))
LISTED = (
    NAME,
    Column("digest", lambda tag: short(tag["digest"])),
    SIZE,
    PLATFORMS,
    PUSHED,
    BY,
    PULLS,
    REMARK,
)
SHOWN = (
    NAME,
    Column("digest", field("digest")),
    SIZE,
    PLATFORMS,
    PUSHED,
    BY,
    PULLS,
    Column("last pull", moment("last_pulled_at")),
    REMARK,
    Column("pull it", lambda tag: "\n".join(tag["pull_by_tag"]["docker"])),
    Column("or exactly", lambda tag: "\n".join(tag["pull_by_digest"]["docker"])),
)
CHANGES = (
    Column("at", moment("at")),
    Column("change", field("kind")),
    Column("by", field("by")),
    Column("digest", field("digest")),
)


@tags.command("list")
def list_tags(
    context: typer.Context,
    repository: RepositoryArgument,
    q: Annotated[
        str, typer.Option("--q", help="Part of the tag; with * and ? the whole of it.")
    ] = "",
    sort: Annotated[
        str, typer.Option(help="name, pushed or pulls; with - in front turned around.")
    ] = "-pushed",
    limit: Limit = MANY,
    as_json: Json = False,
) -> None:
    """List the tags of a repository."""
    found = api(context).items(repository.path("tags"), limit=limit, q=q, sort=sort)
    print_list(found, LISTED, as_json=as_json)


@tags.command()
def show(
    context: typer.Context, repository: RepositoryArgument, tag: Tag, as_json: Json = False
) -> None:
    """Show a tag, with the commands to pull it."""
    print_item(api(context).get(repository.path("tags", tag)), SHOWN, as_json=as_json)


@tags.command()
def history(
    context: typer.Context,
    repository: RepositoryArgument,
    tag: Tag,
    limit: Limit = MANY,
    as_json: Json = False,
) -> None:
    """Show what a tag pointed to, the newest first."""
    found = api(context).items(repository.path("tags", tag, "history"), limit=limit)
    print_list(found, CHANGES, as_json=as_json)


@tags.command()
def restore(
    context: typer.Context,
    repository: RepositoryArgument,
    tag: Tag,
    digest: Annotated[str, typer.Argument(help="One of its history, in full.")],
) -> None:
    """Point a tag at what it pointed to before, also if it was deleted."""
    api(context).post(repository.path("tags", tag, "restore"), {"digest": digest})
    typer.echo(f"{repository}:{tag} points to {digest} again")


@tags.command()
def remark(
    context: typer.Context,
    repository: RepositoryArgument,
    tag: Tag,
    text: Annotated[str, typer.Argument(help="What to say about it; an empty one says nothing.")],
) -> None:
    """Say something about a tag."""
    api(context).patch(repository.path("tags", tag), {"remark": text})
    typer.echo(f"{repository}:{tag}: {text}")


@tags.command()
def delete(context: typer.Context, repository: RepositoryArgument, tag: Tag) -> None:
    """Delete a tag. Its history stays, and `restore` brings it back."""
    api(context).delete(repository.path("tags", tag))
    typer.echo(f"deleted {repository}:{tag}")
