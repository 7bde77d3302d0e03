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

SERVICES = ("builder", "catalog", "github-gateway", "registry-notifier", "webhook-dispatcher")


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


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let whole installations be tried on PostgreSQL, too; what is smaller is tried on both in every run."""
    parser.addoption(
        "--database",
        choices=("sqlite", "postgresql"),
        default="sqlite",
        help="where whole installations keep their data (default: sqlite)",
    )


@pytest.fixture(scope="session")
def databases(request: pytest.FixtureRequest) -> Callable[[], dict[str, str]]:
    """Makes the environment of an installation that keeps its data where `--database` says."""
    if request.config.getoption("--database") == "sqlite":
        return dict
    server: Postgres = request.getfixturevalue("postgres")
    names = [f"BOATYARD_{service.upper().replace('-', '_')}_DATABASE_URL" for service in SERVICES]
    return lambda: {name: server.new_database() for name in names}


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
