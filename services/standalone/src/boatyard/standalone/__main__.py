"""The `boatyard` command.

What a command needs is imported when it is called: all services together take seconds to import, which nobody
who asks for help or for a token should wait for.
"""

from __future__ import annotations

import datetime as dt
import gc
import json
import sys
import time
from typing import Annotated, NoReturn

import typer

from boatyard.shared.mendable import MendableError

cli = typer.Typer(
    help="Boatyard: a self-hosted home for container images.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
keys = typer.Typer(help="The keys that sign the registry's tokens.", no_args_is_help=True)
cli.add_typer(keys, name="keys")


def main() -> None:
    """Run the command; what a person can mend is one sentence on standard error, and exit code 1."""
    try:
        cli()
    except MendableError as error:
        sys.exit(f"boatyard: {error}")


@cli.command()
def serve(
    service: Annotated[
        str | None,
        typer.Argument(
            help="One service to run alone, such as `catalog`. Without it: everything.",
        ),
    ] = None,
) -> None:
    """Run Boatyard: everything in this process, with NATS and a registry of its own; or one service."""
    began = time.monotonic()
    gc.disable()  # until it serves: there is hardly any garbage yet, and looking for it takes time
    from boatyard.standalone import serving

    if service is None:
        serving.serve_everything(began=began)
    else:
        serving.serve_one(service)


@cli.command()
def doctor() -> None:
    """Check every part and say what is wrong with it."""
    from boatyard.standalone.doctor import examine
    from boatyard.standalone.settings import StandaloneSettings

    findings = examine(StandaloneSettings.load())
    for finding in findings:
        typer.echo(f"{'ok  ' if finding.well else 'BAD '} {finding.part:15} {finding.says}")
    bad = sum(not finding.well for finding in findings)
    if bad:
        _fail(f"{bad} of {len(findings)} parts are not well")
    typer.echo("everything is well")


@cli.command()
def openapi() -> None:
    """Print the OpenAPI document of the whole API."""
    from boatyard.shared.process import application
    from boatyard.standalone.services import SERVICES

    typer.echo(json.dumps(application(SERVICES).openapi(), indent=2, ensure_ascii=False))


@cli.command()
def token(
    username: Annotated[str, typer.Argument(help="Whose token it is to be.")],
    name: Annotated[
        str, typer.Option(help="What it is for, as the list of tokens shows it.")
    ] = "terminal",
    days: Annotated[
        int | None, typer.Option(min=1, max=3650, help="How long it is good. Without: for ever.")
    ] = None,
    server: Annotated[
        str | None, typer.Option(help="Where Boatyard is. Without: on this machine.")
    ] = None,
) -> None:
    """Make an access token and print it; the password is asked for, or read from standard input."""
    import httpx

    from boatyard.shared.clock import SystemClock
    from boatyard.standalone.settings import StandaloneSettings
    from boatyard.standalone.tokens import make_token

    url = server or StandaloneSettings.load().api_url
    expires_at = SystemClock().now() + dt.timedelta(days=days) if days else None
    with httpx.Client(base_url=url, timeout=20, trust_env=False) as client:
        secret = make_token(
            client, username=username, password=_password(), name=name, expires_at=expires_at
        )
    typer.echo(secret)


def _password() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, err=True))
    return sys.stdin.readline().rstrip("\n")


@keys.command()
def rotate() -> None:
    """Sign the registry's tokens with a new key from now on; the registry need not be restarted."""
    from boatyard.catalog.registry_auth.keys import KeyRing
    from boatyard.standalone.settings import StandaloneSettings

    ring = KeyRing.open(StandaloneSettings.load().data_dir / "keys")
    ring.rotate()
    typer.echo("a new key signs from now on; tokens of the old one stay good until they expire")


def _fail(sentence: str) -> NoReturn:
    typer.echo(f"boatyard: {sentence}", err=True)
    raise typer.Exit(1)


if __name__ == "__main__":
    main()
