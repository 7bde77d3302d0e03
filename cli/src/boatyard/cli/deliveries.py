"""What a webhook would be sent, what it was sent, and sending it again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from boatyard.cli.arguments import MANY, Json, Limit, RepositoryArgument, given
from boatyard.cli.connection import api
from boatyard.cli.output import Column, print_item, print_json, print_list, sheet
from boatyard.cli.values import field, moment, painted
from boatyard.cli.webhookoptions import Format, Webhook

if TYPE_CHECKING:
    from boatyard.cli.client import Item

commands = typer.Typer()
Delivery = Annotated[str, typer.Argument(help="The delivery's id, as listed.")]
Event = Annotated[str, typer.Option(help="Which kind of event.")]


def _came_of_it(delivery: Item) -> object:
    return delivery["last_error"] or delivery["last_status"]


def _body(part: str) -> Column:
    return Column("body", field(f"{part}.body.text"))


def _headers(part: str) -> Column:
    return Column("", lambda attempt: _lines(attempt[part]["headers"] if attempt[part] else []))


def _lines(headers: Iterable[tuple[str, str]]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in headers)


def _about(event: Item) -> object:
    data: Item = event["data"]
    return data.get("tag") or data.get("tags")


ID = Column("id", field("id"))
EVENT = Column("event", field("event.type"))
TAG = Column("tag", field("event.tag"))
STATE = Column("state", field("state"), painted)
ATTEMPTS = Column("attempts", field("attempt_count"))
LAST = Column("came of it", _came_of_it)
NEXT = Column("next", moment("next_attempt_at"))
CREATED = Column("created", moment("created_at"))
LISTED = (ID, CREATED, EVENT, TAG, STATE, ATTEMPTS, LAST, NEXT)
SHOWN = (*LISTED, Column("finished", moment("finished_at")))
ATTEMPT = (
    Column("attempt", field("number")),
    Column("started", moment("started_at")),
    Column("because", field("trigger")),
    Column("outcome", field("outcome"), painted),
    Column("error", field("reason")),
    Column("took", lambda attempt: _milliseconds(attempt["timings"]["total"])),
    Column("sent to", field("request.url")),
    _headers("request"),
    _body("request"),
    Column("answer", field("response.status")),
    _headers("response"),
    _body("response"),
)
TOLD = (
    ID,
    Column("at", moment("timestamp")),
    Column("event", field("type")),
    Column("tag", _about),
)
PREVIEWED = (
    Column("sent to", field("url")),
    Column("", lambda request: _lines(request["headers"].items())),
    Column("body", field("body")),
)


@commands.command()
def preview(
    context: typer.Context,
    repository: RepositoryArgument,
    format: Format = None,
    event: Event = "tag.pushed",
    url: Annotated[str | None, typer.Option(help="Where to, as it would be.")] = None,
    as_json: Json = False,
) -> None:
    """Show what would be sent of a made-up event, before there is a webhook. Nothing is sent."""
    wish = given(format=format, event=event, url=url)
    request = api(context).post(repository.path("webhooks", "preview"), wish)
    print_item(request, PREVIEWED, as_json=as_json)


@commands.command("test")
def send_test(
    context: typer.Context,
    repository: RepositoryArgument,
    webhook: Webhook,
    event: Event = "tag.pushed",
) -> None:
    """Send a made-up event, and print the delivery's id."""
    queued = api(context).post(repository.path("webhooks", webhook, "test"), {"event": event})
    typer.echo(queued["delivery_id"])


@commands.command("deliveries")
def list_deliveries(
    context: typer.Context,
    repository: RepositoryArgument,
    webhook: Webhook,
    state: Annotated[
        str | None,
        typer.Option(help="Only in this state: pending, succeeded, exhausted, skipped, unknown."),
    ] = None,
    limit: Limit = MANY,
    as_json: Json = False,
) -> None:
    """List what was sent to a webhook, the newest first."""
    place = repository.path("webhooks", webhook, "deliveries")
    print_list(api(context).items(place, limit=limit, state=state), LISTED, as_json=as_json)


@commands.command("events")
def list_events(
    context: typer.Context,
    repository: RepositoryArgument,
    webhook: Webhook,
    after: Annotated[
        str | None, typer.Option(help="The id of the last one seen, which is its webhook-id.")
    ] = None,
    limit: Limit = MANY,
    as_json: Json = False,
) -> None:
    """List what a webhook is told of, the oldest first: for a receiver that was away."""
    place = repository.path("webhooks", webhook, "events")
    print_list(api(context).feed(place, after=after, limit=limit), TOLD, as_json=as_json)


@commands.command("delivery")
def show_delivery(
    context: typer.Context,
    repository: RepositoryArgument,
    webhook: Webhook,
    delivery: Delivery,
    as_json: Json = False,
) -> None:
    """Show a delivery with every attempt: what was sent, and what came back."""
    place = repository.path("webhooks", webhook, "deliveries", delivery)
    found: Item = api(context).get(place)
    if as_json:
        print_json(found)
        return
    parts = [sheet(found, SHOWN), *(sheet(attempt, ATTEMPT) for attempt in found["attempts"])]
    typer.echo("\n\n".join(parts))


@commands.command()
def redeliver(
    context: typer.Context, repository: RepositoryArgument, webhook: Webhook, delivery: Delivery
) -> None:
    """Send a delivery again, with the same webhook-id."""
    place = repository.path("webhooks", webhook, "deliveries", delivery, "redeliver")
    typer.echo(api(context).post(place)["delivery_id"])


@commands.command()
def replay(
    context: typer.Context,
    repository: RepositoryArgument,
    webhook: Webhook,
    since: Annotated[
        str, typer.Option(help="Events from this moment on, such as 2026-11-24T08:00:00Z.")
    ],
    everything: Annotated[
        bool, typer.Option("--all", help="Also what was delivered, not only what was not.")
    ] = False,
) -> None:
    """Send again what was not delivered since a moment, also what was never tried."""
    boatyard, place = api(context), repository.path("webhooks", webhook, "replay")
    which, count, begin = "all" if everything else None, 0, since
    while True:
        replayed: Item = boatyard.post(place, given(since=begin, deliveries=which))
        count += replayed["count"]
        if not replayed["more"]:
            break
        begin = replayed["next_since"]
    typer.echo(f"{count} deliveries are sent again")


def _milliseconds(took: float | None) -> str | None:
    return None if took is None else f"{took:.0f} ms"
