"""Webhooks of a repository."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from boatyard.cli import deliveries
from boatyard.cli.arguments import MANY, Json, Limit, RepositoryArgument, changes, given, listed
from boatyard.cli.connection import api
from boatyard.cli.output import Column, note, print_item, print_json, print_list
from boatyard.cli.values import field, moment, painted
from boatyard.cli.webhookoptions import (
    AtMostOnce,
    Events,
    ExcludeTags,
    Format,
    IncludeTags,
    MaxInFlight,
    Name,
    Ordered,
    Origins,
    RobotSecretFile,
    SecretFile,
    Webhook,
)

if TYPE_CHECKING:
    from boatyard.cli.client import Item

webhooks = typer.Typer(
    help="Webhooks: who is told of what happens to a repository.", no_args_is_help=True
)
webhooks.add_typer(deliveries.commands)


class State(StrEnum):
    """Whether a webhook delivers."""

    ACTIVE = "active"
    PAUSED = "paused"


ID = Column("id", field("id"))
NAME = Column("name", field("name"))
URL = Column("url", field("url"))
FORMAT = Column("format", field("format"))
STATE = Column("state", field("state"), painted)
EVENTS = Column("events", lambda webhook: webhook["events"] or "all")
LISTED = (ID, NAME, URL, FORMAT, STATE, EVENTS)
SHOWN = (
    ID,
    NAME,
    URL,
    FORMAT,
    STATE,
    Column("because", field("disabled_reason")),
    EVENTS,
    Column("tags", lambda webhook: webhook["include_tags"] or "all"),
    Column("but not", field("exclude_tags")),
    Column("origins", field("origins")),
    Column("ordered", field("ordered")),
    Column("at most once", field("at_most_once")),
    Column("at once", field("max_in_flight")),
    Column("last success", moment("health.last_success_at")),
    Column("last failure", moment("health.last_failure_at")),
    Column("failures in a row", field("health.fail_streak")),
    Column("public key", field("public_key")),
    Column("secret", lambda webhook: webhook.get("secret")),
    Column("created", moment("created_at")),
    Column("by", field("created_by")),
)


@webhooks.command("list")
def list_webhooks(
    context: typer.Context,
    repository: RepositoryArgument,
    limit: Limit = MANY,
    as_json: Json = False,
) -> None:
    """List the webhooks of a repository."""
    found = api(context).items(repository.path("webhooks"), limit=limit)
    print_list(found, LISTED, as_json=as_json)


@webhooks.command()
def create(
    context: typer.Context,
    repository: RepositoryArgument,
    url: Annotated[str, typer.Argument(help="Where to.")],
    name: Name = None,
    format: Format = None,
    event: Events = None,
    include_tag: IncludeTags = None,
    exclude_tag: ExcludeTags = None,
    origin: Origins = None,
    ordered: Ordered = None,
    at_most_once: AtMostOnce = None,
    max_in_flight: MaxInFlight = None,
    scheme: Annotated[
        str | None, typer.Option(help="Signed with a shared secret (v1) or with a key pair (v1a).")
    ] = None,
    secret_file: SecretFile = None,
    robot_secret_file: RobotSecretFile = None,
    as_json: Json = False,
) -> None:
    """Create a webhook. Its secret is printed this once."""
    wish = given(
        url=url,
        name=name,
        format=format,
        events=listed(event),
        include_tags=listed(include_tag),
        exclude_tags=listed(exclude_tag),
        origins=listed(origin),
        ordered=ordered,
        at_most_once=at_most_once,
        max_in_flight=max_in_flight,
        scheme=scheme,
        secret=_secret(secret_file),
        robot_secret=_secret(robot_secret_file),
    )
    made: Item = api(context).post(repository.path("webhooks"), wish)
    print_item(made, SHOWN, as_json=as_json)
    if made["secret"] is not None:
        note("Keep the secret: it is not shown again.")


@webhooks.command()
def show(
    context: typer.Context, repository: RepositoryArgument, webhook: Webhook, as_json: Json = False
) -> None:
    """Show a webhook and how its endpoint is doing."""
    print_item(api(context).get(repository.path("webhooks", webhook)), SHOWN, as_json=as_json)


@webhooks.command()
def edit(
    context: typer.Context,
    repository: RepositoryArgument,
    webhook: Webhook,
    url: Annotated[str | None, typer.Option(help="Where to.")] = None,
    name: Name = None,
    format: Format = None,
    state: Annotated[
        State | None, typer.Option(help="While it is paused, deliveries wait; none is lost.")
    ] = None,
    event: Events = None,
    include_tag: IncludeTags = None,
    exclude_tag: ExcludeTags = None,
    origin: Origins = None,
    ordered: Ordered = None,
    at_most_once: AtMostOnce = None,
    max_in_flight: MaxInFlight = None,
    robot_secret_file: RobotSecretFile = None,
    as_json: Json = False,
) -> None:
    """Change, pause or resume a webhook; what you don't name stays."""
    change = changes(
        url=url,
        name=name,
        format=format,
        state=state,
        events=listed(event),
        include_tags=listed(include_tag),
        exclude_tags=listed(exclude_tag),
        origins=listed(origin),
        ordered=ordered,
        at_most_once=at_most_once,
        max_in_flight=max_in_flight,
        robot_secret=_secret(robot_secret_file),
    )
    changed = api(context).patch(repository.path("webhooks", webhook), change)
    print_item(changed, SHOWN, as_json=as_json)


@webhooks.command()
def enable(context: typer.Context, repository: RepositoryArgument, webhook: Webhook) -> None:
    """Enable a webhook that was disabled, since its endpoint failed for days or was gone."""
    api(context).post(repository.path("webhooks", webhook, "enable"))
    typer.echo(f"enabled {webhook}")


@webhooks.command()
def delete(context: typer.Context, repository: RepositoryArgument, webhook: Webhook) -> None:
    """Delete a webhook; nothing is delivered to it any more."""
    api(context).delete(repository.path("webhooks", webhook))
    typer.echo(f"deleted {webhook}")


@webhooks.command("rotate-secret")
def rotate_secret(
    context: typer.Context,
    repository: RepositoryArgument,
    webhook: Webhook,
    grace_hours: Annotated[
        float, typer.Option(help="How long the old secret signs beside the new one.")
    ] = 24,
    secret_file: SecretFile = None,
    as_json: Json = False,
) -> None:
    """Change a webhook's secret and print the new one, this once."""
    wish = given(grace_hours=grace_hours, secret=_secret(secret_file))
    rotated: Item = api(context).post(repository.path("webhooks", webhook, "rotate-secret"), wish)
    if as_json:
        print_json(rotated)
    else:
        typer.echo(rotated["secret"] or rotated["public_key"])


def _secret(file: typer.FileText | None) -> str | None:
    """A secret, which is never on a command line: others on the machine can read those."""
    return file.read().strip() if file else None
