"""What `login` stores: where Boatyard is and a token to show there, readable by its owner only."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

import typer

from boatyard.cli.errors import CommandError


@dataclass(frozen=True)
class SignedIn:
    """A server, and who one is there."""

    server: str
    username: str
    token: str
    token_id: str | None
    """By which `logout` revokes the token. None if it was brought along, not made by `login`."""


def config_file() -> Path:
    """Where it is stored: `boatyard/config.json` in the folder that this system has for configuration."""
    return Path(typer.get_app_dir("boatyard")) / "config.json"


def load() -> SignedIn | None:
    """What is stored; None if nobody is signed in, CommandError if the file can't be read."""
    path = config_file()
    try:
        return SignedIn(**json.loads(path.read_text()))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CommandError(f"{path} can't be read: {error.strerror}") from error
    except (ValueError, TypeError) as error:
        raise CommandError(f"{path} is damaged: delete it and log in again") from error


def store(signed_in: SignedIn) -> None:
    """Store it in the place of what was there; nobody else can read it at any moment."""
    path = config_file()
    fresh = path.with_suffix(".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh.unlink(missing_ok=True)  # what was left there may be readable by others
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(asdict(signed_in), file, indent=2)
        fresh.replace(path)
    except OSError as error:
        raise CommandError(f"{path} can't be written: {error.strerror}") from error


def forget() -> None:
    """Delete what is stored, if anything is."""
    config_file().unlink(missing_ok=True)
