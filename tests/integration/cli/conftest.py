"""A whole Boatyard beside a GitHub, and a receiver of webhooks, which can also play an API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from boatyard.shared.testing.github import FakeGithub
from boatyard.shared.testing.installation import PASSWORD, Installation, Person
from tests.e2e.mailbox import Mailbox
from tests.integration.cli.kit import CommandLine


@pytest.fixture(scope="package")
def github(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeGithub]:
    """A GitHub where octocat is signed in."""
    github = FakeGithub(tmp_path_factory.mktemp("github"))
    github.world.signed_in = "octocat"
    github.start()
    yield github
    github.stop()


@pytest.fixture(scope="package")
def yard(
    github: FakeGithub,
    tmp_path_factory: pytest.TempPathFactory,
    databases: Callable[[], dict[str, str]],
) -> Iterator[Installation]:
    """One installation that the tests of this folder share."""
    yard = Installation(
        tmp_path_factory.mktemp("boatyard"),
        **databases(),
        BOATYARD_GITHUB_GATEWAY_GITHUB_URL=github.url,
    )
    yard.start()
    yield yard
    yard.remove()


@pytest.fixture(scope="package")
def captain(yard: Installation) -> Person:
    """Who administers it."""
    return yard.sign_up("captain")


@pytest.fixture
def boatyard(yard: Installation, captain: Person, tmp_path: Path) -> CommandLine:
    """The command, with captain signed in."""
    boatyard = CommandLine(tmp_path)
    boatyard("login", "--username", captain.username, yard.url, typed=f"{PASSWORD}\n")
    return boatyard


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    mailbox = Mailbox()
    mailbox.start()
    yield mailbox
    mailbox.stop()
