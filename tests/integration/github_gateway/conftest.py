"""A GitHub of the tests' own, whose every answer must have the shape that GitHub publishes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from boatyard.github_gateway.github.addresses import Addresses
from boatyard.github_gateway.github.client import GithubClient
from boatyard.github_gateway.github.transport import Transport
from boatyard.shared.clock import SystemClock
from boatyard.shared.testing.github import FakeGithub, FakeProject
from tests.contract.inbound.github.published import check_answers
from tests.integration.github_gateway.harness import Gateway, connect


@pytest.fixture
def github(tmp_path: Path) -> Iterator[FakeGithub]:
    fake = FakeGithub(tmp_path / "github")
    fake.start()
    yield fake
    fake.stop()
    check_answers(fake.api.answers)


@pytest.fixture
async def client(github: FakeGithub) -> AsyncIterator[GithubClient]:
    client = GithubClient(Addresses.of(github.url), Transport(SystemClock()))
    yield client
    await client.close()


@pytest.fixture
async def gateway(github: FakeGithub, tmp_path: Path) -> AsyncIterator[Gateway]:
    """A gateway on SQLite that is connected with GitHub, and to which ada's account is linked."""
    gateway = Gateway(github, tmp_path / "gateway")
    await gateway.start()
    await connect(gateway)
    yield gateway
    await gateway.stop()


@pytest.fixture
def project(github: FakeGithub) -> FakeProject:
    """ada's private project, with a commit on main."""
    project = github.make_project("ada/boat", private=True)
    project.git.commit({"Dockerfile": "FROM scratch\n"}, "Lay the keel")
    return project
