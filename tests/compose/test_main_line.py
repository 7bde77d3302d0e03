"""From the registry's notification to a signed webhook, with each service in its production image."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest
from standardwebhooks import Webhook

from boatyard.shared.testing.installation import Person, sign_up
from boatyard.shared.testing.processes import wait_until
from boatyard.shared.testing.receiver import silence
from tests.architecture.tree import ROOT
from tests.compose.containers import Harbour, ServiceContainer
from tests.compose.engine import BRIDGE
from tests.e2e.mailbox import Mailbox

# The first test may have to build the images.
pytestmark = [pytest.mark.docker, pytest.mark.timeout(3000)]

CAPTURED = ROOT / "tests/contract/inbound/registry/push-of-an-image.json"
"""What a registry posted; it says what was pushed to team/app."""
DIGEST = "sha256:0ad79f2cc4f5e373f236d95e2d9c1fd5ccfdd4bb82adfaa643ca6d73a5590fc6"
"""Of what was pushed."""
SECONDS = 60.0
DISPATCHER = {
    "BOATYARD_WEBHOOK_DISPATCHER_ALLOW_NETWORKS": f"{BRIDGE}/32",
    # When another takes over from one that was killed.
    "BOATYARD_WEBHOOK_DISPATCHER_DEADLINE_SECONDS": "5",
    "BOATYARD_WEBHOOK_DISPATCHER_LEASE_SECONDS": "10",
}


@dataclass(frozen=True)
class MainLine:
    """The three services that a push passes through."""

    catalog: ServiceContainer
    notifier: ServiceContainer
    dispatcher: ServiceContainer
    secret: str
    """Of the registry and the notifier."""

    def notify(self, repository: str) -> None:
        """Post what the registry posts when somebody pushes."""
        for envelope in json.loads(CAPTURED.read_text().replace("team/app", repository)):
            for event in envelope["events"]:
                event["id"] = str(uuid4())
            answer = httpx.post(
                f"{self.notifier.url}/registry/events",
                json=envelope,
                headers={"Authorization": f"Bearer {self.secret}"},
                timeout=30,
                trust_env=False,
            )
            assert answer.status_code == 202, answer.text


class Gateway(httpx.BaseTransport):
    """Sends a request to the service that answers its path, on the port that it has by now."""

    def __init__(self, line: MainLine) -> None:
        self._line = line
        self._transport = httpx.HTTPTransport(limits=httpx.Limits(max_keepalive_connections=0))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        webhooks = "/webhooks" in request.url.path
        service = self._line.dispatcher if webhooks else self._line.catalog
        request.url = request.url.copy_with(port=httpx.URL(service.url).port)
        return self._transport.handle_request(request)

    def close(self) -> None:
        self._transport.close()


@pytest.fixture(scope="module")
def line(harbour: Harbour) -> Iterator[MainLine]:
    with (
        harbour.service("catalog") as catalog,
        harbour.service("registry-notifier") as notifier,
        harbour.service("webhook-dispatcher", **DISPATCHER) as dispatcher,
    ):
        yield MainLine(catalog, notifier, dispatcher, harbour.secret("notification"))


@pytest.fixture(scope="module")
def captain(line: MainLine) -> Iterator[Person]:
    address = "http://localhost/api/v1"
    with httpx.Client(base_url=address, timeout=30, transport=Gateway(line)) as client:
        yield sign_up(client, "captain")


def subscribed(person: Person, name: str, mailbox: Mailbox) -> dict[str, Any]:
    """A new webhook of a new repository."""
    person.post("/repositories", name=name)
    path = f"/repositories/{person.username}/{name}/webhooks"
    made: dict[str, Any] = person.post(path, url=mailbox.url)
    return made


def recorded(person: Person, name: str, webhook: dict[str, Any]) -> list[dict[str, Any]]:
    """The attempts of the webhook's only delivery, once that has succeeded."""
    path = f"/repositories/{person.username}/{name}/webhooks/{webhook['id']}/deliveries"

    def succeeded() -> bool:
        return [delivery["state"] for delivery in person.get(path)["items"]] == ["succeeded"]

    wait_until(succeeded, seconds=SECONDS, what="the delivery is recorded as succeeded")
    [delivery] = person.get(path)["items"]
    attempts: list[dict[str, Any]] = person.get(f"{path}/{delivery['id']}")["attempts"]
    return attempts


def test_a_notification_becomes_a_tag_a_signed_webhook_and_a_record(
    line: MainLine, captain: Person, mailbox: Mailbox
) -> None:
    webhook = subscribed(captain, "told", mailbox)
    line.notify("captain/told")
    [request] = mailbox.wait_for(1, seconds=SECONDS)
    told = Webhook(webhook["secret"]).verify(request.body, dict(request.headers))
    assert told["type"] == "tag.pushed"
    pushed = {"repository": "captain/told", "tag": "single", "digest": DIGEST}
    assert pushed.items() <= told["data"].items()
    [attempt] = recorded(captain, "told", webhook)
    assert attempt["response"]["status"] == 200
    assert dict(attempt["request"]["headers"])["webhook-id"] == request.headers["webhook-id"]
    [tag] = captain.get("/repositories/captain/told/tags")["items"]
    assert (tag["name"], tag["digest"]) == ("single", DIGEST)


def test_a_dispatcher_that_is_away_sends_what_happened_meanwhile(
    line: MainLine, captain: Person, mailbox: Mailbox
) -> None:
    webhook = subscribed(captain, "away", mailbox)
    line.dispatcher.kill()
    line.notify("captain/away")
    line.dispatcher.start_again()
    mailbox.wait_for(1, seconds=SECONDS)
    assert len(recorded(captain, "away", webhook)) == 1


def test_a_dispatcher_that_is_killed_while_it_sends_sends_again_under_the_same_id(
    line: MainLine, captain: Person, mailbox: Mailbox
) -> None:
    webhook = subscribed(captain, "killed", mailbox)
    mailbox.then(silence)
    line.notify("captain/killed")
    mailbox.wait_for(1, seconds=SECONDS)
    line.dispatcher.kill()
    line.dispatcher.start_again()
    first, second = mailbox.wait_for(2, seconds=SECONDS)
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    attempts = recorded(captain, "killed", webhook)
    assert [attempt["outcome"] for attempt in attempts] == ["ok", "unknown"]
