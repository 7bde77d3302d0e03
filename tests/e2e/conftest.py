"""A whole Boatyard, started with its real command, for the tests of this folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from boatyard.shared.testing.installation import Installation
from tests.e2e.mailbox import Mailbox


@pytest.fixture(scope="module")
def boatyard(
    tmp_path_factory: pytest.TempPathFactory, databases: Callable[[], dict[str, str]]
) -> Iterator[Installation]:
    """One installation that the tests of a module share."""
    installation = Installation(tmp_path_factory.mktemp("boatyard"), **databases())
    installation.start()
    yield installation
    installation.remove()


@pytest.fixture
def make_boatyard(
    tmp_path: Path, databases: Callable[[], dict[str, str]]
) -> Iterator[Callable[..., Installation]]:
    """Makes installations of a test's own, stopped at its end."""
    made: list[Installation] = []

    def make(name: str = "own", **environment: str) -> Installation:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        made.append(Installation(folder, **{**databases(), **environment}))
        return made[-1]

    yield make
    for installation in made:
        installation.remove()


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """A receiver of webhooks."""
    mailbox = Mailbox()
    mailbox.start()
    yield mailbox
    mailbox.stop()
