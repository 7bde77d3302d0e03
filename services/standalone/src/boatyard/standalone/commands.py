"""The commands of an installed server: they join those of boatyard-cli by the entry point `boatyard.commands`.

What a command needs is imported when it is called: all services together take seconds to import, which nobody
who asks for help should wait for.
"""

from __future__ import annotations

import functools
import gc as memory
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, ParamSpec

import typer

from boatyard.cli.errors import CommandError
from boatyard.cli.output import note
from boatyard.shared.mendable import MendableError

Given = ParamSpec("Given")

server = typer.Typer()
keys = typer.Typer(help="The keys that sign the registry's tokens.", no_args_is_help=True)
server.add_typer(keys, name="keys")


def mendable(command: Callable[Given, None]) -> Callable[Given, None]:
    """A command whose MendableError is told as the boatyard command tells errors."""

    @functools.wraps(command)
    def told(*args: Given.args, **more: Given.kwargs) -> None:
        try:
            command(*args, **more)
        except MendableError as error:
            raise CommandError(str(error)) from error

    return told


@server.command()
@mendable
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
    memory.disable()  # until it serves: there is hardly any garbage yet, and looking for it takes time
    from boatyard.standalone import serving

    if service is None:
        serving.serve_everything(began=began)
    else:
        serving.serve_one(service)


@server.command()
@mendable
def doctor() -> None:
    """Check every part and say what is wrong with it."""
    from boatyard.standalone.doctor import examine
    from boatyard.standalone.settings import StandaloneSettings

    findings = examine(StandaloneSettings.load())
    for finding in findings:
        typer.echo(f"{'ok  ' if finding.well else 'BAD '} {finding.part:15} {finding.says}")
    bad = sum(not finding.well for finding in findings)
    if bad:
        raise CommandError(f"{bad} of {len(findings)} parts are not well")
    typer.echo("everything is well")


@server.command()
@mendable
def backup(
    target: Annotated[
        Path,
        typer.Argument(help="The file to write, or a folder for a file that is named by the time."),
    ],
) -> None:
    """Back up everything of this installation into one tar file, while it runs or not.

    It has the databases, keys, secrets, build logs and images, and only you can read it.
    """
    from boatyard.standalone.backup import Backup, summary
    from boatyard.standalone.progress import Progress
    from boatyard.standalone.settings import StandaloneSettings

    making = Backup(StandaloneSettings.load(), Progress())
    written = making.write(target)
    for text in making.notes:
        note(text)
    typer.echo(summary(written))


@server.command()
@mendable
def restore(
    source: Annotated[Path, typer.Argument(help="The file that `boatyard backup` wrote.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Set aside what is in the data folder.")
    ] = False,
) -> None:
    """Put a backup into the data folder, which must be empty; Boatyard must not run there.

    Every file is checked first. A backup of an older Boatyard is migrated at the next start.
    """
    from boatyard.standalone.progress import Progress
    from boatyard.standalone.restore import Restore
    from boatyard.standalone.settings import StandaloneSettings

    settings = StandaloneSettings.load()
    putting = Restore(settings, Progress())
    head = putting.read(source, replace=replace)
    for text in putting.notes:
        note(text)
    typer.echo(f"{settings.data_dir.absolute()} is as it was at {head.taken_at}: start Boatyard")


@server.command()
@mendable
def move_to_postgresql() -> None:
    """Copy the databases of this installation into those that the variables …_DATABASE_URL name.

    Boatyard must not run, and the databases must be empty. The files that were copied stay as they are.
    """
    import asyncio

    from boatyard.standalone.moving import move
    from boatyard.standalone.progress import Progress
    from boatyard.standalone.settings import StandaloneSettings

    moved = asyncio.run(move(StandaloneSettings.load(), Progress()))
    typer.echo(f"moved: {', '.join(moved)}. Start Boatyard with the same variables")


@server.command()
@mendable
def gc() -> None:
    """Free the disk of what no image needs any more; pushes are refused for as long as that takes.

    Of deleted repositories nothing stays. What the history of a tag may bring back stays.
    """
    import asyncio

    from boatyard.standalone.collecting import collect_alone
    from boatyard.standalone.control import NotRunning, ask
    from boatyard.standalone.settings import StandaloneSettings

    settings = StandaloneSettings.load()
    try:
        typer.echo(ask(settings.data_dir, "gc"))
    except NotRunning:
        typer.echo(str(asyncio.run(collect_alone(settings))))


@server.command()
@mendable
def openapi() -> None:
    """Print the OpenAPI document of the whole API."""
    from boatyard.shared.process import application
    from boatyard.standalone.services import SERVICES

    typer.echo(json.dumps(application(SERVICES).openapi(), indent=2, ensure_ascii=False))


@keys.command()
@mendable
def rotate() -> None:
    """Sign the registry's tokens with a new key from now on; the registry need not be restarted."""
    from boatyard.catalog.registry_auth.keys import KeyRing
    from boatyard.standalone.settings import StandaloneSettings

    ring = KeyRing.open(StandaloneSettings.load().data_dir / "keys")
    ring.rotate()
    typer.echo("a new key signs from now on; tokens of the old one stay good until they expire")
