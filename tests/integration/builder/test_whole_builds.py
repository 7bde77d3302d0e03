"""Builds from a commit to a tag with everything real, and what is true after each part was killed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio

from boatyard.builder.engines.buildkit import BuildKitEngine
from boatyard.shared.events import BuildFinished, BuildImage, BuildStarted, BuildStatus, SourceToken
from boatyard.shared.testing.engine import Engine
from boatyard.shared.testing.nats import NatsServer
from tests.integration.builder.fleet import Fleet, event_of
from tests.integration.builder.gitserver import GitServer
from tests.integration.builder.kit import TokenRegistry

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(
    tmp_path_factory: pytest.TempPathFactory,
    registry: TokenRegistry,
    git: GitServer,
    nats: NatsServer,
    engine: Engine,
) -> AsyncIterator[Fleet]:
    """One builder that the tests of this module share; some kill it and start it again."""
    fleet = Fleet(tmp_path_factory.mktemp("fleet"), registry, git, nats, engine.host)
    async with fleet.running():
        yield fleet


@pytest.fixture
def fleet(shared: Fleet) -> Fleet:
    shared.begin()
    return shared


def simple(fleet: Fleet, *lines: str) -> dict[str, str | bytes]:
    return {"Dockerfile": "\n".join([f"FROM {fleet.base()}", *lines, ""])}


def slow(seconds: int) -> str:
    """A step that is in no cache."""
    return f"RUN echo it-runs; sleep {seconds} # {uuid4()}"


async def test_a_commit_becomes_a_tag(fleet: Fleet) -> None:
    dockerfile = [
        "ARG SOURCE_COMMIT",
        "ARG COLOUR",
        "COPY . /src",
        "RUN echo $COLOUR-$SOURCE_COMMIT && ls /src",
    ]
    files = {**simple(fleet, *dockerfile), "kept.txt": "1", "dropped.log": "2"}
    files[".dockerignore"] = "*.log\n"
    command = await fleet.order(
        files, tags=("1.0", "latest"), recipe={"arguments": {"COLOUR": "green"}}
    )
    told = await fleet.finished(command)
    assert told.status == BuildStatus.SUCCEEDED, told.detail
    assert told.digest == await fleet.digest("1.0") == await fleet.digest("latest")
    assert set(told.seconds) == {"queue", "fetch", "build", "push"}
    log = await fleet.log()
    assert f"green-{command.source.commit}" in log
    assert "kept.txt" in log
    assert "dropped.log" not in log
    assert log.rstrip().endswith("==> Succeeded")


async def test_a_private_project_is_built_and_its_token_is_nowhere(fleet: Fleet) -> None:
    fleet.git.password = "ghs_private-project-token"
    fleet.source_token = SourceToken(username="x-access-token", password=fleet.git.password)
    told = await fleet.finished(await fleet.order(simple(fleet)))
    assert told.status == BuildStatus.SUCCEEDED, told.detail
    await fleet.until(fleet.is_clean, "no folder is left")
    kept = [path for path in (fleet.folder / "var").rglob("*") if path.is_file()]
    assert not [path for path in kept if b"private-project-token" in path.read_bytes()]
    assert "private-project-token" not in fleet.builder.output


async def test_the_log_is_live(fleet: Fleet) -> None:
    await fleet.order(simple(fleet, "RUN printf 'no end of line:'; sleep 60"))
    await fleet.until(fleet.build, "the build is there")
    headers = {"Accept": "text/event-stream"}
    text = ""
    async with fleet.api.stream("GET", f"{fleet.path()}/log", headers=headers) as answer:
        blocks = answer.aiter_text()
        async with asyncio.timeout(60):
            async for block in blocks:
                text += block
                if "no end of line" in text.partition("DONE")[2]:
                    break
        assert (await fleet.build())["status"] == "building"
        await fleet.api.post(f"{fleet.path()}/cancel")
        async for block in blocks:
            text += block
    name, data = event_of(text.strip().rpartition("\n\n")[2])
    assert (name, data["status"]) == ("end", "canceled")


async def test_a_stop_does_not_wait_for_who_reads_a_log(fleet: Fleet) -> None:
    command = await fleet.order(simple(fleet, slow(3)))
    await fleet.logged("\n#5 it-runs")
    headers = {"Accept": "text/event-stream"}
    async with fleet.api.stream("GET", f"{fleet.path()}/log", headers=headers) as answer:
        stopping = asyncio.create_task(asyncio.to_thread(fleet.builder.stop))
        text = "".join([part async for part in answer.aiter_text()])
    assert "it-runs" in text
    assert "event: end" not in text
    assert await stopping == 0
    await fleet.start()
    told = await fleet.finished(command)
    assert told.status == BuildStatus.SUCCEEDED, told.detail
    assert (await fleet.build())["attempt"] == 1


async def test_what_is_canceled_pushes_nothing_and_leaves_nothing(
    fleet: Fleet, engine: Engine
) -> None:
    command = await fleet.order(simple(fleet, slow(60)))
    await fleet.logged("\n#5 it-runs")
    await fleet.api.post(f"{fleet.path()}/cancel")
    told = await fleet.finished(command)
    assert told.status == BuildStatus.CANCELED
    assert await fleet.digest() is None
    await nothing_left(fleet, engine)


async def nothing_left(fleet: Fleet, engine: Engine) -> None:
    docker = BuildKitEngine(engine.host)

    async def clean() -> bool:
        return await fleet.is_clean() and not await docker.leftovers()

    await fleet.until(clean, "nothing is left behind")
    await docker.close()


async def test_killed_while_it_fetches_it_ends_in_a_tag_all_the_same(fleet: Fleet) -> None:
    fleet.git.hangs = True
    command = await fleet.order(simple(fleet))

    async def fetches() -> bool:
        return bool(fleet.git.seen)

    await fleet.until(fetches, "it fetches")
    await kill_and_start(fleet)
    fleet.git.behave()
    await ends_well_at_the_second_attempt(fleet, command)


async def kill_and_start(fleet: Fleet) -> None:
    await asyncio.to_thread(fleet.builder.kill)
    await fleet.start()


async def ends_well_at_the_second_attempt(fleet: Fleet, command: BuildImage) -> None:
    told = await fleet.finished(command)
    assert told.status == BuildStatus.SUCCEEDED, told.detail
    assert told.digest == await fleet.digest()
    attempts = [event.attempt for event in fleet.events if isinstance(event, BuildStarted)]
    assert attempts == [1, 2]
    await fleet.until(fleet.is_clean, "no folder is left")


async def test_killed_while_it_builds_it_ends_in_a_tag_all_the_same(fleet: Fleet) -> None:
    command = await fleet.order(simple(fleet, slow(3)))
    await fleet.logged("\n#5 it-runs")
    await kill_and_start(fleet)
    await ends_well_at_the_second_attempt(fleet, command)
    assert "attempt 2" in await fleet.log()


async def test_killed_while_it_pushes_it_ends_in_a_tag_all_the_same(
    fleet: Fleet, registry: TokenRegistry
) -> None:
    command = await fleet.order(simple(fleet, "RUN head -c 3000000 /dev/urandom > /file"))
    await fleet.logged("==> Pushing")
    registry.process.pause()
    try:
        await kill_and_start(fleet)
    finally:
        registry.process.resume()
    told = await fleet.finished(command)
    assert told.status == BuildStatus.SUCCEEDED, told.detail
    assert told.digest == await fleet.digest()


async def test_a_registry_that_is_gone_for_a_moment_costs_no_build(
    fleet: Fleet, registry: TokenRegistry
) -> None:
    command = await fleet.order(simple(fleet, slow(2)))
    await fleet.logged("\n#5 it-runs")
    registry.process.stop()

    async def waits() -> bool:
        build = await fleet.build()
        return build["status"] == "queued" and "registry" in build["waits_for"].lower()

    try:
        await fleet.until(waits, "it waits for the registry")
    finally:
        registry.start()
    told = await fleet.finished(command)
    assert told.status == BuildStatus.SUCCEEDED, told.detail


async def test_nats_may_be_gone_while_it_builds(fleet: Fleet, nats: NatsServer) -> None:
    command = await fleet.order(simple(fleet, slow(2)))
    await fleet.logged("\n#5 it-runs")
    nats.kill()
    await asyncio.sleep(1)
    nats.start()
    told = await fleet.finished(command)
    assert told.status == BuildStatus.SUCCEEDED, told.detail
    mine = [e for e in fleet.events if isinstance(e, BuildFinished) and e.build_id == command.id]
    assert len(mine) == 1


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("RUN exit 7", "step-failed"),
        ("COPY nothing /", "copy-source-missing"),
        ("RUNN true", "dockerfile-invalid"),
    ],
)
async def test_a_failure_is_clear(fleet: Fleet, line: str, reason: str) -> None:
    told = await fleet.finished(await fleet.order(simple(fleet, line)))
    assert (told.status, told.reason, told.user_error) == (BuildStatus.FAILED, reason, True)
    assert (await fleet.log()).rstrip().endswith(told.detail)


async def test_access_that_was_revoked_is_clear(fleet: Fleet) -> None:
    fleet.git.password = "not-given-any-more"
    told = await fleet.finished(await fleet.order(simple(fleet)))
    assert (told.reason, told.user_error) == ("source-denied", True)
