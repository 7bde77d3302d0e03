"""What a person is asked while a command runs."""

from __future__ import annotations

import getpass
import sys

import typer


def ask(question: str, *, secret: bool = False) -> str:
    """What the person at the terminal types, or the next line of standard input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    if secret:
        return getpass.getpass(question)
    typer.echo(question, nl=False, err=True)
    return input()
