"""The database is killed while an image is built: the build goes on, and is written down once it is back."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from boatyard.shared.events import BuildStarted, BuildStatus
from boatyard.shared.testing.engine import Engine
from boatyard.shared.testing.nats import NatsServer
from boatyard.shared.testing.postgres import Postgres
from tests.integration.builder.fleet import Fleet
from tests.integration.builder.gitserver import GitServer
from tests.integration.builder.kit import TokenRegistry


@pytest.fixture
def server() -> Iterator[Postgres]:
    """One of the test's own, since it is killed."""
    server = Postgres()
    server.start()
    yield server
    server.remove()


async def test_a_build_outlives_a_restart_of_its_database(
    tmp_path: Path,
    registry: TokenRegistry,
    git: GitServer,
    nats: NatsServer,
    engine: Engine,
    server: Postgres,
) -> None:
    settings = {
        "BOATYARD_DATABASE_URL": server.new_database(),
        "BOATYARD_BUILDER_LEASE_SECONDS": "40",
    }
    fleet = Fleet(tmp_path, registry, git, nats, engine.host, settings)
    async with fleet.running():
        dockerfile = f"FROM {fleet.base()}\nRUN echo it-runs; sleep 6\n"
        command = await fleet.order({"Dockerfile": dockerfile})
        await fleet.logged("it-runs\n")
        await asyncio.to_thread(server.kill)

        async def noticed() -> bool:
            lines = fleet.builder.output.splitlines()
            return any("lease_not_renewed" in it and "ConnectionRefused" in it for it in lines)

        await fleet.until(noticed, "the worker notices")
        await asyncio.to_thread(server.start)
        told = await fleet.finished(command)
        assert told.status == BuildStatus.SUCCEEDED, told.detail
        attempts = [event.attempt for event in fleet.events if isinstance(event, BuildStarted)]
        assert attempts == [1], "it was not begun anew"
