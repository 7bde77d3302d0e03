"""Parts that only the tests of webhook-dispatcher need."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from boatyard.shared.testing.postgres import Postgres


@pytest.fixture
def postgres_of_its_own() -> Iterator[tuple[str, Postgres]]:
    """A server that a test may kill, and the URL of an empty database in it."""
    server = Postgres()
    server.start()
    yield server.new_database(), server
    server.remove()
