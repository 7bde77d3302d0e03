"""The private engine: builds of strangers reach nothing of ours, are bounded, and end with it."""

from __future__ import annotations

import asyncio
import socket
import tempfile
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
import pytest_asyncio

from boatyard.builder.engine_choice import engine_host
from boatyard.builder.engine_host import EngineHost
from boatyard.builder.engines.base import EngineDown, Order
from boatyard.builder.engines.private.engine import FIRST_UID
from boatyard.builder.reasons import BuildError, Reason
from boatyard.builder.settings import BuilderSettings
from tests.integration.builder.kit import PUBLIC, PullsOf, RecordedOutput, TokenRegistry, order

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass
class World:
    """A private engine, and the folder that it is in."""

    host: EngineHost
    registry: TokenRegistry
    folder: Path
    settings: BuilderSettings

    def __post_init__(self) -> None:
        self.output = RecordedOutput()

    async def build(self, *lines: str, namespace: str = "team") -> str:
        """Build upon the public base image; what it printed."""
        image = "boatyard-build/private:1"
        docker = await self.host.engine()
        self.output = RecordedOutput()
        text = "\n".join([f"FROM {self.registry.host}/{PUBLIC}:1", *lines, ""])
        await docker.build(self._order(image, text, namespace), self.output)
        await docker.remove(image)
        return self.output.texts

    async def fails(self, *lines: str) -> BuildError:
        with pytest.raises(BuildError) as caught:
            await self.build(*lines)
        return caught.value

    def _order(self, image: str, text: str, namespace: str = "team") -> Order:
        return order(
            self.folder,
            image,
            text,
            registry=self.registry.host,
            files={"folder/file.txt": b"from the context"},
            network="default",
            namespace=namespace,
            owner=FIRST_UID,
            tokens=PullsOf(self.registry, (PUBLIC,)),
        )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(
    tmp_path_factory: pytest.TempPathFactory, registry: TokenRegistry
) -> AsyncIterator[World]:
    folder = tmp_path_factory.mktemp("private")
    settings = BuilderSettings(
        data_dir=folder,
        private_engine="on",
        registry_url=f"http://{registry.host}",
        registry_host=registry.host,
        memory_mib=256,
        processes=200,
        disk_gib=1,
    )
    host = engine_host(settings)
    yield World(host, registry, folder, settings)
    await host.close()


