"""What becomes of builds: in the ledger, at GitHub, and for the rules that made them."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from starlette.responses import JSONResponse

from boatyard.github_gateway.statuses.models import StatusRow
from boatyard.shared.events import (
    BuildImage,
    BuildStatus,
    RepositoryDeleted,
    new_id,
)
from boatyard.shared.testing.github import FakeGithub, FakeProject
from tests.integration.github_gateway.harness import (
    REPOSITORY,
    Gateway,
    app_of,
    eventually,
    finished,
    push,
    queued,
    set_source,
    started,
)

DIGEST = "sha256:" + "a" * 64


@pytest.fixture
async def build(gateway: Gateway, github: FakeGithub, project: FakeProject) -> BuildImage:
    """A build of a push to main, of whose check GitHub lets the App set the status only."""
    del app_of(github).permissions["checks"]
    await set_source(gateway, project, {})
    return await push(gateway, github, project, {"a": "b"})


async def verdict(gateway: Gateway) -> dict[str, Any]:
    """Of the newest push, the first rule's."""
    async with gateway.client() as client:
        pushes = (await client.get(f"{REPOSITORY}/pushes")).json()["items"]
    found: dict[str, Any] = pushes[0]["verdicts"][0]
    return found


def shown(github: FakeGithub) -> list[tuple[str, str]]:
    return [(status.state, status.description) for status in github.world.statuses]


async def test_a_build_is_followed_in_the_ledger_and_at_github(
    gateway: Gateway, github: FakeGithub, build: BuildImage
) -> None:
    await gateway.emit(queued(build, number=7))
    await eventually(lambda: len(github.world.statuses) == 1)
    assert (await verdict(gateway))["build_number"] == 7
    await gateway.emit(started(build, number=7))
    await eventually(lambda: len(github.world.statuses) == 2)
    await gateway.emit(finished(build, number=7, digest=DIGEST))
    await eventually(lambda: len(github.world.statuses) == 3)
    assert shown(github) == [
        ("pending", "Waiting to be built"),
        ("pending", "Building"),
        ("success", "Built and pushed as latest"),
    ]
    last = github.world.statuses[-1]
    assert last.context == "boatyard/team/app #1 branch main"
    assert last.sha == build.source.commit
    assert last.target_url == f"{gateway.url}/repositories/team/app/builds/7"
    assert (await verdict(gateway))["build_status"] == "succeeded"
    async with gateway.client() as client:
        assert ">passing</text>" in (await client.get(f"{REPOSITORY}/badge.svg?rule=1")).text


@pytest.mark.parametrize(
    ("status", "more", "state", "words"),
    [
        (
            BuildStatus.FAILED,
            {
                "user_error": True,
                "reason": "dockerfile-missing",
                "detail": "There is no Dockerfile.",
            },
            "failure",
            "The build failed: There is no Dockerfile.",
        ),
        (
            BuildStatus.FAILED,
            {"reason": "disk-full", "detail": "The disk is full."},
            "error",
            "The build failed: The disk is full.",
        ),
        (BuildStatus.CANCELED, {}, "error", "The build was canceled"),
        (BuildStatus.SUPERSEDED, {}, "error", "A newer push took its place"),
        (BuildStatus.TIMED_OUT, {}, "failure", "The build took too long"),
    ],
)
async def test_how_a_build_ends_is_shown_at_github(
    gateway: Gateway,
    github: FakeGithub,
    build: BuildImage,
    status: BuildStatus,
    more: dict[str, Any],
    state: str,
    words: str,
) -> None:
    await gateway.emit(finished(build, status, **more))
    await eventually(lambda: shown(github) == [(state, words)])
    assert (await verdict(gateway))["build_reason"] == more.get("reason")


async def test_the_latest_status_wins_whatever_order_the_news_come_in(
    gateway: Gateway, github: FakeGithub, build: BuildImage
) -> None:
    await gateway.emit(finished(build, digest=DIGEST))
    await eventually(lambda: len(github.world.statuses) == 1)
    await gateway.emit(started(build))
    await gateway.emit(queued(build))
    retried = new_id()
    await gateway.emit(finished(build, BuildStatus.FAILED, number=2, build_id=retried))
    await eventually(lambda: len(github.world.statuses) == 2)
    assert [state for state, _ in shown(github)] == ["success", "error"]
    newest = await verdict(gateway)
    assert (newest["build_id"], newest["build_number"]) == (str(retried), 2)


