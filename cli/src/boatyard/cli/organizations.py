"""Organizations."""

from __future__ import annotations

from typing import Annotated

import typer

from boatyard.cli.arguments import (
    MANY,
    Json,
    Limit,
    OrganizationArgument,
    Yes,
    changes,
    given,
)
from boatyard.cli.asking import confirm
from boatyard.cli.connection import api
from boatyard.cli.members import members
from boatyard.cli.output import Column, print_item, print_list
from boatyard.cli.paths import path
from boatyard.cli.robots import robots
from boatyard.cli.values import field, moment

organizations = typer.Typer(
    help="Organizations: namespaces that people share.", no_args_is_help=True
)
organizations.add_typer(members, name="members")
organizations.add_typer(robots, name="robots")
COLUMNS = (
    Column("organization", field("name")),
    Column("you are", field("role")),
    Column("created", moment("created_at")),
    Column("description", field("description")),
)
Description = Annotated[str | None, typer.Option(help="What it is, in a line.")]


@organizations.command("list")
def list_organizations(context: typer.Context, limit: Limit = MANY, as_json: Json = False) -> None:
    """List the organizations that you belong to."""
    found = api(context).items(path("organizations"), limit=limit)
    print_list(found, COLUMNS, as_json=as_json)


@organizations.command()
def create(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Also its namespace; it never changes.")],
    description: Description = None,
    as_json: Json = False,
) -> None:
    """Create an organization; you are its first admin."""
    wish = given(name=name, description=description)
    print_item(api(context).post(path("organizations"), wish), COLUMNS, as_json=as_json)


@organizations.command()
def show(context: typer.Context, organization: OrganizationArgument, as_json: Json = False) -> None:
    """Show an organization, and what you are there."""
    print_item(api(context).get(path("organizations", organization)), COLUMNS, as_json=as_json)


@organizations.command()
def edit(
    context: typer.Context,
    organization: OrganizationArgument,
    description: Description = None,
    as_json: Json = False,
) -> None:
    """Change an organization's description."""
    change = changes(description=description)
    changed = api(context).patch(path("organizations", organization), change)
    print_item(changed, COLUMNS, as_json=as_json)


@organizations.command()
def delete(context: typer.Context, organization: OrganizationArgument, yes: Yes = False) -> None:
    """Delete an organization that has no repositories; its name is asked for first."""
    boatyard = api(context)
    confirm(organization, yes=yes)
    boatyard.delete(path("organizations", organization), confirm=organization)
    typer.echo(f"deleted {organization}")
