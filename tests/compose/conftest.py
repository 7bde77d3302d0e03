"""One installation by compose.yaml, beside a GitHub; services one by one; and a receiver of webhooks."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest

from boatyard.shared.testing.clients import Docker
from boatyard.shared.testing.github import FakeGithub
from boatyard.shared.testing.github.linking import link, make_app
from boatyard.shared.testing.installation import Person
from tests.compose.containers import Harbour, open_harbour
from tests.compose.engine import BRIDGE, NetworkedEngine
from tests.compose.fleet import SERVICES_ALONE, Fleet
from tests.e2e.mailbox import Mailbox


@pytest.fixture(scope="session")
def networked_engine() -> Iterator[NetworkedEngine]:
    engine = NetworkedEngine()
    engine.start()
    yield engine
    engine.stop()


@pytest.fixture(scope="session")
def images(networked_engine: NetworkedEngine) -> None:
    """The services' images, and those that they need beside them."""
    Fleet(networked_engine).build("python", "nats", "postgres", parts=SERVICES_ALONE)


@pytest.fixture(scope="module")
def harbour(
    networked_engine: NetworkedEngine, images: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Harbour]:
    """NATS and PostgreSQL for services that a test starts one by one."""
    with open_harbour(networked_engine, tmp_path_factory.mktemp("harbour")) as harbour:
        yield harbour


@pytest.fixture(scope="session")
def github(
    networked_engine: NetworkedEngine, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FakeGithub]:
    """A GitHub where octocat is signed in, and pushes with a password."""
    github = FakeGithub(tmp_path_factory.mktemp("github"), host=BRIDGE)
    github.world.signed_in = "octocat"
    github.world.grant_password("octocat", "octocat")
    github.start()
    yield github
    github.stop()


@pytest.fixture(scope="session")
def fleet(networked_engine: NetworkedEngine, github: FakeGithub) -> Iterator[Fleet]:
    fleet = Fleet(
        networked_engine,
        BOATYARD_WEBHOOK_DISPATCHER_ALLOW_NETWORKS=f"{BRIDGE}/32",
        BOATYARD_GITHUB_GATEWAY_GITHUB_URL=github.url,
        BOATYARD_BUILDER_FETCH_HTTP_HOSTS=f"{BRIDGE}:{github.port}",
        BOATYARD_BUILDER_FETCH_ALLOW_NETWORKS=f"{BRIDGE}/32",
    )
    fleet.build()
    try:
        fleet.up()
        yield fleet
    finally:
        fleet.remove()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Function, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What the services said belongs to the report of a test that failed."""
    report = yield
    fleet = item.funcargs.get("fleet")
    if report.failed and isinstance(fleet, Fleet):
        report.sections.append(("what the services said", fleet.logs()))
    return report


@pytest.fixture(scope="session")
def captain(fleet: Fleet, github: FakeGithub) -> Person:
    """Who administers this Boatyard, has let GitHub make its App, and is linked with octocat."""
    captain = fleet.sign_up("captain")
    make_app(captain)
    link(captain)
    return captain


@pytest.fixture
def mailbox(networked_engine: NetworkedEngine) -> Iterator[Mailbox]:
    """A receiver of webhooks that containers reach."""
    mailbox = Mailbox(BRIDGE)
    mailbox.start()
    yield mailbox
    mailbox.stop()


@pytest.fixture
def docker_of(networked_engine: NetworkedEngine, tmp_path: Path) -> Callable[[str], Docker]:
    """Makes the docker command of a person, which reaches the gateway from this machine."""

    def make(person: str) -> Docker:
        folder = tmp_path / f"docker-of-{person}"
        folder.mkdir(mode=0o700, exist_ok=True)
        return Docker(networked_engine, folder)

    return make
