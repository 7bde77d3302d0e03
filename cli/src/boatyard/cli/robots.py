"""Robots of an organization."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from boatyard.cli.arguments import (
    MANY,
    Json,
    Limit,
    OrganizationArgument,
    Role,
    changes,
    given,
)
from boatyard.cli.connection import api
from boatyard.cli.output import Column, note, print_item, print_json, print_list
from boatyard.cli.paths import path
from boatyard.cli.scopes import Days, Repositories, Verbs, end, good_for, scopes
from boatyard.cli.values import field, moment

if TYPE_CHECKING:
    from boatyard.cli.client import Item

robots = typer.Typer(
    help="Robots: accounts for machines, which belong to an organization.", no_args_is_help=True
)
COLUMNS = (
    Column("robot", field("name")),
    Column("signs in as", field("username")),
    Column("role", field("role")),
    Column("disabled", field("disabled")),
    Column("good for", good_for),
    Column("begins with", field("hint")),
    Column("last used", moment("last_used_at")),
    Column("expires", moment("expires_at")),
    Column("description", field("description")),
)
Robot = Annotated[str, typer.Argument(help="Its name, without the organization's.")]
Description = Annotated[str | None, typer.Option(help="What it is for.")]


@robots.command("list")
def list_robots(
    context: typer.Context,
    organization: OrganizationArgument,
    limit: Limit = MANY,
    as_json: Json = False,
) -> None:
    """List the robots of an organization; their secrets are not shown again."""
    found = api(context).items(path("organizations", organization, "robots"), limit=limit)
    print_list(found, COLUMNS, as_json=as_json)


@robots.command()
def create(
    context: typer.Context,
    organization: OrganizationArgument,
    name: Annotated[str, typer.Argument(help="It signs in as ORGANIZATION+NAME.")],
    description: Description = None,
    role: Annotated[Role, typer.Option(help="What it may do there at the most.")] = Role.WRITER,
    repository: Repositories = None,
    verb: Verbs = None,
    days: Days = None,
    as_json: Json = False,
) -> None:
    """Make a robot and print its secret, this once. Without options it may do there what writers may."""
    wish = given(
        name=name,
        description=description,
        role=role,
        scopes=scopes(repository, verb, every=f"{organization}/*"),
        expires_at=end(days),
    )
    made: Item = api(context).post(path("organizations", organization, "robots"), wish)
    _print_secret(made, as_json=as_json)


@robots.command()
def edit(
    context: typer.Context,
    organization: OrganizationArgument,
    robot: Robot,
    description: Description = None,
    role: Annotated[Role | None, typer.Option(help="What it may do there at the most.")] = None,
    enabled: Annotated[
        bool | None, typer.Option("--enable/--disable", help="Whether it may sign in.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Change, disable or enable a robot; what you don't name stays."""
    disabled = None if enabled is None else not enabled
    change = changes(description=description, role=role, disabled=disabled)
    changed = api(context).patch(path("organizations", organization, "robots", robot), change)
    print_item(changed, COLUMNS, as_json=as_json)


@robots.command("rotate-secret")
def rotate_secret(
    context: typer.Context,
    organization: OrganizationArgument,
    robot: Robot,
    days: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=3650,
            help="How long it is good. Without: until the old one would have ended.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Change a robot's secret and print the new one, this once; the old one is refused at once."""
    place = path("organizations", organization, "robots", robot, "rotate-secret")
    rotated: Item = api(context).post(place, given(expires_at=end(days)))
    _print_secret(rotated, as_json=as_json)


@robots.command()
def delete(context: typer.Context, organization: OrganizationArgument, robot: Robot) -> None:
    """Delete a robot; its secret is refused from now on."""
    api(context).delete(path("organizations", organization, "robots", robot))
    typer.echo(f"deleted {organization}+{robot}")


def _print_secret(robot: Item, *, as_json: bool) -> None:
    if as_json:
        print_json(robot)
    else:
        typer.echo(robot["secret"])
        note(f"It signs in as {robot['username']}. Keep the secret: it is not shown again.")
