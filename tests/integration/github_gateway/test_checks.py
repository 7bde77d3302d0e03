"""Builds as check runs at GitHub, where the App may make them, and as commit statuses where it may not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import JSONResponse

from boatyard.github_gateway.identity.models import AppKind
from boatyard.shared.clock import SetClock, SystemClock
from boatyard.shared.events import BuildImage, BuildStatus, new_id
from boatyard.shared.testing.github import FakeCheckRun, FakeGithub, FakeProject
from tests.integration.github_gateway.harness import (
    Gateway,
    app_of,
    connect,
    eventually,
    finished,
    push,
    queued,
    set_source,
    started,
)

DIGEST = "sha256:" + "a" * 64
CREATE = "POST /repos/{owner}/{repo}/check-runs"
MINT = "POST /app/installations/{installation_id}/access_tokens"


@pytest.fixture
async def build(gateway: Gateway, github: FakeGithub, project: FakeProject) -> BuildImage:
    """A build of a push to main."""
    await set_source(gateway, project, {})
    return await push(gateway, github, project, {"a": "b"})


@pytest.fixture
async def anywhere(github: FakeGithub, tmp_path: Path, database_url: str) -> AsyncIterator[Gateway]:
    """A gateway on SQLite, and once more on PostgreSQL."""
    gateway = Gateway(github, tmp_path / "gateway", url=database_url)
    await gateway.start()
    await connect(gateway)
    yield gateway
    await gateway.stop()


def runs(github: FakeGithub) -> list[FakeCheckRun]:
    return list(github.world.check_runs.values())


def told(github: FakeGithub) -> list[list[str]]:
    """What each check run went through."""
    return [run.told for run in runs(github)]


async def test_a_build_is_a_check_run_from_the_queue_to_its_end(
    anywhere: Gateway, github: FakeGithub, project: FakeProject
) -> None:
    await set_source(anywhere, project, {"versions": "latest,edge"})
    build = await push(anywhere, github, project, {"a": "b"})
    await anywhere.emit(queued(build, number=7))
    await eventually(lambda: told(github) == [["queued"]])
    (run,) = runs(github)
    assert (run.name, run.head_sha) == ("boatyard/team/app #1 branch main", build.source.commit)
    assert run.external_id == str(build.id)
    assert run.details_url == f"{anywhere.url}/repositories/team/app/builds/7"
    assert (run.title, run.started_at) == ("Waiting to be built", None)
    await anywhere.emit(started(build, number=7))
    await eventually(lambda: told(github) == [["queued", "in_progress"]])
    assert run.started_at is not None
    end = finished(build, number=7, digest=DIGEST, started_at=SystemClock().now())
    await anywhere.emit(end)
    await eventually(lambda: told(github) == [["queued", "in_progress", "success"]])
    assert run.title == "Built and pushed as latest, edge"
    assert run.completed_at == end.occurred_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    for tag in ("latest", "edge"):
        assert f"    docker pull localhost:5000/team/app:{tag}" in (run.summary or "").splitlines()
    assert github.world.statuses == []


@pytest.mark.parametrize(
    ("status", "more", "conclusion", "words"),
    [
        (
            BuildStatus.FAILED,
            {"user_error": True, "detail": "There is no Dockerfile. " * 20},
            "failure",
            "The build failed: " + "There is no Dockerfile. " * 20,
        ),
        (
            BuildStatus.FAILED,
            {"detail": "The disk is full."},
            "failure",
            "The build failed: The disk is full.",
        ),
        (BuildStatus.CANCELED, {}, "cancelled", "The build was canceled"),
        (BuildStatus.SUPERSEDED, {}, "cancelled", "A newer push took its place"),
        (BuildStatus.TIMED_OUT, {}, "timed_out", "The build took too long"),
    ],
)
async def test_every_end_of_a_build_is_a_conclusion(
    gateway: Gateway,
    github: FakeGithub,
    build: BuildImage,
    status: BuildStatus,
    more: dict[str, Any],
    conclusion: str,
    words: str,
) -> None:
    await gateway.emit(queued(build))
    await eventually(lambda: told(github) == [["queued"]])
    await gateway.emit(finished(build, status, **more))
    await eventually(lambda: told(github) == [["queued", conclusion]])
    (run,) = runs(github)
    assert (run.summary, len(run.title or "") <= 140) == (words, True)


async def test_a_newer_build_of_a_commit_is_a_check_run_of_its_own(
    gateway: Gateway, github: FakeGithub, build: BuildImage
) -> None:
    await gateway.emit(finished(build, BuildStatus.FAILED))
    await eventually(lambda: told(github) == [["failure"]])
    retried = build.model_copy(update={"id": new_id()})
    await gateway.emit(queued(retried, number=2))
    await eventually(lambda: told(github) == [["failure"], ["queued"]])
    await gateway.emit(finished(retried, number=2, digest=DIGEST))
    await eventually(lambda: told(github) == [["failure"], ["queued", "success"]])
    assert [run.external_id for run in runs(github)] == [str(build.id), str(retried.id)]


async def test_a_check_run_that_a_newer_build_overtakes_is_ended(
    gateway: Gateway, github: FakeGithub, build: BuildImage
) -> None:
    await gateway.emit(started(build))
    await eventually(lambda: told(github) == [["in_progress"]])
    await gateway.emit(queued(build.model_copy(update={"id": new_id()}), number=2))
    await eventually(lambda: told(github) == [["in_progress", "cancelled"], ["queued"]])
    assert runs(github)[0].title == "A newer build is shown in its place"


async def test_a_check_run_whose_making_was_not_answered_is_gone_on_with(
    gateway: Gateway, github: FakeGithub, build: BuildImage
) -> None:
    github.api.losing.append(CREATE)
    await gateway.emit(started(build))
    await eventually(lambda: told(github) == [["in_progress", "in_progress"]])
    await gateway.emit(finished(build, digest=DIGEST))
    await eventually(lambda: told(github) == [["in_progress", "in_progress", "success"]])


async def test_a_check_run_that_is_gone_is_made_anew(
    gateway: Gateway, github: FakeGithub, build: BuildImage
) -> None:
    await gateway.emit(started(build))
    await eventually(lambda: told(github) == [["in_progress"]])
    github.world.check_runs.clear()
    await gateway.emit(finished(build, digest=DIGEST))
    await eventually(lambda: told(github) == [["success"]])


async def test_check_runs_wait_while_github_asks_for_patience(
    gateway: Gateway, github: FakeGithub, build: BuildImage
) -> None:
    github.api.faults += [JSONResponse({"message": "slow"}, 429, {"Retry-After": "1"})] * 2
    await gateway.emit(queued(build))
    await gateway.emit(finished(build, digest=DIGEST))
    await eventually(lambda: bool(runs(github)) and runs(github)[0].conclusion == "success")


async def test_an_app_without_the_permission_sets_statuses_and_is_not_asked_each_time(
    gateway: Gateway, github: FakeGithub, project: FakeProject, build: BuildImage
) -> None:
    del app_of(github).permissions["checks"]
    await gateway.emit(queued(build))
    await eventually(lambda: states(github) == ["pending"])
    refused = refusals(github)
    assert refused > 0
    other = await push(gateway, github, project, {"a": "c"})
    await gateway.emit(finished(other, number=2, digest=DIGEST))
    await eventually(lambda: states(github) == ["pending", "success"])
    assert refusals(github) == refused
    assert runs(github) == []


async def test_what_was_begun_as_a_status_ends_as_one_and_what_comes_after_is_a_check_run(
    gateway: Gateway, github: FakeGithub, project: FakeProject, build: BuildImage
) -> None:
    permissions = app_of(github).permissions
    permission = permissions.pop("checks")
    await gateway.emit(queued(build))
    await eventually(lambda: states(github) == ["pending"])
    permissions["checks"] = permission
    accepted = github.announcer.repository_event(project, "new_permissions_accepted")
    github.courier.send("installation", accepted)
    await gateway.idle()
    await gateway.emit(finished(build, digest=DIGEST))
    await eventually(lambda: states(github) == ["pending", "success"])
    other = await push(gateway, github, project, {"a": "c"})
    await gateway.emit(queued(other, number=2))
    await eventually(lambda: told(github) == [["queued"]])


async def test_an_installation_is_asked_again_after_an_hour(
    github: FakeGithub, project: FakeProject, tmp_path: Path
) -> None:
    clock = github.world.clock = SetClock(SystemClock().now())
    gateway = Gateway(github, tmp_path / "gateway", clock=clock)
    await gateway.start()
    try:
        await connect(gateway)
        permission = app_of(github).permissions.pop("checks")
        await set_source(gateway, project, {})
        first = await push(gateway, github, project, {"a": "b"})
        await gateway.emit(queued(first))
        await eventually(lambda: states(github) == ["pending"])
        app_of(github).permissions["checks"] = permission
        clock.advance(minutes=61)
        second = await push(gateway, github, project, {"a": "c"})
        await gateway.emit(queued(second, number=2))
        await eventually(lambda: told(github) == [["queued"]])
    finally:
        await gateway.stop()


async def test_an_oauth_app_sets_statuses(
    github: FakeGithub, project: FakeProject, tmp_path: Path
) -> None:
    gateway = Gateway(github, tmp_path / "gateway")
    await gateway.start()
    try:
        await connect(gateway, AppKind.OAUTH_APP)
        await set_source(gateway, project, {})
        build = await push(gateway, github, project, {"a": "b"})
        await gateway.emit(queued(build))
        await eventually(lambda: states(github) == ["pending"])
        assert runs(github) == []
    finally:
        await gateway.stop()


def states(github: FakeGithub) -> list[str]:
    return [status.state for status in github.world.statuses]


def refusals(github: FakeGithub) -> int:
    """How often GitHub refused a token."""
    answers = [it for it in github.api.answers if it.operation == MINT]
    return sum(answer.status == 422 for answer in answers)
