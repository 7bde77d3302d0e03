"""The `boatyard` command."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import shlex
import sys
import time
from pathlib import Path
from typing import Annotated, NoReturn

import httpx
import typer

from boatyard.catalog.registry_auth.keys import KeyRing
from boatyard.shared.bus import BusError
from boatyard.shared.clock import SystemClock
from boatyard.shared.logging import set_up_logging
from boatyard.shared.migrations import MigrationError
from boatyard.shared.process import application
from boatyard.shared.runtime import StartError
from boatyard.shared.runtime import main as run_service
from boatyard.shared.settings import SettingsError, check_environment
from boatyard.standalone import parts
from boatyard.standalone.doctor import examine
from boatyard.standalone.embedded import Embedded
from boatyard.standalone.first_steps import first_steps
from boatyard.standalone.services import SERVICES
from boatyard.standalone.settings import StandaloneSettings
from boatyard.standalone.tokens import make_token

cli = typer.Typer(
    help="Boatyard: a self-hosted home for container images.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
keys = typer.Typer(help="The keys that sign the registry's tokens.", no_args_is_help=True)
cli.add_typer(keys, name="keys")

_NAMES = [service.name for service in SERVICES]


def main() -> None:
    """Run the command; what a person can mend is one sentence on standard error, and exit code 1."""
    try:
        cli()
    except (StartError, SettingsError, MigrationError, BusError) as error:
        sys.exit(f"boatyard: {error}")


@cli.command()
def serve(
    service: Annotated[
        str | None,
        typer.Argument(
            help=f"One service to run alone: {', '.join(_NAMES)}. Without it: everything."
        ),
    ] = None,
) -> None:
    """Run Boatyard: everything in this process, with NATS and a registry of its own; or one service."""
    if service is not None:
        found = [candidate for candidate in SERVICES if candidate.name == service]
        if not found:
            _fail(f"there is no service {service}: choose one of {', '.join(_NAMES)}")
        run_service(found[0])
        return
    asyncio.run(_serve_everything(time.monotonic()))


async def _serve_everything(began: float) -> None:
    settings = _settings()
    set_up_logging(level=settings.log_level, format=settings.log_format)
    embedded = Embedded(settings)
    try:
        _, engine = await asyncio.gather(embedded.start(), asyncio.to_thread(parts.find_engine))
        print(  # noqa: T201 - this is what the person who typed the command reads
            first_steps(
                settings,
                seconds=time.monotonic() - began,
                registry_version=embedded.registry_version,
                nats_version=embedded.nats_version,
                engine=f"Docker {engine.version}"
                if engine
                else "none (not needed to push and pull)",
                command=_command(),
            ),
            flush=True,
        )
        await embedded.serve()
    finally:
        await embedded.stop()


def _command() -> str:
    """How this command is called here."""
    called = Path(sys.argv[0])
    return (
        shlex.quote(str(called)) if called.name == "boatyard" else "python -m boatyard.standalone"
    )


def _settings() -> StandaloneSettings:
    check_environment([StandaloneSettings, *(service.settings for service in SERVICES)])
    return StandaloneSettings.load()


@cli.command()
def doctor() -> None:
    """Check every part and say what is wrong with it."""
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
    settings = StandaloneSettings.load()
    ring = KeyRing.open(settings.data_dir / "keys")
    ring.rotate()
    typer.echo("a new key signs from now on; tokens of the old one stay good until they expire")


def _fail(sentence: str) -> NoReturn:
    typer.echo(f"boatyard: {sentence}", err=True)
    raise typer.Exit(1)


if __name__ == "__main__":
    main()
