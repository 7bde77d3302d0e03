"""A builder with a private engine, killed while it builds: nothing runs on, and the build ends well."""

from __future__ import annotations

import asyncio
from pathlib import Path

import psutil

from boatyard.shared.events import BuildStarted, BuildStatus
from boatyard.shared.testing.nats import NatsServer
from tests.integration.builder.fleet import Fleet
from tests.integration.builder.gitserver import GitServer
from tests.integration.builder.kit import TokenRegistry

PRIVATE = {
    "BOATYARD_BUILDER_PRIVATE_ENGINE": "on",
    "BOATYARD_BUILDER_BUILD_NETWORK": "default",
    "BOATYARD_BUILDER_DISK_GIB": "1",
}


async def test_nothing_runs_on_and_the_build_ends_well(
    tmp_path: Path, registry: TokenRegistry, git: GitServer, nats: NatsServer
) -> None:
    fleet = Fleet(tmp_path, registry, git, nats, "unix:///none", PRIVATE)
    async with fleet.running():
        dockerfile = f"FROM {fleet.base()}\nCOPY . /src\nRUN echo it-runs; sleep 4\n"
        command = await fleet.order({"Dockerfile": dockerfile})
        await fleet.logged("\n#6 it-runs")
        assert running(tmp_path)
        await asyncio.to_thread(fleet.builder.kill)

        async def all_gone() -> bool:
            return not running(tmp_path)

        await fleet.until(all_gone, "the engine and what runs in it are gone")
        await fleet.start()
        told = await fleet.finished(command)
        assert told.status == BuildStatus.SUCCEEDED, told.detail
        assert told.digest == await fleet.digest()
        attempts = [event.attempt for event in fleet.events if isinstance(event, BuildStarted)]
        assert attempts == [1, 2]
    assert not running(tmp_path)


def running(folder: Path) -> list[str]:
    """The engines that were started in a folder, and the steps that run in one."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if words == ["sleep", "4"] or any(f"{folder}/var/engine" in word for word in words):
            found.append(" ".join(words))
    return found
