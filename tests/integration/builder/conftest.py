"""The servers that the tests of this folder share."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from boatyard.builder.engines.buildkit import BuildKitEngine
from boatyard.shared.logging import set_up_logging
from boatyard.shared.testing.engine import Engine, program
from boatyard.shared.testing.nats import NatsServer
from tests.integration.builder.gitserver import GitServer
from tests.integration.builder.kit import OWN, PRIVATE, PUBLIC, RecordedOutput, TokenRegistry, order

BUSYBOX = (
    "FROM scratch\nCOPY busybox /bin/busybox\n"
    'RUN ["/bin/busybox", "--install", "/bin"]\nLABEL holds={holds}\n'
)
_numbers = count(1)


@pytest.fixture(scope="session", autouse=True)
def logs() -> None:
    """Plain lines: structlog's own colours draw every local variable of a traceback."""
    set_up_logging(level="info", format="json")


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory, engine: Engine) -> Iterator[TokenRegistry]:
    """A registry that holds a public base image, one of the builds' namespace, and a private one of another."""
    registry = TokenRegistry(tmp_path_factory.mktemp("registry"))
    with registry.running():
        busybox = Path(program("busybox")).read_bytes()
        asyncio.run(_fill(registry, engine.host, tmp_path_factory.mktemp("bases"), busybox))
        yield registry


async def _fill(registry: TokenRegistry, host: str, folder: Path, busybox: bytes) -> None:
    docker = BuildKitEngine(host)
    for holds, name in enumerate((PUBLIC, OWN, PRIVATE)):
        image = f"boatyard-build/base-{holds}:1"
        await docker.build(
            order(
                folder,
                image,
                BUSYBOX.format(holds=holds),
                registry=registry.host,
                files={"busybox": busybox},
            ),
            RecordedOutput(),
        )
        token = registry.token(f"repository:{name}:pull,push")
        reference = f"{registry.host}/{name}:1"
        await docker.push(image, reference, token=token, output=RecordedOutput())
        await docker.remove(image, reference)
    await docker.close()


@pytest.fixture
def image() -> str:
    """A name in the engine that no other test uses."""
    return f"boatyard-build/test-{next(_numbers)}:1"


@pytest.fixture(scope="module")
def nats(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsServer]:
    server = NatsServer(tmp_path_factory.mktemp("nats"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def git(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitServer]:
    server = GitServer(tmp_path_factory.mktemp("projects"))
    with server.running():
        yield server
