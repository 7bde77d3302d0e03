"""Private means private: who may pull and push what, asked with the real docker command."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from boatyard.shared.testing.clients import Docker, Done, output_of
from boatyard.shared.testing.installation import PASSWORD, Installation, Person
from boatyard.shared.testing.processes import wait_until

pytestmark = pytest.mark.docker

DockerOf = Callable[[str], Docker]
REPOSITORY = "crew/ship"


@pytest.fixture(scope="module")
def people(boatyard: Installation) -> dict[str, Person]:
    return {name: boatyard.sign_up(name) for name in ("owner", "writer", "reader", "stranger")}


@pytest.fixture(scope="module")
def crew(people: dict[str, Person]) -> Person:
    """The owner of an organization with a writer and a reader, and one private and one public repository."""
    owner = people["owner"]
    owner.post("/organizations", name="crew")
    for name in ("writer", "reader"):
        owner.put(f"/organizations/crew/members/{name}", role=name)
    owner.post("/repositories", namespace="crew", name="ship", public=False)
    owner.post("/repositories", namespace="crew", name="flag", public=True)
    return owner


@pytest.fixture
def images(boatyard: Installation, crew: Person, docker_of: DockerOf) -> None:
    """One image in each of the two repositories."""
    docker = docker_of("owner")
    output_of(docker.login(boatyard.registry, "owner", PASSWORD))
    for name in ("ship", "flag"):
        reference = f"{boatyard.registry}/crew/{name}:1"
        output_of(docker.build(reference, text=name))
        output_of(docker.push(reference))
        output_of(docker.rmi(reference))


@pytest.mark.usefixtures("images")
@pytest.mark.parametrize(
    ("person", "may_pull", "may_push"),
    [
        ("owner", True, True),
        ("writer", True, True),
        ("reader", True, False),
        ("stranger", False, False),
        (None, False, False),
    ],
)
def test_a_private_repository_asks_for_the_role(
    boatyard: Installation,
    docker_of: DockerOf,
    person: str | None,
    may_pull: bool,
    may_push: bool,
) -> None:
    docker = docker_of(person or "nobody")
    if person is not None:
        output_of(docker.login(boatyard.registry, person, PASSWORD))
    assert allowed(docker.pull(f"{boatyard.registry}/{REPOSITORY}:1")) is may_pull
    new = f"{boatyard.registry}/{REPOSITORY}:by-{person or 'nobody'}"
    output_of(docker.build(new, text=f"by {person}"))
    assert allowed(docker.push(new)) is may_push


@pytest.mark.usefixtures("images")
def test_a_public_repository_is_pulled_by_anybody_and_pushed_by_its_writers_only(
    boatyard: Installation, docker_of: DockerOf
) -> None:
    docker, reference = docker_of("nobody"), f"{boatyard.registry}/crew/flag:1"
    output_of(docker.pull(reference))
    assert not allowed(docker.push(reference))


@pytest.mark.usefixtures("images")
def test_a_token_does_what_its_scope_says_until_it_is_revoked(
    boatyard: Installation, people: dict[str, Person], docker_of: DockerOf
) -> None:
    owner, docker, reference = people["owner"], docker_of("ci"), f"{boatyard.registry}/crew/ship:1"
    secret = owner.token("pull", repository=REPOSITORY)
    output_of(docker.login(boatyard.registry, "owner", secret))
    output_of(docker.pull(reference))
    assert not allowed(docker.push(reference))
    assert not allowed(docker.pull(f"{boatyard.registry}/crew/flag:none"))
    [token] = owner.get("/account/tokens")["items"]
    owner.delete(f"/account/tokens/{token['id']}")
    output_of(docker.rmi(reference))
    assert not allowed(docker.pull(reference))
    assert docker.login(boatyard.registry, "owner", secret).returncode != 0


@pytest.mark.usefixtures("images")
def test_an_expired_token_is_refused(
    boatyard: Installation, people: dict[str, Person], docker_of: DockerOf
) -> None:
    docker, soon = docker_of("late"), dt.datetime.now(dt.UTC) + dt.timedelta(seconds=2)
    secret = people["writer"].token("pull", expires_at=soon.isoformat())

    def refused() -> bool:
        done = docker.login(boatyard.registry, "writer", secret)
        return done.returncode != 0 and "unauthorized" in done.stdout.lower()

    wait_until(refused, seconds=90, what="a token that expired is refused")


def test_a_wrong_password_is_refused(boatyard: Installation, docker_of: DockerOf) -> None:
    assert docker_of("thief").login(boatyard.registry, "owner", "wrong-password").returncode != 0


def allowed(done: Done) -> bool:
    """Whether a command succeeded; a failure must be a refusal, and nothing else that went wrong."""
    output = done.stdout.lower()
    refusals = ("denied", "unauthorized", "authentication required", "not found", "unknown")
    assert done.returncode == 0 or any(word in output for word in refusals), output
    return done.returncode == 0
