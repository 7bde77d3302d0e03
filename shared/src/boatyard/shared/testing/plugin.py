"""The pytest plugin of Boatyard's tests: `pytest_plugins = ["boatyard.shared.testing.plugin"]`.

What is expensive to start is started once per session, and stopped by its process id at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog

from boatyard.shared.testing.clients import Buildah, Docker, Skopeo
from boatyard.shared.testing.engine import Engine
from boatyard.shared.testing.postgres import Postgres


@pytest.fixture(scope="session", autouse=True)
def plain_logs() -> None:
    """Log without decoration: a traceback with all its variables takes many seconds to draw."""
    renderer = structlog.dev.ConsoleRenderer(
        colors=False, exception_formatter=structlog.dev.plain_traceback
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            renderer,
        ]
    )


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """A private Docker engine. A machine where it can't run fails the tests that need it, with the reason."""
    engine = Engine()
    engine.start()
    yield engine
    engine.stop()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server; a test takes an empty database of it with `new_database`."""
    server = Postgres()
    server.start()
    yield server
    server.remove()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database: each test that takes it runs once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path}/test.db"
    server: Postgres = request.getfixturevalue("postgres")
    return server.new_database()


@pytest.fixture
def docker_of(engine: Engine, tmp_path: Path) -> Callable[[str], Docker]:
    """Makes the docker command of a person; the same person's logins are kept for the whole test."""
    return lambda person: Docker(engine, _folder(tmp_path, "docker", person))


@pytest.fixture
def skopeo_of(tmp_path: Path) -> Callable[[str], Skopeo]:
    """Makes the skopeo of a person."""
    return lambda person: Skopeo(_folder(tmp_path, "skopeo", person))


@pytest.fixture
def buildah_of(tmp_path: Path) -> Callable[[str], Buildah]:
    """Makes the buildah of a person."""
    return lambda person: Buildah(_folder(tmp_path, "buildah", person))


def _folder(parent: Path, tool: str, person: str) -> Path:
    folder = parent / f"{tool}-of-{person}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder
