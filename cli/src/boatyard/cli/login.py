"""Signing in and out."""

from __future__ import annotations

import socket
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from boatyard.cli import config
from boatyard.cli.arguments import Json
from boatyard.cli.asking import ask
from boatyard.cli.connection import address, api
from boatyard.cli.errors import CommandError
from boatyard.cli.output import Column, note, print_item
from boatyard.cli.paths import path
from boatyard.cli.values import days_from_now, field, moment

if TYPE_CHECKING:
    from boatyard.cli.client import Item

signing_in = typer.Typer()
ACCOUNT = (
    Column("username", field("username")),
    Column("email", field("email")),
    Column("administrator", field("administrator")),
    Column("member since", moment("created_at")),
    Column("server", field("server")),
)


@signing_in.command()
def login(
    server: Annotated[
        str, typer.Argument(help="Where Boatyard is, such as https://boatyard.example.com.")
    ],
    username: Annotated[
        str | None,
        typer.Option(help="Who you are; asked for, or the first line of standard input."),
    ] = None,
    token_stdin: Annotated[
        bool, typer.Option("--token-stdin", help="Take a token of yours from standard input.")
    ] = False,
    days: Annotated[
        int | None,
        typer.Option(min=1, max=3650, help="How long it is good. Without: until `logout`."),
    ] = None,
) -> None:
    """Sign in: make an access token with your password, and keep the token, never the password.

    The password is asked for, or read from standard input. The token is kept in a file that only you can read.
    """
    server = address(server)
    before = config.load()
    if token_stdin:
        signed_in = _brought(server, sys.stdin.readline().strip())
    else:
        username = username or ask("Username: ")
        signed_in = _made(server, username, ask("Password: ", secret=True), days)
    config.store(signed_in)
    if before is not None:
        with suppress(CommandError):  # it may have been revoked elsewhere, or its server be gone
            _revoke(before)
    typer.echo(f"signed in to {server} as {signed_in.username}")


@signing_in.command()
def logout() -> None:
    """Sign out: revoke the token that `login` made, and forget it."""
    stored = config.load()
    if stored is None:
        raise CommandError("nobody is signed in")
    config.forget()
    typer.echo(f"signed out of {stored.server}")
    try:
        _revoke(stored)
    except CommandError as error:
        note(f"The token may still be good, since it was not revoked: {error}")


@signing_in.command()
def whoami(context: typer.Context, as_json: Json = False) -> None:
    """Show the account that commands act for, and where."""
    boatyard = api(context)
    account: Item = boatyard.get(path("account"))
    shown = account if as_json else {**account, "server": boatyard.server}
    print_item(shown, ACCOUNT, as_json=as_json)


def _brought(server: str, token: str) -> config.SignedIn:
    """With a token that somebody made elsewhere; `logout` leaves it alone."""
    from boatyard.cli.client import Api

    with Api(server, token) as boatyard:
        username: str = boatyard.get(path("account"))["username"]
    return config.SignedIn(server, username, token, token_id=None)


def _made(server: str, username: str, password: str, days: int | None) -> config.SignedIn:
    """With a token made now; the session that it takes is ended at once."""
    from boatyard.cli.client import Api

    wish: Item = {"name": f"cli on {socket.gethostname()}"[:100]}
    if days is not None:
        wish["expires_at"] = days_from_now(days)
    with Api(server) as boatyard:
        session = boatyard.post(path("session"), {"username": username, "password": password})
        boatyard.http.headers["X-CSRF-Token"] = session["csrf_token"]
        made = boatyard.post(path("account", "tokens"), wish)
        boatyard.delete(path("session"))
    return config.SignedIn(server, username, made["secret"], token_id=made["id"])


def _revoke(signed_in: config.SignedIn) -> None:
    """Revoke the token of a `login`; one that was brought along is not ours to revoke."""
    from boatyard.cli.client import Api

    if signed_in.token_id is not None:
        with Api(signed_in.server, signed_in.token) as boatyard:
            boatyard.delete(path("account", "tokens", signed_in.token_id))
