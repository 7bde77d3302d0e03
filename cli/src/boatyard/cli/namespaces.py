"""What a namespace keeps, and may keep."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Self

import typer

from boatyard.cli.arguments import Json
from boatyard.cli.connection import api
from boatyard.cli.output import Column, print_item
from boatyard.cli.paths import path
from boatyard.cli.values import binary_size, field

namespaces = typer.Typer(
    help="Namespaces: how much accounts and organizations keep, and may keep.",
    no_args_is_help=True,
)
UNLIMITED = "unlimited"
_SIZE = re.compile(r"([0-9]{1,19}(?:\.[0-9]{1,9})?) ?(?:([kmgt]i?)?b)?", re.IGNORECASE)
_POWERS = ("", "k", "m", "g", "t")
COLUMNS = (
    Column("namespace", field("namespace")),
    Column("repositories", field("repositories")),
    Column("tags", field("tags")),
    Column("keeps", lambda usage: binary_size(usage["bytes"])),
    Column("may keep", lambda usage: binary_size(usage["max_bytes"]) or UNLIMITED),
)


@dataclass(frozen=True)
class Quota:
    """How many bytes a namespace may keep; None for as many as it likes."""

    max_bytes: int | None

    @classmethod
    def parse(cls, text: str) -> Self:
        """`10GB`, `1.5 TiB`, a number of bytes or `unlimited`; BadParameter for anything else."""
        if text == UNLIMITED:
            return cls(None)
        found = _SIZE.fullmatch(text)
        if found is None:
            raise typer.BadParameter(f"{text!r} is no size: write 10GiB, 10GB or {UNLIMITED}")
        amount, unit = found.groups(default="")
        step = 1024 if unit.endswith(("i", "I")) else 1000
        return cls(int(Decimal(amount) * step ** _POWERS.index(unit[:1].lower())))


Namespace = Annotated[str, typer.Argument(help="An account or an organization.")]


@namespaces.command()
def usage(context: typer.Context, namespace: Namespace, as_json: Json = False) -> None:
    """Show how much a namespace keeps, and how much it may keep."""
    print_item(api(context).get(path("namespaces", namespace, "usage")), COLUMNS, as_json=as_json)


@namespaces.command("set-quota")
def set_quota(
    context: typer.Context,
    namespace: Namespace,
    quota: Annotated[
        Quota,
        typer.Argument(
            parser=Quota.parse,
            help=f"10GiB, 10GB, a number of bytes, or {UNLIMITED}; with 0 nothing can be pushed.",
        ),
    ],
    as_json: Json = False,
) -> None:
    """Let a namespace keep more or less than others; for administrators. What is there stays."""
    place = path("namespaces", namespace, "quota")
    changed = api(context).put(place, {"max_bytes": quota.max_bytes})
    print_item(changed, COLUMNS, as_json=as_json)


@namespaces.command("reset-quota")
def reset_quota(context: typer.Context, namespace: Namespace) -> None:
    """Let a namespace keep what the settings say again; for administrators."""
    api(context).delete(path("namespaces", namespace, "quota"))
    typer.echo(f"{namespace} may keep what the settings say again")
