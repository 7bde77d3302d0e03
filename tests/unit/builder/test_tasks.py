"""What builder clears away, and what it says of its engine."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from boatyard.builder import tasks
from boatyard.builder.context import make_context
from boatyard.builder.engine_choice import engine_host, relayed_registry
from boatyard.builder.engine_host import SHARED
from boatyard.builder.engines.base import EngineDown, Order, build_of, image_name
from boatyard.builder.engines.private import cgroups
from boatyard.builder.engines.private.cgroups import Limits
from boatyard.builder.masking import Masker
from boatyard.builder.settings import BuilderSettings
from boatyard.builder.transcript import Transcript
from boatyard.builder.workspace import Workspace
from boatyard.shared.events import RepositoryDeleted
from tests.unit.builder.kit import REPOSITORY, REPOSITORY_ID, Kit


async def test_old_builds_go_with_their_logs(kit: Kit) -> None:
    async with kit.running(keep_builds=1, keep_days=1) as api:
        first = await kit.order()
        await kit.ended(first)
        await kit.ended(await kit.order())
        kit.clock.advance(days=2)
        await tasks.forget(kit.state)
        assert [b["number"] for b in (await api.get("/builds")).json()["items"]] == [2]
        assert not kit.state.logs.exists(first)


async def test_the_builds_of_a_deleted_repository_go(kit: Kit) -> None:
    async with kit.running() as api:
        id = await kit.order()
        await kit.ended(id)
        await kit.send(RepositoryDeleted(repository_id=REPOSITORY_ID, repository=REPOSITORY))

        async def gone() -> bool:
            return (await kit.row(id)).repository_gone

        await kit.until(gone, "it is marked")
        await tasks.forget(kit.state)
        assert (await api.get("/builds")).json()["items"] == []


async def test_images_that_dead_workers_left_are_removed(kit: Kit, tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "Dockerfile").write_text("FROM scratch\n")
    context = make_context(
        tmp_path / "project",
        context=".",
        dockerfile="Dockerfile",
        archive=tmp_path / "context.tar.gz",
        limit=1000,
        mtime=0,
    )
    left = Order(
        image=image_name("of-a-dead-worker", 1),
        context=context.archive,
        dockerfile=context.dockerfile,
        dockerfile_text=context.dockerfile_text,
        registries=("localhost:5000",),
        cache_namespace="team",
    )
    async with kit.running():
        await kit.ended(await kit.order())
        transcript = Transcript(kit.state.logs.writer(uuid4()), Masker())
        await kit.engine.build(left, transcript)
        transcript.close()
        assert left.image in await kit.engine.leftovers()
        await tasks.clear_engine(kit.state)
        assert left.image not in await kit.engine.leftovers()


def test_a_folder_of_a_process_that_is_gone_is_removed(tmp_path: Path) -> None:
    (tmp_path / "left" / "source").mkdir(parents=True)
    mine, other = Workspace(tmp_path), Workspace(tmp_path)
    mine.open()
    other.open()
    assert sorted(tmp_path.iterdir()) == sorted([mine.folder, other.folder])
    other.close()
    mine.close()
    assert list(tmp_path.iterdir()) == []


def test_an_image_leads_back_to_its_build() -> None:
    assert build_of(image_name("0190", 2)) == "0190"


async def test_an_engine_that_is_not_there_is_told_of_in_words(tmp_path: Path) -> None:
    host = f"unix://{tmp_path}/none.sock"
    engines = engine_host(BuilderSettings(private_engine="off", docker_host=host))
    with pytest.raises(EngineDown):
        await engines.engine()
    assert (
        engines.note == f"builds wait: no Docker engine answers at {host}: there is no such socket"
    )


async def test_an_engine_that_is_not_walled_off_is_told_of(kit: Kit) -> None:
    async with kit.running():
        assert kit.state.engines.note == ""
        await kit.ended(await kit.order())
        assert kit.state.engines.note == SHARED


@pytest.mark.parametrize(
    ("host", "url", "relayed"),
    [
        ("localhost:5000", "http://127.0.0.1:5000", "localhost:5000"),
        ("registry.example.com", "http://registry:5000", "localhost:5000"),
        ("registry.example.com:5443", "http://registry:5001", "localhost:5001"),
        ("localhost", "http://registry", "localhost:5000"),
    ],
)
def test_the_private_engine_knows_the_registry_by_a_loopback_name(
    host: str, url: str, relayed: str
) -> None:
    settings = BuilderSettings(registry_host=host, registry_url=url)
    assert relayed_registry(settings) == relayed


LIMITS = Limits(memory_mib=512, cpus=1.5, processes=300)


def test_limits_are_set_in_a_group_of_version_2(tmp_path: Path) -> None:
    (tmp_path / "cgroup.controllers").write_text("cpu memory pids")
    assert cgroups.make_group("builds", LIMITS, root=tmp_path) == []
    group = tmp_path / "builds"
    assert (group / "memory.max").read_text() == str(512 * 1024 * 1024)
    assert (group / "cpu.max").read_text() == "150000 100000"
    assert (group / "pids.max").read_text() == "300"


def test_limits_are_set_in_groups_of_version_1(tmp_path: Path) -> None:
    for controller in ("memory", "cpu", "pids"):
        (tmp_path / controller).mkdir()
    assert cgroups.make_group("builds", LIMITS, root=tmp_path) == []
    assert (tmp_path / "cpu" / "builds" / "cpu.cfs_quota_us").read_text() == "150000"


def test_limits_that_can_not_be_set_are_named(tmp_path: Path) -> None:
    (tmp_path / "memory").mkdir()
    assert cgroups.make_group("builds", LIMITS, root=tmp_path) == ["pids", "cpu"]
