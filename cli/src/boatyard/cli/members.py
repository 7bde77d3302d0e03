"""Members of an organization."""

from __future__ import annotations

from typing import Annotated

import typer

from boatyard.cli.arguments import MANY, Json, Limit, OrganizationArgument, Role
from boatyard.cli.connection import api
from boatyard.cli.output import Column, print_item, print_list
from boatyard.cli.paths import path
from boatyard.cli.values import field, moment

members = typer.Typer(help="Members: who belongs to an organization.", no_args_is_help=True)
COLUMNS = (
    Column("member", field("username")),
    Column("role", field("role")),
    Column("since", moment("joined_at")),
)
Username = Annotated[str, typer.Argument(help="Their account.")]


@members.command("list")
def list_members(
    context: typer.Context,
    organization: OrganizationArgument,
    limit: Limit = MANY,
    as_json: Json = False,
) -> None:
    """List the members of an organization, by name."""
    found = api(context).items(path("organizations", organization, "members"), limit=limit)
    print_list(found, COLUMNS, as_json=as_json)


@members.command()
def add(
    context: typer.Context,
    organization: OrganizationArgument,
    username: Username,
    role: Annotated[Role, typer.Option(help="What they may do there.")],
    as_json: Json = False,
) -> None:
    """Add a member, or change the role of one."""
    place = path("organizations", organization, "members", username)
    print_item(api(context).put(place, {"role": role}), COLUMNS, as_json=as_json)


@members.command()
def remove(context: typer.Context, organization: OrganizationArgument, username: Username) -> None:
    """Take somebody out of an organization, or leave it yourself."""
    api(context).delete(path("organizations", organization, "members", username))
    typer.echo(f"{username} is no member of {organization} any more")
