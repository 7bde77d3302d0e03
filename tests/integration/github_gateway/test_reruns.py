"""Somebody presses "Re-run" at GitHub: what was built of the commit is built again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col

from boatyard.github_gateway.db import Outbox
from boatyard.shared.events import BuildCause, BuildImage, BuildStatus, RecordAction
from boatyard.shared.testing.github import FakeCheckRun, FakeGithub, FakeProject
from tests.integration.github_gateway.harness import (
    REPOSITORY,
    Gateway,
    Sender,
    app_of,
    connect,
    eventually,
    finished,
    push,
    queued,
    set_source,
)


@pytest.fixture
async def anywhere(github: FakeGithub, tmp_path: Path, database_url: str) -> AsyncIterator[Gateway]:
    """A gateway on SQLite, and once more on PostgreSQL."""
    gateway = Gateway(github, tmp_path / "gateway", url=database_url)
    await gateway.start()
    await connect(gateway)
    yield gateway
    await gateway.stop()


async def failed(gateway: Gateway, github: FakeGithub, project: FakeProject) -> FakeCheckRun:
    """The check run of a build of the newest push that failed."""
    await set_source(gateway, project, {})
    build = await push(gateway, github, project, {"a": "b"})
    return await shown(gateway, github, build)


async def shown(gateway: Gateway, github: FakeGithub, build: BuildImage) -> FakeCheckRun:
    """The check run of a build, once GitHub shows that it failed."""
    await gateway.emit(finished(build, BuildStatus.FAILED))
    runs = github.world.check_runs

    def ended() -> list[FakeCheckRun]:
        return [run for run in runs.values() if run.external_id == str(build.id)]

    await eventually(lambda: bool(ended()))
    return ended()[0]


async def ledger(gateway: Gateway) -> list[dict[str, Any]]:
    async with gateway.client() as client:
        items: list[dict[str, Any]] = (await client.get(f"{REPOSITORY}/pushes")).json()["items"]
    return items


async def outcome(gateway: Gateway, event: str) -> str:
    """What came of the last delivery of a kind."""
    await gateway.idle()
    async with gateway.client("root") as root:
        found = (await root.get("/api/v1/github/deliveries", params={"event": event})).json()
    reason: str = next(it for it in found["items"] if it["action"] == "rerequested")["reason"]
    return reason


async def records(gateway: Gateway) -> list[RecordAction]:
    """What the audit log was told."""
    rows = sa.select(col(Outbox.body)).where(col(Outbox.subject) == RecordAction.subject)
    async with gateway.state.database.reading() as session:
        return [RecordAction.decode(body) for body in (await session.execute(rows)).scalars()]


async def test_a_rerun_builds_the_same_commit_by_the_same_rule_again(
    anywhere: Gateway, github: FakeGithub, project: FakeProject
) -> None:
    run = await failed(anywhere, github, project)
    project.git.commit({"a": "newer"})  # the branch has moved on meanwhile
    github.rerun(run, by="grace")
    first, again = await anywhere.builds(2)
    assert (again.source, again.rule_id, again.tags) == (first.source, first.rule_id, first.tags)
    assert again.order == first.order  # it does not overwrite what was built of newer pushes
    assert again.id != first.id
    assert (again.cause, again.caused_by) == (BuildCause.MANUAL, "grace")
    entry = (await ledger(anywhere))[0]
    assert (entry["origin"], entry["pushed_by"], entry["commit"]) == (
        "manual",
        "grace",
        first.source.commit,
    )
    assert entry["verdicts"][0]["build_id"] == str(again.id)
    assert await outcome(anywhere, "check_run") == "Built again by #1 branch main."
    (record,) = [it for it in await records(anywhere) if it.action == "build_rule_now"]
    assert (record.actor, record.credential) == ("grace", None)
    assert record.target == {"namespace": "team", "name": "app", "rule": str(first.rule_id)}
    assert record.details["commit"] == first.source.commit
    await anywhere.emit(queued(again, number=2))
    await eventually(
        lambda: [it.told for it in github.world.check_runs.values()][1:] == [["queued"]]
    )


async def test_rerunning_all_checks_builds_by_every_rule_again(
    gateway: Gateway, github: FakeGithub, project: FakeProject
) -> None:
    await set_source(gateway, project, {}, {"versions": "edge"})
    await push(gateway, github, project, {"a": "b"})
    builds = await gateway.builds(2)
    github.rerun_all(project, builds[0].source.commit)
    again = (await gateway.builds(4))[2:]
    assert {it.rule_id for it in again} == {it.rule_id for it in builds}
    assert {it.source.commit for it in again} == {builds[0].source.commit}
    github.courier.settle()
    github.rerun_all(project, project.git.refs()["refs/heads/main"], by="grace")
    await gateway.builds(6)
    await gateway.idle()
    assert len(gateway.sent(BuildImage)) == 6  # each rule once, however often it was built


async def test_a_delivery_that_comes_twice_builds_once(
    gateway: Gateway, github: FakeGithub, project: FakeProject
) -> None:
    github.rerun(await failed(gateway, github, project))
    await gateway.builds(2)
    await gateway.idle()
    sent = github.courier.attempts[-1]
    assert sent.event == "check_run"
    github.courier.post(sent.event, sent.payload, sent.address, guid=sent.guid)
    await gateway.idle()
    assert github.courier.attempts[-1].status == "OK"
    assert len(gateway.sent(BuildImage)) == 2


async def test_only_the_checks_of_builds_that_are_known_are_run_again(
    gateway: Gateway, github: FakeGithub, project: FakeProject
) -> None:
    run = await failed(gateway, github, project)
    unknown = "No such build is known here, or GitHub does not show its commit any more."
    app = app_of(github)
    app.id += 1
    github.rerun(run)
    assert await outcome(gateway, "check_run") == unknown
    app.id -= 1
    run.external_id = "0190aaaa-0000-7000-8000-000000000000"
    github.rerun(run)
    assert await outcome(gateway, "check_run") == unknown
    run.external_id = "42"
    github.rerun(run)
    assert await outcome(gateway, "check_run") == "This check run is about no build."
    github.rerun_all(project, "f" * 40)
    assert await outcome(gateway, "check_suite") == unknown
    assert len(gateway.sent(BuildImage)) == 1


async def test_a_rerun_of_another_project_builds_nothing(
    gateway: Gateway, github: FakeGithub, project: FakeProject
) -> None:
    run = await failed(gateway, github, project)
    other = github.make_project("ada/other")
    github.announcer.check_run(other, run, "rerequested")
    assert await outcome(gateway, "check_run") == "No repository is built from this project."
    await set_source(gateway, other, {}, repository="team/other")
    github.announcer.check_run(other, run, "rerequested", by="grace")
    assert (await outcome(gateway, "check_run")).startswith("No such build is known here")
    assert len(gateway.sent(BuildImage)) == 1


async def test_a_rerun_whose_rule_or_branch_is_gone_says_so(
    gateway: Gateway, github: FakeGithub, project: FakeProject
) -> None:
    (rule,) = await set_source(gateway, project, {})
    run = await shown(gateway, github, await push(gateway, github, project, {"a": "b"}))
    before = project.git.refs()
    project.git.delete("refs/heads/main")
    project.git.git("update-ref", "refs/keep/it", before["refs/heads/main"])
    github.change(project, before)
    await gateway.idle()
    github.rerun(run)
    assert await outcome(gateway, "check_run") == "refs/heads/main is gone."
    async with gateway.client() as client:
        await client.delete(f"{REPOSITORY}/build-rules/{rule['id']}")
    github.rerun(run, by="grace")
    assert await outcome(gateway, "check_run") == "The rule #1 branch main is gone."
    assert len(gateway.sent(BuildImage)) == 1


async def test_what_github_tells_of_its_own_check_runs_is_recorded_and_left_at_that(
    gateway: Gateway, github: FakeGithub, project: FakeProject
) -> None:
    await failed(gateway, github, project)
    await gateway.idle()
    async with gateway.client("root") as root:
        found = await root.get("/api/v1/github/deliveries", params={"event": "check_run"})
    assert {it["state"] for it in found.json()["items"]} == {"ignored"}


async def test_a_rerun_that_nobody_signed_is_refused(
    gateway: Gateway, github: FakeGithub, project: FakeProject
) -> None:
    github.rerun(await failed(gateway, github, project))
    await gateway.builds(2)
    payload = github.courier.attempts[-1].payload
    send = Sender(gateway)
    answer = await send({**payload, "sender": None}, event="check_run", secret="guessed")
    await send.http.aclose()
    assert answer.status_code == 401
    await gateway.idle()
    assert len(gateway.sent(BuildImage)) == 2
