"""A build from the command to its end, with what it leaves behind."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from boatyard.builder import actions
from boatyard.builder.reasons import BuildError, Reason
from boatyard.shared.events import (
    BuildCause,
    BuildFinished,
    BuildQueued,
    BuildStarted,
    BuildStatus,
    CancelBuilds,
    RepositoryDeleted,
    SourceToken,
)
from tests.unit.builder.kit import REPOSITORY, REPOSITORY_ID, Kit


@pytest.fixture
async def working(kit: Kit) -> AsyncIterator[Kit]:
    async with kit.running():
        yield kit


@pytest.fixture
async def idle(kit: Kit) -> AsyncIterator[Kit]:
    """A builder that takes commands and builds nothing."""
    async with kit.running(workers=0):
        yield kit


async def test_a_command_becomes_a_tag(working: Kit) -> None:
    id = await working.order(tags=("1.0", "latest"))
    build = await working.ended(id)
    assert (build.status, build.reason, build.number) == (BuildStatus.SUCCEEDED, None, 1)
    digest = working.engine.registry.images["localhost:5000/team/app:1.0"]
    assert working.engine.registry.images["localhost:5000/team/app:latest"] == digest
    assert build.digest == digest
    assert build.pushed_tags == ["1.0", "latest"]
    assert set(build.seconds) == {"queue", "fetch", "build", "push"}
    assert build.dockerfile == "FROM scratch\nRUN echo hello\n"


async def test_everybody_is_told_of_its_way(working: Kit) -> None:
    id = await working.order()
    told = await working.finished(id)
    [queued] = await working.told(BuildQueued)
    [started] = await working.told(BuildStarted)
    assert queued.build_id == started.build_id == id
    assert (started.number, started.attempt) == (1, 1)
    assert (told.status, told.tags, told.user_error) == (BuildStatus.SUCCEEDED, ("latest",), False)
    assert told.source.commit == f"{1:040x}"


async def test_it_pushes_with_a_token_for_just_this_repository(working: Kit) -> None:
    await working.ended(await working.order())
    [asked] = working.asked
    assert asked.actor == "build:1"
    assert asked.scopes == (f"repository:{REPOSITORY}:pull,push",)


async def test_numbers_count_per_repository(idle: Kit) -> None:
    first, second = await idle.order(), await idle.order()
    other = await idle.order(repository_id=uuid4(), repository="team/other")
    numbers = [(await idle.row(id)).number for id in (first, second, other)]
    assert numbers == [1, 2, 1]


async def test_a_command_that_comes_twice_is_one_build(idle: Kit) -> None:
    command = idle.command()
    await idle.send(command)
    await idle.send(command.model_copy(update={"id": command.id}))
    await idle.order()
    assert [event.number for event in await idle.told(BuildQueued)] == [1, 2]


async def test_a_newer_push_supersedes_what_waits(idle: Kit) -> None:
    old = await idle.order(group="main")
    new = await idle.order(group="main")
    other = await idle.order(group="other")
    build = await idle.ended(old)
    assert (build.status, build.reason) == (BuildStatus.SUPERSEDED, Reason.NEWER_PUSH)
    assert (await idle.row(new)).status == (await idle.row(other)).status == BuildStatus.QUEUED


async def test_an_older_push_that_comes_late_is_superseded_at_once(idle: Kit) -> None:
    await idle.order(group="main", order=7)
    late = await idle.order(group="main", order=6)
    assert (await idle.ended(late)).status == BuildStatus.SUPERSEDED


async def test_what_was_asked_for_by_hand_is_built_although_it_is_older(idle: Kit) -> None:
    await idle.order(group="main", order=7)
    by_hand = await idle.order(group="main", order=6, cause=BuildCause.MANUAL)
    assert (await idle.row(by_hand)).status == BuildStatus.QUEUED


async def test_a_newer_push_stops_what_runs_if_the_rule_wants_it(kit: Kit) -> None:
    kit.files["Dockerfile"] = "FROM scratch\nRUN sleep 30\n"
    async with kit.running():
        old = await kit.order(group="main")
        await kit.reaches(old, BuildStatus.BUILDING, phase="build")
        await kit.order(group="main", supersede_running=True)
        build = await kit.ended(old)
        assert (build.status, build.reason) == (BuildStatus.SUPERSEDED, Reason.NEWER_PUSH)
        assert kit.engine.pushes == []


async def test_an_older_build_that_ends_late_leaves_the_tag_alone(kit: Kit) -> None:
    kit.files["Dockerfile"] = "FROM scratch\nRUN sleep 0.5\n"
    async with kit.running():
        old = await kit.order(group="main")
        await kit.reaches(old, BuildStatus.BUILDING, phase="build")
        kit.files["Dockerfile"] = "FROM scratch\n"
        new = await kit.order(group="main")
        assert (await kit.ended(new)).status == BuildStatus.SUCCEEDED
        build = await kit.ended(old)
        assert (build.status, build.reason) == (BuildStatus.SUPERSEDED, Reason.OVERTAKEN)
        assert build.detail == "Nothing was pushed: latest is from a newer commit already."
        assert len(kit.engine.pushes) == 1


async def test_an_older_build_still_pushes_the_tags_that_are_its_own(working: Kit) -> None:
    await working.ended(await working.order(order=9))
    old = await working.order(order=8, tags=("latest", "1.0-abcdef0"))
    build = await working.ended(old)
    assert (build.status, build.pushed_tags) == (BuildStatus.SUCCEEDED, ["1.0-abcdef0"])
    assert "Left alone: latest" in build.detail
    assert (await working.finished(old)).tags == ("1.0-abcdef0",)


async def test_two_builds_of_one_tag_never_push_at_once(kit: Kit) -> None:
    kit.files["Dockerfile"] = "# dummy: push-sleep 0.4\nFROM scratch\n"
    async with kit.running(workers=4):
        first = await kit.order()
        await kit.reaches(first, BuildStatus.BUILDING, phase="push")
        second = await kit.order()
        await kit.ended(second)
        assert (await kit.row(first)).status == BuildStatus.SUCCEEDED
        assert len(kit.engine.pushes) == 2


async def test_a_group_is_canceled_when_its_rule_is_gone(kit: Kit) -> None:
    kit.files["Dockerfile"] = "FROM scratch\nRUN sleep 30\n"
    async with kit.running(workers=1):
        running = await kit.order(group="main")
        await kit.reaches(running, BuildStatus.BUILDING, phase="build")
        waiting = await kit.order(group="main")
        other = await kit.order(group="other")
        await kit.send(CancelBuilds(group="main", reason="the rule was deleted"))
        for id in (running, waiting):
            build = await kit.ended(id)
            assert (build.status, build.reason) == (BuildStatus.CANCELED, Reason.REF_GONE)
            assert build.detail == "Canceled: the rule was deleted."
        assert kit.engine.pushes == []
        assert (await kit.row(other)).finished_at is None


async def test_a_deleted_repository_takes_its_builds_along(kit: Kit) -> None:
    kit.files["Dockerfile"] = "FROM scratch\nRUN sleep 30\n"
    async with kit.running():
        running = await kit.order()
        await kit.reaches(running, BuildStatus.BUILDING, phase="build")
        await kit.send(RepositoryDeleted(repository_id=REPOSITORY_ID, repository=REPOSITORY))
        build = await kit.ended(running)
        assert (build.status, build.reason) == (BuildStatus.CANCELED, Reason.REPOSITORY_GONE)


@pytest.mark.parametrize(
    ("dockerfile", "reason", "words"),
    [
        ("FROM scratch\nRUN echo oh && exit 7\n", Reason.STEP_FAILED, "exit code 7"),
        ("FORM scratch\n", Reason.DOCKERFILE_INVALID, "unknown instruction: FORM"),
        ("FROM localhost:5000/team/none\n", Reason.BASE_MISSING, "not found"),
        ("FROM nowhere.example/a\n", Reason.BASE_UNREACHABLE, "no such host"),
        ("FROM scratch\nCOPY none /\n", Reason.COPY_SOURCE_MISSING, "none"),
        ("# syntax=evil/frontend\nFROM scratch\n", Reason.SYNTAX_REFUSED, "evil/frontend"),
        ("# dummy: push-denied\nFROM scratch\n", Reason.PUSH_REFUSED, "denied"),
        ("# dummy: disk-full\nFROM scratch\nRUN true\n", Reason.DISK_FULL, "no space left"),
    ],
)
async def test_a_failure_says_what_it_was(
    kit: Kit, dockerfile: str, reason: Reason, words: str
) -> None:
    kit.files["Dockerfile"] = dockerfile
    async with kit.running(attempts=1):
        id = await kit.order()
        build = await kit.ended(id)
        assert (build.status, build.reason) == (BuildStatus.FAILED, reason)
        assert words in build.detail
        ours = (Reason.PUSH_REFUSED, Reason.DISK_FULL, Reason.BASE_UNREACHABLE)
        assert build.user_error == (reason not in ours)
        assert kit.log(id).rstrip().endswith(f"==> Failed: {build.detail}")
        assert (await kit.finished(id)).reason == reason


async def test_a_missing_dockerfile_is_named(kit: Kit) -> None:
    async with kit.running():
        build = await kit.ended(await kit.order(dockerfile="docker/Dockerfile"))
        assert (build.reason, build.user_error) == (Reason.DOCKERFILE_MISSING, True)
        assert "docker/Dockerfile" in build.detail


async def test_a_source_that_may_not_be_read_is_the_users_matter(kit: Kit) -> None:
    kit.source.error = BuildError(Reason.SOURCE_DENIED, project="octo/hello")
    async with kit.running():
        build = await kit.ended(await kit.order())
        assert (build.reason, build.user_error) == (Reason.SOURCE_DENIED, True)


async def test_a_build_that_takes_too_long_is_stopped(kit: Kit) -> None:
    kit.files["Dockerfile"] = "FROM scratch\nRUN sleep 60\n"
    async with kit.running(max_timeout_seconds=1):
        build = await kit.ended(await kit.order())
        assert (build.status, build.reason) == (BuildStatus.TIMED_OUT, Reason.TIMED_OUT)
        assert kit.engine.running == 0


async def test_a_build_that_is_silent_for_too_long_is_stopped(kit: Kit) -> None:
    kit.files["Dockerfile"] = "FROM scratch\nRUN sleep 60\n"
    async with kit.running(silence_seconds=1):
        build = await kit.ended(await kit.order())
        assert (build.status, build.reason) == (BuildStatus.TIMED_OUT, Reason.SILENT)


async def test_builds_wait_and_say_why_where_there_is_no_engine(kit: Kit) -> None:
    kit.engine.down = True
    async with kit.running() as client:
        id = await kit.order()
        body = await kit.until(lambda: _waiting(client), "it says why it waits")
        assert body["status"] == "queued"
        assert "told to be gone" in body["waits_for"]
        kit.engine.down = False
        assert (await kit.ended(id)).status == BuildStatus.SUCCEEDED


async def _waiting(client: httpx.AsyncClient) -> Any:
    body = (await client.get("/builds/1")).json()
    return body if body["waits_for"] else None


async def test_a_restart_puts_back_what_runs_and_counts_no_attempt(kit: Kit) -> None:
    kit.files["Dockerfile"] = "FROM scratch\nRUN sleep 30\n"
    async with kit.running():
        id = await kit.order()
        await kit.reaches(id, BuildStatus.BUILDING, phase="build")
    kit.files["Dockerfile"] = "FROM scratch\n"
    async with kit.running():
        build = await kit.ended(id)
        assert (build.status, build.attempt) == (BuildStatus.SUCCEEDED, 1)
    assert kit.engine.running == 0


async def test_nothing_is_left_behind(working: Kit) -> None:
    await working.ended(await working.order())

    async def clean() -> bool:
        left = [*working.folder.glob("work/*/*"), *await working.engine.leftovers()]
        return not left

    await working.until(clean, "it has cleaned up")


async def test_a_namespace_with_many_builds_does_not_hold_up_another(kit: Kit) -> None:
    async with kit.running(workers=0):
        for _ in range(3):
            await kit.order()
        await kit.order(repository_id=uuid4(), repository="other/app")
    async with kit.running(workers=1):
        kit.clock.advance(seconds=1)

        async def all_ended() -> list[BuildFinished]:
            told = await kit.told(BuildFinished)
            return told if len(told) == 4 else []

        ended = await kit.until(all_ended, "all four end")
        assert [event.repository for event in ended].index("other/app") <= 1


async def test_a_namespace_may_be_limited(kit: Kit) -> None:
    kit.files["Dockerfile"] = "FROM scratch\nRUN sleep 30\n"
    async with kit.running(workers=4, per_namespace=1):
        first = await kit.order()
        await kit.reaches(first, BuildStatus.BUILDING, phase="build")
        second = await kit.order()
        other = await kit.order(repository_id=uuid4(), repository="other/app")
        await kit.reaches(other, BuildStatus.BUILDING, phase="build")
        assert (await kit.row(second)).status == BuildStatus.QUEUED


async def test_secrets_are_not_in_the_log(kit: Kit) -> None:
    kit.source_token = SourceToken(username="x-access-token", password="ghs_very-secret-indeed")
    kit.files["Dockerfile"] = (
        "FROM scratch\nRUN echo ghs_very-secret-indeed and https://a:bcd@host/ and hunter2hunter2\n"
    )
    async with kit.running():
        id = await kit.order(arguments={"NPM_TOKEN": "hunter2hunter2", "COLOUR": "green"})
        await kit.ended(id)
        log = kit.log(id)
        assert "very-secret" not in log
        assert "hunter2" not in log
        assert "bcd@" not in log
        assert "****" in log


async def test_docker_hubs_variables_are_there_if_they_are_asked_for(kit: Kit) -> None:
    kit.files["Dockerfile"] = "FROM scratch\nARG SOURCE_BRANCH\nARG IMAGE_NAME DOCKER_TAG\n"
    async with kit.running():
        a = await kit.ended(await kit.order(arguments={"EXTRA": "1"}))
        assert a.status == BuildStatus.SUCCEEDED


async def test_a_reserved_build_argument_is_refused(working: Kit) -> None:
    id = await working.order(arguments={"BUILDKIT_CACHE_MOUNT_NS": "other"})
    build = await working.ended(id)
    assert (build.reason, build.user_error) == (Reason.ARGUMENT_REFUSED, True)


async def test_a_dead_workers_build_is_taken_up_by_another(kit: Kit) -> None:
    kit.files["Dockerfile"] = "FROM scratch\nRUN sleep 30\n"
    async with kit.running(workers=0):
        id = await kit.order()
        async with kit.database.unit_of_work() as uow:
            taken = await actions.take(
                uow, now=kit.clock.now(), lease=dt.timedelta(seconds=20), per_namespace=0
            )
            assert taken is not None
    kit.files["Dockerfile"] = "FROM scratch\n"
    async with kit.running(lease_seconds=2):
        await asyncio.sleep(0)
        assert (await kit.row(id)).status == BuildStatus.BUILDING
        kit.clock.advance(seconds=30)
        build = await kit.ended(id)
        assert (build.status, build.attempt) == (BuildStatus.SUCCEEDED, 2)