async def test_statuses_wait_while_github_asks_for_patience(
    gateway: Gateway, github: FakeGithub, build: BuildImage
) -> None:
    github.api.faults += [JSONResponse({"message": "slow"}, 429, {"Retry-After": "1"})] * 2
    await gateway.emit(queued(build))
    await gateway.emit(finished(build, digest=DIGEST))
    await eventually(lambda: bool(github.world.statuses))
    await eventually(lambda: shown(github)[-1][0] == "success")


async def test_a_status_that_github_refuses_is_given_up(
    gateway: Gateway, github: FakeGithub, build: BuildImage
) -> None:
    github.world.installations.clear()
    await gateway.emit(queued(build))

    async def given_up() -> bool:
        async with gateway.state.database.reading() as session:
            rows = (await session.execute(sa.select(StatusRow))).scalars().all()
        return [row.due_at for row in rows] == [None] and "does not see" in rows[0].problem

    await eventually(given_up)
    assert github.world.statuses == []


async def test_a_rule_whose_project_only_fails_is_switched_off(
    github: FakeGithub, gateway: Gateway, project: FakeProject
) -> None:
    (rule,) = await set_source(gateway, project, {})
    build = await push(gateway, github, project, {"a": "b"})
    most = gateway.state.settings.disable_rule_after
    for number in range(1, most + 3):
        ours = number in (3, 4)
        await gateway.emit(
            finished(
                build, BuildStatus.FAILED, number=number, user_error=not ours, detail="Syntax."
            )
        )
    at = f"{REPOSITORY}/build-rules/{rule['id']}"

    async def off() -> bool:
        async with gateway.client() as client:
            return not (await client.get(at)).json()["enabled"]

    await eventually(off)
    async with gateway.client() as client:
        shown_rule = (await client.get(at)).json()
        assert shown_rule["disabled_reason"] == (
            f"Switched off after {most} failed builds in a row, the last: Syntax."
        )
        again = (await client.patch(at, json={"enabled": True})).json()
    assert (again["enabled"], again["disabled_reason"]) == (True, None)


async def test_only_a_change_that_a_rule_watches_builds(
    gateway: Gateway, github: FakeGithub, project: FakeProject
) -> None:
    await set_source(gateway, project, {"paths": ["src/**"]})
    first = await push(gateway, github, project, {"README": "1"})  # nothing was built yet
    await gateway.emit(finished(first, number=1, digest=DIGEST))
    await eventually_built(gateway)
    before = project.git.refs()
    project.git.commit({"README": "2"})
    github.change(project, before)
    await gateway.idle()
    assert (await verdict(gateway))["reason"] == "paths-unchanged"
    built = await push(gateway, github, project, {"src/a": "1"})
    await gateway.emit(finished(built, BuildStatus.FAILED, number=2))
    third = await push(
        gateway, github, project, {"README": "3"}
    )  # src changed since the last success
    assert third.tags == ("latest",)


async def eventually_built(gateway: Gateway) -> None:
    async def built() -> bool:
        return bool((await verdict(gateway))["build_status"] == "succeeded")

    await eventually(built)


async def test_a_deleted_repository_is_forgotten(
    gateway: Gateway, github: FakeGithub, project: FakeProject, build: BuildImage
) -> None:
    await gateway.emit(RepositoryDeleted(repository_id=build.repository_id, repository="team/app"))

    async def gone() -> bool:
        async with gateway.client() as client:
            source = await client.get(f"{REPOSITORY}/source")
            pushes = await client.get(f"{REPOSITORY}/pushes")
        return source.status_code == 404 and pushes.json()["items"] == []

    await eventually(gone)
    before = project.git.refs()
    project.git.commit({"a": "c"})
    github.change(project, before)
    await gateway.idle()
    assert len(gateway.sent(BuildImage)) == 1
