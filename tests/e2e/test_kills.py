"""Nothing is lost: each part is killed between a push and its delivery, and the webhook still arrives."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from boatyard.shared.testing.clients import Skopeo, output_of
from boatyard.shared.testing.images import write_index
from boatyard.shared.testing.installation import PASSWORD, Installation, Person
from boatyard.shared.testing.processes import wait_until
from boatyard.shared.testing.receiver import Received, silence
from tests.e2e.fleet import Fleet
from tests.e2e.mailbox import Mailbox

ARRIVES = 90.0
"""Seconds within which a webhook must arrive, whatever was killed: more than a lease takes to run out."""


@pytest.fixture(scope="module")
def fleet(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Fleet]:
    on_postgresql = request.config.getoption("--database") == "postgresql"
    fleet = Fleet(
        tmp_path_factory.mktemp("fleet"),
        postgres=request.getfixturevalue("postgres") if on_postgresql else None,
    )
    fleet.start()
    yield fleet
    fleet.stop()


@pytest.fixture(scope="module")
def ada(fleet: Fleet) -> Person:
    return fleet.sign_up("ada")


class Pusher:
    """Pushes small images as a person, with skopeo, and says what must arrive for them."""

    def __init__(self, registry: str, skopeo: Skopeo, folder: Path, person: str) -> None:
        self._registry, self._skopeo, self._folder = registry, skopeo, folder
        self.pushed: set[tuple[str, str]] = set()
        output_of(skopeo.login(registry, person, PASSWORD))

    def push(self, repository: str, tag: str) -> None:
        index = write_index(self._folder / tag, text=tag, tag=tag, platforms=("linux/amd64",))
        output_of(self._skopeo.copy(index.source, f"docker://{self._registry}/{repository}:{tag}"))
        self.pushed.add((tag, index.digest))


@pytest.fixture
def pusher(fleet: Fleet, ada: Person, skopeo_of: Callable[[str], Skopeo], tmp_path: Path) -> Pusher:
    return Pusher(fleet.registry_host, skopeo_of(ada.username), tmp_path, ada.username)


def subscribed(person: Person, name: str, mailbox: Mailbox) -> str:
    """Make a repository with a webhook; its full name."""
    person.post("/repositories", name=name)
    repository = f"{person.username}/{name}"
    person.post(f"/repositories/{repository}/webhooks", url=mailbox.url)
    return repository


def tags_in(requests: list[Received]) -> set[tuple[str, str]]:
    bodies = [json.loads(request.body)["data"] for request in requests]
    return {(body["tag"], body["digest"]) for body in bodies}


def expect(mailbox: Mailbox, pusher: Pusher) -> list[Received]:
    """Wait until everything that was pushed has arrived, and check that duplicates keep their id."""
    requests = mailbox.wait_for(
        lambda requests: tags_in(list(requests)) >= pusher.pushed, seconds=ARRIVES
    )
    assert tags_in(requests) == pusher.pushed
    ids = {request.headers["webhook-id"] for request in requests}
    assert len(ids) == len(pusher.pushed), "a duplicate must carry the id of the first"
    return requests


def test_the_notifier_is_killed_before_the_registry_tells_it(
    fleet: Fleet, ada: Person, mailbox: Mailbox, pusher: Pusher
) -> None:
    repository = subscribed(ada, "notifier-killed", mailbox)
    fleet.services["registry-notifier"].kill()
    pusher.push(repository, "one")
    fleet.start_service("registry-notifier")
    expect(mailbox, pusher)


def test_the_registry_forgets_its_queue_while_the_notifier_is_down(
    fleet: Fleet, ada: Person, mailbox: Mailbox, pusher: Pusher
) -> None:
    repository = subscribed(ada, "registry-forgets", mailbox)
    fleet.services["registry-notifier"].kill()
    pusher.push(repository, "one")
    fleet.registry.kill()
    fleet.start_registry()
    fleet.start_service("registry-notifier")
    [request] = expect(mailbox, pusher)
    assert json.loads(request.body)["data"]["origin"] == "reconcile"


def test_the_dispatcher_is_killed_before_it_hears_of_the_push(
    fleet: Fleet, ada: Person, mailbox: Mailbox, pusher: Pusher
) -> None:
    repository = subscribed(ada, "dispatcher-killed", mailbox)
    fleet.services["webhook-dispatcher"].kill()
    pusher.push(repository, "one")
    fleet.start_service("webhook-dispatcher")
    expect(mailbox, pusher)


def test_the_dispatcher_is_killed_while_it_sends(
    fleet: Fleet, ada: Person, mailbox: Mailbox, pusher: Pusher
) -> None:
    repository = subscribed(ada, "killed-sending", mailbox)
    mailbox.then(silence)
    pusher.push(repository, "one")
    mailbox.wait_for(1)
    fleet.services["webhook-dispatcher"].kill()
    fleet.start_service("webhook-dispatcher")
    first, second = mailbox.wait_for(2, seconds=ARRIVES)
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    [webhook] = ada.get(f"/repositories/{repository}/webhooks")["items"]
    path = f"/repositories/{repository}/webhooks/{webhook['id']}/deliveries"
    wait_until(
        lambda: ada.get(path)["items"][0]["state"] == "succeeded", seconds=90, what="it is recorded"
    )
    attempts = ada.get(f"{path}/{ada.get(path)['items'][0]['id']}")["attempts"]
    assert [attempt["outcome"] for attempt in attempts] == ["ok", "unknown"]


def test_nats_is_killed_before_the_push_and_comes_back_after_it(
    fleet: Fleet, ada: Person, mailbox: Mailbox, pusher: Pusher
) -> None:
    repository = subscribed(ada, "nats-killed", mailbox)
    pusher.push(repository, "before")
    fleet.nats.kill()
    pusher.push(repository, "during")
    fleet.nats.start()
    pusher.push(repository, "after")
    expect(mailbox, pusher)


def test_nats_loses_everything_it_stored(
    fleet: Fleet, ada: Person, mailbox: Mailbox, pusher: Pusher
) -> None:
    repository = subscribed(ada, "nats-wiped", mailbox)
    fleet.services["webhook-dispatcher"].kill()
    pusher.push(repository, "one")
    fleet.nats.kill()
    fleet.nats.wipe()
    fleet.nats.start()
    fleet.start_service("webhook-dispatcher")
    pusher.push(repository, "two")
    expect(mailbox, pusher)


def test_the_whole_process_is_killed_between_push_and_delivery(
    make_boatyard: Callable[..., Installation],
    mailbox: Mailbox,
    skopeo_of: Callable[[str], Skopeo],
    tmp_path: Path,
) -> None:
    boatyard = make_boatyard()
    boatyard.start()
    ada = boatyard.sign_up("ada")
    repository = subscribed(ada, "all-killed", mailbox)
    pusher = Pusher(boatyard.registry, skopeo_of("ada"), tmp_path, "ada")
    for number in range(3):
        pusher.push(repository, f"v{number}")
        boatyard.process.kill()
        boatyard.start()
    expect(mailbox, pusher)
