"""The `boatyard` command.

What a command needs is imported when it is called: nobody who asks for help should wait for what speaks HTTP,
nor for the services. Whoever is installed beside it adds commands as the entry points `boatyard.commands`; so
an installed server has `boatyard serve`, and a laptop has not.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.metadata import entry_points, version
from pathlib import Path
from typing import Annotated

import typer

from boatyard.cli.builds import builds
from boatyard.cli.connection import Asked
from boatyard.cli.errors import CommandError
from boatyard.cli.login import signing_in
from boatyard.cli.namespaces import namespaces
from boatyard.cli.organizations import organizations
from boatyard.cli.output import note
from boatyard.cli.repositories import repositories
from boatyard.cli.rules import rules
from boatyard.cli.source import source
from boatyard.cli.tags import tags
from boatyard.cli.tokens import tokens
from boatyard.cli.webhooks import webhooks

GROUP = "boatyard.commands"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; what a person can mend is one sentence on standard error, and exit code 1."""
    try:
        command()(arguments, prog_name="boatyard")
    except CommandError as error:
        note(f"boatyard: {error}")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


def command() -> typer.Typer:
    """The commands of this package, and of all that is installed beside it."""
    cli = typer.Typer(
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        callback=_connect,
    )
    cli.add_typer(signing_in)
    for name, group in {
        "repositories": repositories,
        "tags": tags,
        "builds": builds,
        "source": source,
        "rules": rules,
        "webhooks": webhooks,
        "organizations": organizations,
        "namespaces": namespaces,
        "tokens": tokens,
    }.items():
        cli.add_typer(group, name=name)
    for entry in entry_points(group=GROUP):
        cli.add_typer(entry.load())
    return cli


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(version("boatyard-cli"))
        raise typer.Exit


def _connect(
    context: typer.Context,
    server: Annotated[
        str | None,
        typer.Option(
            envvar="BOATYARD_SERVER", help="Where Boatyard is, rather than where `login` said."
        ),
    ] = None,
    token: Annotated[
        str | None,
        typer.Option(
            envvar="BOATYARD_TOKEN",
            help="An access token, rather than that of `login`. Others on this machine can read command lines: "
            "prefer the variable or a file.",
        ),
    ] = None,
    token_file: Annotated[
        Path | None, typer.Option(envvar="BOATYARD_TOKEN_FILE", help="A file with the token in it.")
    ] = None,
    version: Annotated[
        bool,
        typer.Option(
            "--version", is_eager=True, callback=_print_version, help="Print the version."
        ),
    ] = False,
) -> None:
    """Boatyard: a self-hosted home for container images."""
    context.obj = Asked(server=server, token=token, token_file=token_file)
    if os.environ.get("NO_COLOR"):  # noqa: TID251 - a convention of all commands, no setting of ours
        context.color = False


if __name__ == "__main__":
    main()
