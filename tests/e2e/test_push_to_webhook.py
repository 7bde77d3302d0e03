"""The main line as people use it: `docker push`, the tag in the API, the webhook at its receiver."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook

from boatyard.shared.testing.clients import Docker, Skopeo, output_of
from boatyard.shared.testing.images import write_index
from boatyard.shared.testing.installation import PASSWORD, Installation, Person
from boatyard.shared.testing.processes import wait_until
from boatyard.shared.testing.receiver import Received
from tests.e2e.mailbox import Mailbox

pytestmark = pytest.mark.docker

DockerOf = Callable[[str], Docker]


@pytest.fixture(scope="module")
def captain(boatyard: Installation) -> Person:
    return boatyard.sign_up("captain")


def subscribe(person: Person, repository: str, mailbox: Mailbox, **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = person.post(
        f"/repositories/{repository}/webhooks", url=mailbox.url, **more
    )
    return made


def webhook_ids(requests: list[Received]) -> set[str]:
    return {request.headers["webhook-id"] for request in requests}


def tag_of(person: Person, repository: str, name: str) -> dict[str, Any]:
    """The tag once it is there and described."""

    def found() -> dict[str, Any] | None:
        items = person.get(f"/repositories/{repository}/tags")["items"]
        return next((item for item in items if item["name"] == name and item["described"]), None)

    wait_until(lambda: found() is not None, seconds=90, what=f"{repository}:{name} is described")
    tag = found()
    assert tag is not None
    return tag


def test_a_push_becomes_a_tag_a_signed_webhook_and_an_access_record(
    boatyard: Installation, captain: Person, mailbox: Mailbox, docker_of: DockerOf
) -> None:
    captain.post("/repositories", name="app")
    webhook = subscribe(captain, "captain/app", mailbox)
    docker, reference = docker_of("captain"), f"{boatyard.registry}/captain/app:1.0"
    output_of(docker.login(boatyard.registry, "captain", PASSWORD))
    output_of(docker.build_busybox(reference, says="ahoy"))
    output_of(docker.push(reference))
    digest = docker.digest(reference)

    tag = tag_of(captain, "captain/app", "1.0")
    assert tag["digest"] == digest
    assert tag["pushed_by"] == "captain"
    assert tag["size"] > 1_000_000
    assert [platform["architecture"] for platform in tag["platforms"]] == ["amd64"]

    [request] = mailbox.wait_for(1)
    verified = Webhook(webhook["secret"]).verify(request.body, dict(request.headers))
    assert verified["type"] == "tag.pushed"
    assert verified["data"]["repository"] == "captain/app"
    assert verified["data"]["tag"] == "1.0"
    assert verified["data"]["digest"] == digest

    path = f"/repositories/captain/app/webhooks/{webhook['id']}/deliveries"
    wait_until(
        lambda: captain.get(path)["items"][0]["state"] == "succeeded",
        seconds=90,
        what="the delivery is recorded as succeeded",
    )
    [delivery] = captain.get(path)["items"]
    [attempt] = captain.get(f"{path}/{delivery['id']}")["attempts"]
    assert attempt["response"]["status"] == 200
    assert dict(attempt["request"]["headers"])["webhook-id"] == request.headers["webhook-id"]
    assert attempt["request"]["body"]["text"] == request.body.decode()

    output_of(docker.rmi(reference))
    output_of(docker.pull(reference))
    assert output_of(docker.run("run", "--rm", reference)).strip() == "ahoy"
    assert len(mailbox.requests) == 1


def test_a_multi_platform_image_is_one_event_with_the_digest_of_its_index(
    boatyard: Installation,
    captain: Person,
    mailbox: Mailbox,
    skopeo_of: Callable[[str], Skopeo],
    tmp_path: Path,
) -> None:
    captain.post("/repositories", name="multi")
    subscribe(captain, "captain/multi", mailbox)
    skopeo, index = skopeo_of("captain"), write_index(tmp_path / "layout", tag="1")
    output_of(skopeo.login(boatyard.registry, "captain", PASSWORD))
    for tag in ("1", "2"):
        output_of(skopeo.copy(index.source, f"docker://{boatyard.registry}/captain/multi:{tag}"))
    requests = mailbox.wait_for(2)
    seen = {
        (body["data"]["tag"], body["data"]["digest"])
        for body in (json.loads(request.body) for request in requests)
    }
    assert seen == {("1", index.digest), ("2", index.digest)}
    platforms = tag_of(captain, "captain/multi", "1")["platforms"]
    assert {platform["architecture"] for platform in platforms} == {"amd64", "arm64"}
    assert len(mailbox.requests) == 2


def test_pushing_the_same_again_tells_nobody_and_moving_a_tag_does(
    boatyard: Installation, captain: Person, mailbox: Mailbox, docker_of: DockerOf
) -> None:
    captain.post("/repositories", name="moves")
    subscribe(captain, "captain/moves", mailbox)
    docker, reference = docker_of("captain"), f"{boatyard.registry}/captain/moves:latest"
    output_of(docker.login(boatyard.registry, "captain", PASSWORD))
    digests = []
    for text in ("one", "one", "two"):
        output_of(docker.build(reference, text=text))
        output_of(docker.push(reference))
        digests.append(docker.digest(reference))
    bodies = [json.loads(request.body) for request in mailbox.wait_for(2)]
    assert [body["data"]["digest"] for body in bodies] == [digests[0], digests[2]]
    assert bodies[1]["data"]["previous_digest"] == digests[0]


def test_deleting_a_tag_is_told_and_it_can_be_restored(
    boatyard: Installation, captain: Person, mailbox: Mailbox, docker_of: DockerOf
) -> None:
    captain.post("/repositories", name="undo")
    subscribe(captain, "captain/undo", mailbox, events=["tag.pushed", "tag.deleted"])
    docker, reference = docker_of("captain"), f"{boatyard.registry}/captain/undo:1"
    output_of(docker.login(boatyard.registry, "captain", PASSWORD))
    output_of(docker.build(reference))
    output_of(docker.push(reference))
    digest = docker.digest(reference)
    tag_of(captain, "captain/undo", "1")
    captain.delete("/repositories/captain/undo/tags/1")
    pushed, deleted = [json.loads(request.body) for request in mailbox.wait_for(2)]
    assert [pushed["type"], deleted["type"]] == ["tag.pushed", "tag.deleted"]
    assert [pushed["data"]["pushed_by"], deleted["data"]["deleted_by"]] == ["captain", "captain"]
    output_of(docker.rmi(reference))
    assert docker.pull(reference).returncode != 0
    captain.post("/repositories/captain/undo/tags/1/restore", digest=digest)
    mailbox.wait_for(3)
    output_of(docker.pull(reference))
    assert docker.digest(reference) == digest


def test_a_push_to_a_repository_that_does_not_exist_makes_it_private(
    boatyard: Installation, captain: Person, docker_of: DockerOf
) -> None:
    docker, reference = docker_of("captain"), f"{boatyard.registry}/captain/fresh:1"
    output_of(docker.login(boatyard.registry, "captain", PASSWORD))
    output_of(docker.build(reference))
    output_of(docker.push(reference))
    wait_until(
        lambda: captain.api.get("/repositories/captain/fresh").is_success,
        seconds=90,
        what="the repository is there",
    )
    assert captain.get("/repositories/captain/fresh")["public"] is False
    tag_of(captain, "captain/fresh", "1")


def test_where_pushes_make_no_repositories_docker_shows_why(
    make_boatyard: Callable[..., Installation], docker_of: DockerOf
) -> None:
    strict = make_boatyard(BOATYARD_CATALOG_CREATE_ON_PUSH="false")
    strict.start()
    strict.sign_up("captain")
    docker, reference = docker_of("captain"), f"{strict.registry}/captain/fresh:1"
    output_of(docker.login(strict.registry, "captain", PASSWORD))
    output_of(docker.build(reference))
    refused = docker.push(reference)
    assert refused.returncode != 0
    assert "denied" in refused.stdout
