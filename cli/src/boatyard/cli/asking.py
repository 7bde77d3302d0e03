"""What a person is asked while a command runs."""

from __future__ import annotations

import getpass
import sys

import typer

from boatyard.cli.errors import CommandError


def ask(question: str, *, secret: bool = False) -> str:
    """What the person at the terminal types, or the next line of standard input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    if secret:
        return getpass.getpass(question)
    typer.echo(question, nl=False, err=True)
    return input()


def confirm(name: str, *, yes: bool, deed: str = "delete it") -> None:
    """Return once the name of what is to be lost was typed; CommandError if another one was."""
    if not yes and ask(f"This can't be undone. Type {name} to {deed}: ") != name:
        raise CommandError(f"nothing was done: that is not {name}")