class Trap:
    """A server of ours, which nobody may reach: it listens on every address of this machine."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("0.0.0.0", 0))
        self.port = self._listener.getsockname()[1]
        self.caught: list[Any] = []
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, address = self._listener.accept()
            except OSError:
                return
            self.caught.append(address)
            connection.close()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@pytest.fixture
def trap() -> Iterator[Trap]:
    trap = Trap()
    yield trap
    trap.close()


def own_addresses() -> list[str]:
    """The addresses of this machine."""
    found = [a for entries in psutil.net_if_addrs().values() for a in entries]
    return [a.address for a in found if a.family == socket.AF_INET]


async def test_it_builds_and_pushes(world: World) -> None:
    printed = await world.build("COPY . /src", "RUN ls -ln /src/folder && cat /src/folder/file.txt")
    assert "from the context" in printed
    assert (await world.host.engine()) is not None
    assert world.host.facts is not None
    assert world.host.facts.walled_off
    assert world.host.note == ""


async def test_files_belong_to_root_in_the_image_and_to_nobody_outside(world: World) -> None:
    printed = await world.build(
        "COPY . /src",
        "RUN stat -c 'owner %u:%g %n' /src /src/folder /src/folder/file.txt && id -u && "
        "ln /src/folder/file.txt /src/link && cat /proc/self/uid_map",
    )
    assert printed.count("owner 0:0") == 3
    assert "\n0\n" in printed
    assert str(FIRST_UID) in printed.split()


async def test_a_build_reaches_no_service_of_ours(world: World, trap: Trap) -> None:
    hosts = ["127.0.0.1", "localhost", "192.0.2.1", "172.17.0.1", *own_addresses()]
    tries = " ; ".join(
        f"echo GET / | nc -w 2 {host} {trap.port} ; "
        f"printf 'CONNECT {host}:{trap.port} HTTP/1.1\\r\\n\\r\\n' | nc -w 2 192.0.2.1 3128"
        for host in dict.fromkeys(hosts)
    )
    printed = await world.build(f"RUN {tries} ; echo the end # {trap.port}")
    assert "the end" in printed
    assert "403 Forbidden" in printed
    assert "Connection established" not in printed
    assert trap.caught == []


@pytest.mark.parametrize("host", ["169.254.169.254", "[fd00:ec2::254]", "10.0.0.1"])
async def test_a_build_reaches_neither_the_metadata_address_nor_the_inner_network(
    world: World, host: str
) -> None:
    tunnel = f"printf 'CONNECT {host}:80 HTTP/1.1\\r\\n\\r\\n' | nc -w 5 192.0.2.1 3128"
    printed = await world.build(f"RUN {tunnel}; nc -w 1 -z {host.strip('[]')} 80 || echo no way")
    assert "403 Forbidden" in printed
    assert "no way" in printed


@pytest.mark.parametrize("host", ["127.0.0.1", "169.254.169.254", "192.0.2.1"])
async def test_add_reaches_no_service_of_ours(world: World, trap: Trap, host: str) -> None:
    error = await world.fails(f"ADD http://{host}:{trap.port}/secret /")
    assert error.reason is Reason.ADD_FAILED, error.detail
    assert trap.caught == []


async def test_a_base_image_reaches_no_service_of_ours(world: World, trap: Trap) -> None:
    docker = await world.host.engine()
    text = f"FROM 127.0.0.1:{trap.port}/a/b\n"
    with pytest.raises(BuildError) as caught:
        await docker.build(world._order("boatyard-build/probe:1", text), RecordedOutput())
    assert caught.value.reason is Reason.BASE_UNREACHABLE
    assert trap.caught == []


async def test_a_build_sees_no_other_process_and_no_socket_of_the_engine(world: World) -> None:
    printed = await world.build(
        "RUN ps && ls -l /var/run /run 2>&1; ls /proc | grep -c '^[0-9]' && mount"
    )
    assert "dockerd" not in printed
    assert "docker.sock" not in printed


async def test_a_namespace_sees_no_other_ones_cache_mounts(world: World) -> None:
    mount = "RUN --mount=type=cache,id=shared,target=/cache"
    await world.build(f"{mount} echo TOPSECRET > /cache/secret")
    assert "TOPSECRET" in await world.build(f"{mount} cat /cache/secret && echo mine")
    theirs = await world.build(f"{mount} cat /cache/secret; echo theirs", namespace="other")
    assert "TOPSECRET" not in theirs
    assert "theirs" in theirs


async def test_a_namespace_is_not_told_what_others_have_run(world: World) -> None:
    async def was_cached(namespace: str) -> bool:
        await world.build("RUN echo the-same-for-all", namespace=namespace)
        steps = world.output.steps.items()
        [number] = [number for number, title in steps if "the-same-for-all" in title]
        return world.output.ends[number][0]

    assert [await was_cached(name) for name in ("team", "team", "other", "other")] == [
        False,
        True,
        False,
        True,
    ]


async def test_what_takes_too_much_memory_is_killed_and_others_go_on(world: World) -> None:
    error = await world.fails("RUN head -c 600000000 /dev/zero | tail > /dev/null")
    assert error.reason is Reason.OUT_OF_MEMORY, error.detail
    assert "fine" in await world.build("RUN echo fine-after-memory")


async def test_a_fork_bomb_ends_as_failed_and_others_go_on(world: World) -> None:
    bomb = "RUN i=0; while [ $i -lt 400 ]; do sleep 20 & i=$((i+1)); done; wait"
    error = await world.fails(bomb)
    assert error.reason is Reason.STEP_FAILED, error.detail
    assert "fork" in world.output.texts
    assert "fine" in await world.build("RUN echo fine-after-forks")


async def test_a_disk_filler_ends_as_failed_and_others_go_on(world: World) -> None:
    error = await world.fails("RUN dd if=/dev/zero of=/big bs=4M")
    assert error.reason is Reason.DISK_FULL, (error.detail, world.output.texts)
    assert "fine" in await world.build("RUN echo fine-after-disk")


def processes_in(folder: Path) -> list[psutil.Process]:
    """The processes that were started with a path in this folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if any(str(folder) in word for word in process.cmdline()):
                found.append(process)
        except psutil.Error:
            continue
    return found


def sleepers() -> list[psutil.Process]:
    return [p for p in psutil.process_iter(["cmdline"]) if p.info["cmdline"] == ["sleep", "3579"]]


async def test_when_it_dies_its_builds_die_and_the_next_build_gets_a_new_one(
    world: World,
) -> None:
    building = asyncio.create_task(world.fails("RUN echo it-runs; sleep 3579"))
    async with asyncio.timeout(60):
        while not sleepers():
            await asyncio.sleep(0.05)
    [engine] = [p for p in processes_in(world.folder) if p.name() == "dockerd"]
    engine.kill()
    error = await building
    assert error.reason is Reason.ENGINE_LOST
    async with asyncio.timeout(60):
        while sleepers():
            await asyncio.sleep(0.05)
    world.host.suspect()
    with pytest.raises(EngineDown):
        await world.host.engine()
    assert "fine" in await world.build("RUN echo fine-after-death")


async def test_two_in_one_folder_are_refused(world: World) -> None:
    await world.host.engine()
    other = engine_host(world.settings)
    with pytest.raises(EngineDown, match="another process"):
        await other.engine()
    await other.close()


async def test_stopping_leaves_nothing_behind(world: World) -> None:
    await world.build("RUN echo last")
    await world.host.close()
    assert processes_in(world.folder) == []
    assert groups() == []


def groups() -> list[Path]:
    """The control groups of engines that do not run any more: one that runs has its sockets."""
    found = Path("/sys/fs/cgroup").glob("**/boatyard-engine-*")
    return [group for group in found if not Path(tempfile.gettempdir(), group.name).exists()]
