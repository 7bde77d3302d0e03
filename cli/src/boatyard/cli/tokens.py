"""Access tokens: for scripts, pipelines and docker, with no more rights than they need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from boatyard.cli.arguments import MANY, Json, Limit, given
from boatyard.cli.connection import api
from boatyard.cli.output import Column, print_json, print_list
from boatyard.cli.paths import path
from boatyard.cli.scopes import Days, Repositories, Verbs, end, good_for, scopes
from boatyard.cli.values import field, moment

if TYPE_CHECKING:
    from boatyard.cli.client import Item

tokens = typer.Typer(help="Your access tokens.", no_args_is_help=True)
TOKENS = path("account", "tokens")
COLUMNS = (
    Column("id", field("id")),
    Column("name", field("name")),
    Column("begins with", field("hint")),
    Column("good for", good_for),
    Column("last used", moment("last_used_at")),
    Column("expires", moment("expires_at")),
)


@tokens.command("list")
def list_tokens(context: typer.Context, limit: Limit = MANY, as_json: Json = False) -> None:
    """List your access tokens; their secrets are not shown again."""
    print_list(api(context).items(TOKENS, limit=limit), COLUMNS, as_json=as_json)


@tokens.command()
def create(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="What it is for, as the list of tokens shows it.")],
    repository: Repositories = None,
    verb: Verbs = None,
    days: Days = None,
    as_json: Json = False,
) -> None:
    """Make an access token and print its secret, this once. Without options it may do what you may."""
    wish = given(name=name, scopes=scopes(repository, verb, every="*"), expires_at=end(days))
    made: Item = api(context).post(TOKENS, wish)
    if as_json:
        print_json(made)
    else:
        typer.echo(made["secret"])


@tokens.command()
def revoke(
    context: typer.Context, token: Annotated[str, typer.Argument(help="Its id, as listed.")]
) -> None:
    """Revoke an access token: it is refused from now on."""
    api(context).delete(path("account", "tokens", token))
    typer.echo(f"revoked {token}")
