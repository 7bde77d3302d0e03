"""Access tokens: for scripts, pipelines and docker, with no more rights than they need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from boatyard.cli.arguments import MANY, Json, Limit, given
from boatyard.cli.connection import api
from boatyard.cli.output import Column, print_json, print_list
from boatyard.cli.paths import path
from boatyard.cli.values import days_from_now, field, moment

if TYPE_CHECKING:
    from boatyard.cli.client import Item

tokens = typer.Typer(help="Your access tokens.", no_args_is_help=True)
TOKENS = path("account", "tokens")


def _scopes(token: Item) -> list[str]:
    return [f"{scope['repository']} ({', '.join(scope['verbs'])})" for scope in token["scopes"]]


COLUMNS = (
    Column("id", field("id")),
    Column("name", field("name")),
    Column("begins with", field("hint")),
    Column("good for", _scopes),
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
    repository: Annotated[
        list[str] | None,
        typer.Option(
            help="What it is good for: namespace/name, namespace/* or *. Can be repeated."
        ),
    ] = None,
    verb: Annotated[
        list[str] | None,
        typer.Option(help="What may be done there: pull, push, delete, admin. Can be repeated."),
    ] = None,
    days: Annotated[
        int | None, typer.Option(min=1, max=3650, help="How long it is good. Without: for ever.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Make an access token and print its secret, this once. Without options it may do what you may."""
    verbs = verb or ["admin", "delete", "pull", "push"]
    scopes = [{"repository": one, "verbs": verbs} for one in repository or ["*"]]
    wish = given(name=name, scopes=scopes, expires_at=days_from_now(days) if days else None)
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
