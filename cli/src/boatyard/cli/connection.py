"""Which server a command speaks to, and with which token.

Light: what speaks HTTP takes a quarter of a second to import, so only a command that calls the API does.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from boatyard.cli import config
from boatyard.cli.errors import CommandError

if TYPE_CHECKING:
    from boatyard.cli.client import Api


@dataclass(frozen=True)
class Asked:
    """What the command line or the environment says; it wins over what `login` stored."""

    server: str | None = None
    token: str | None = None
    token_file: Path | None = None


@dataclass(frozen=True)
class Connection:
    """A server, and a token unless one is nobody there."""

    server: str
    token: str | None


def connection(asked: Asked, stored: config.SignedIn | None) -> Connection:
    """Where to call and as whom. A stored token is shown to the server that made it and to no other one."""
    server = asked.server or (stored and stored.server)
    if not server:
        raise CommandError(
            "which Boatyard? Sign in first: boatyard login SERVER, or name it with --server or BOATYARD_SERVER"
        )
    server = address(server)
    token = asked.token or (_read(asked.token_file) if asked.token_file else None)
    if token is None and stored is not None and stored.server == server:
        token = stored.token
    return Connection(server, token)


def address(server: str) -> str:
    """A server's address as it is stored and compared; CommandError for what is none."""
    if not server.startswith(("http://", "https://")):
        raise CommandError(f"{server} is no address: write it with https:// or http:// in front")
    return server.rstrip("/")


def api(context: typer.Context) -> Api:
    """The API of that server; it is closed with the command."""
    from boatyard.cli.client import Api

    asked = context.find_object(Asked) or Asked()
    found = connection(asked, config.load())
    return context.with_resource(Api(found.server, found.token))


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError as error:
        raise CommandError(f"the token file {path} can't be read: {error.strerror}") from error
