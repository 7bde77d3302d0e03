"""Build rules of a repository."""

from __future__ import annotations

import typer

from boatyard.cli.arguments import MANY, Json, Limit, RepositoryArgument
from boatyard.cli.connection import api
from boatyard.cli.output import Column, print_list
from boatyard.cli.values import field, painted

rules = typer.Typer(help="Build rules: what becomes which tag.", no_args_is_help=True)
COLUMNS = (
    Column("rule", field("number")),
    Column("type", field("type")),
    Column("pattern", field("pattern")),
    Column("versions", field("versions")),
    Column("override", field("override")),
    Column("dockerfile", field("dockerfile")),
    Column("context", field("context")),
    Column("enabled", field("enabled")),
    Column("last build", field("last_status"), painted),
)


@rules.command("list")
def list_rules(
    context: typer.Context,
    repository: RepositoryArgument,
    limit: Limit = MANY,
    as_json: Json = False,
) -> None:
    """List the build rules of a repository."""
    found = api(context).items(repository.path("build-rules"), limit=limit)
    print_list(found, COLUMNS, as_json=as_json)
