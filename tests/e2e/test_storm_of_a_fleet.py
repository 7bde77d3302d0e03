"""The storm over a fleet with several processes of each part, while tags are pushed there and at GitHub."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from boatyard.shared.testing.clients import Docker, output_of
from boatyard.shared.testing.engine import Engine
from boatyard.shared.testing.github import FakeGithub
from boatyard.shared.testing.postgres import Postgres
from tests.e2e.fleet import Fleet
from tests.e2e.mailbox import Mailbox
from tests.e2e.remains import nothing_is_left
from tests.e2e.shipyard import Shipyard, hurried
from tests.e2e.storm import HURRIED, Storm, nothing_is_lost, subscribe

pytestmark = [pytest.mark.timeout(900), pytest.mark.docker]

MORE = (
    *("catalog", "webhook-dispatcher", "webhook-dispatcher"),
    *("github-gateway", "builder", "builder"),
)


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    """One of the test's own, since it is killed."""
    server = Postgres()
    server.start()
    yield server
    server.remove()


@pytest.fixture
def github(tmp_path: Path) -> Iterator[FakeGithub]:
    github = FakeGithub(tmp_path / "github")
    github.world.signed_in = "octocat"
    github.start()
    yield github
    github.stop()


@pytest.fixture
def fleet(
    tmp_path: Path, postgres: Postgres, github: FakeGithub, engine: Engine
) -> Iterator[Fleet]:
    fleet = Fleet(
        tmp_path,
        postgres=postgres,
        more=MORE,
        clustered=True,
        environment={**HURRIED, **hurried(github, engine)},
    )
    try:
        fleet.start()
        yield fleet
    finally:
        fleet.stop()


@pytest.fixture
def letters() -> Iterator[Mailbox]:
    """A receiver of what is told about builds."""
    letters = Mailbox()
    letters.start()
    yield letters
    letters.stop()


async def test_nothing_is_lost_and_nothing_built_twice_in_a_storm(
    fleet: Fleet,
    postgres: Postgres,
    github: FakeGithub,
    mailbox: Mailbox,
    letters: Mailbox,
    docker_of: Callable[[str], Docker],
) -> None:
    docker = docker_of("ada")
    before = containers(docker)
    ada = fleet.sign_up("ada")
    repositories = subscribe(ada, mailbox)
    shipyard = await asyncio.to_thread(Shipyard.found, github, ada, letters, name="built")
    storm = Storm(fleet, tags=120, postgres=postgres, meanwhile=shipyard.push)
    await storm.rage(ada, repositories)
    assert shipyard.untold, "GitHub did not get through while github-gateway was away"
    await asyncio.gather(
        nothing_is_lost(storm, mailbox), asyncio.to_thread(shipyard.is_built, fleet)
    )
    await nothing_is_left(fleet)
    assert containers(docker) <= before


def containers(docker: Docker) -> set[str]:
    """What there is in the engine, running or not."""
    return set(output_of(docker.run("ps", "--all", "--quiet")).split())
