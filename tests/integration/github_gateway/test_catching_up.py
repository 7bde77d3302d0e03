"""What GitHub did not tell, or could not: found all the same."""

from __future__ import annotations

import asyncio
import json
import zlib
from pathlib import Path
from typing import Any

from sqlmodel import col

from boatyard.github_gateway.catchup import deliveries
from boatyard.github_gateway.catchup.tasks import reconcile_due
from boatyard.github_gateway.inbound import store as deliveries_store
from boatyard.github_gateway.inbound.envelope import Envelope, read_letter
from boatyard.github_gateway.inbound.intake import intake_row
from boatyard.github_gateway.sources import store
from boatyard.github_gateway.sources.models import Source
from boatyard.shared.events import BuildCause, BuildImage, CancelBuilds, new_id
from boatyard.shared.testing.github import FakeGithub, FakeProject
from tests.integration.github_gateway.harness import (
    REPOSITORY,
    Gateway,
    connect,
    eventually,
    set_source,
)

ANY = {"pattern": "*", "versions": "{branch}"}
ANY_TAG = {"type": "tag", "pattern": "v*", "versions": "{tag}"}


async def compare(gateway: Gateway) -> None:
    """Compare the refs of team/app now."""
    async with gateway.state.database.unit_of_work() as uow:
        source = await store.source(uow.session, gateway.people.repositories["team/app"])
        assert source is not None
        source.due_at = gateway.state.clock.now()
        uow.session.add(source)
    await reconcile_due(gateway.state)

    async def released() -> bool:
        async with gateway.state.database.reading() as session:
            found = await store.source(session, gateway.people.repositories["team/app"])
        return found is not None and found.claim_id is None

    await eventually(released)


async def source(gateway: Gateway) -> dict[str, Any]:
    async with gateway.client() as client:
        found: dict[str, Any] = (await client.get(f"{REPOSITORY}/source")).json()
    return found


async def test_more_than_three_tags_at_once_are_found_though_github_tells_of_none(
    gateway: Gateway, github: FakeGithub, project: FakeProject
) -> None:
    await set_source(gateway, project, ANY_TAG)
    before = project.git.refs()
    for number in range(5):
        project.git.tag(f"v{number}", annotated=number == 0)
    github.change(project, before)
    await gateway.idle()
    assert github.courier.attempts == []
    await compare(gateway)
    builds = await gateway.builds(5)
    assert sorted(build.tags[0] for build in builds) == ["v0", "v1", "v2", "v3", "v4"]
    assert {build.cause for build in builds} == {BuildCause.RECONCILE}
    assert builds[0].source.message == "Lay the keel"
    await compare(gateway)
    assert len(gateway.sent(BuildImage)) == 5


async def test_a_push_that_is_told_of_and_found_is_built_once(
    gateway: Gateway, github: FakeGithub, project: FakeProject
) -> None:
    await set_source(gateway, project, ANY)
    before = project.git.refs()
    project.git.commit({"a": "b"})
    project.pushed_at = gateway.state.clock.now()
    await compare(gateway)
    await gateway.builds(1)
    github.change(project, before)
    await gateway.idle()
    assert len(gateway.sent(BuildImage)) == 1
    async with gateway.client() as client:
        assert len((await client.get(f"{REPOSITORY}/pushes")).json()["items"]) == 1


async def test_a_ref_that_vanished_in_silence_is_noticed(
    gateway: Gateway, github: FakeGithub, project: FakeProject
) -> None:
    project.git.commit({"a": "b"}, branch="dev")
    await set_source(gateway, project, ANY)
    project.git.delete("refs/heads/dev")
    project.pushed_at = gateway.state.clock.now()
    await compare(gateway)
    await eventually(lambda: bool(gateway.sent(CancelBuilds)))
    assert gateway.sent(CancelBuilds)[0].group.endswith(":refs/heads/dev")


async def test_a_failed_delivery_is_asked_for_again(
    gateway: Gateway, github: FakeGithub, project: FakeProject
) -> None:
    await set_source(gateway, project, ANY)
    await lose_a_push(github, project)
    github.courier.losing = False
    assert await deliveries.catch_up(gateway.state) == 1
    (build,) = await gateway.builds(1)
    assert build.cause is BuildCause.PUSH
    assert [it.redelivery for it in github.courier.attempts] == [False, True]
    await gateway.idle()
    assert await deliveries.catch_up(gateway.state) == 0


async def test_what_github_can_never_deliver_is_fetched(
    gateway: Gateway, github: FakeGithub, project: FakeProject
) -> None:
    await set_source(gateway, project, ANY)
    await lose_a_push(github, project)
    await deliveries.catch_up(gateway.state)
    await asyncio.to_thread(github.courier.settle)
    assert gateway.messages == []
    await deliveries.catch_up(gateway.state)
    (build,) = await gateway.builds(1)
    assert build.cause is BuildCause.PUSH
    assert await deliveries.catch_up(gateway.state) == 0


async def lose_a_push(github: FakeGithub, project: FakeProject) -> None:
    before = project.git.refs()
    project.git.commit({"a": "b"}, "Lost on the way")
    github.courier.losing = True
    github.change(project, before)
    await asyncio.to_thread(github.courier.settle)


async def test_pushes_during_our_downtime_are_found_at_the_next_start(
    github: FakeGithub, project: FakeProject, tmp_path: Path
) -> None:
    first = Gateway(github, tmp_path / "gateway")
    await first.start()
    await connect(first)
    await set_source(first, project, ANY, ANY_TAG)
    await first.stop()
    before = project.git.refs()
    project.git.commit({"a": "b"})
    for number in range(4):
        project.git.tag(f"v{number}")
    github.change(project, before)
    await asyncio.to_thread(github.courier.settle)
    second = Gateway(
        github, tmp_path / "gateway", people=first.people, reconcile_seconds=10, catch_up_seconds=10
    )
    await second.start()
    github.world.app.webhook_url = f"{second.url}/github/events"  # type: ignore[union-attr]
    try:
        async with second.state.database.unit_of_work() as uow:
            await store.make_due(uow.session, col(Source.lost) == "", at=second.state.clock.now())
        builds = await second.builds(5)
        assert len({build.id for build in builds}) == 5
    finally:
        await second.stop()


async def test_a_renamed_project_is_followed(
    gateway: Gateway, github: FakeGithub, project: FakeProject
) -> None:
    await set_source(gateway, project, ANY)
    project.name = "ship"
    project.git.folder.rename(project.git.folder.with_name("ship.git"))
    project.git.folder = project.git.folder.with_name("ship.git")
    payload = github.announcer.repository_event(project, "renamed")
    github.courier.send("repository", payload, project_id=project.id)
    await gateway.idle()
    assert (await source(gateway))["project"] == "ada/ship"
    before = project.git.refs()
    project.git.commit({"a": "b"})
    github.change(project, before)
    (build,) = await gateway.builds(1)
    assert build.source.clone_url.endswith("/ada/ship.git")


async def test_an_uninstalled_app_is_noticed_and_its_return_too(
    gateway: Gateway, github: FakeGithub, project: FakeProject
) -> None:
    await set_source(gateway, project, ANY)
    (installation,) = github.world.installations.values()
    payload = {"action": "deleted", "installation": {"id": installation.id}}
    github.world.installations.clear()
    github.courier.send("installation", payload)
    await gateway.idle()
    assert "uninstalled" in (await source(gateway))["lost"]
    before = project.git.refs()
    project.git.commit({"a": "b"})
    github.change(project, before)  # nobody is told
    again = github.install("ada")
    github.courier.send("installation", {"action": "created", "installation": {"id": again.id}})
    await gateway.builds(1)

    async def found() -> bool:
        return (await source(gateway))["lost"] is None

    await eventually(found)


async def test_a_project_that_was_withdrawn_says_so(
    gateway: Gateway, github: FakeGithub, project: FakeProject
) -> None:
    await set_source(gateway, project, ANY)
    (installation,) = github.world.installations.values()
    installation.projects = set()
    payload = {
        "action": "removed",
        "installation": {"id": installation.id},
        "repositories_added": [],
        "repositories_removed": [{"id": project.id}],
    }
    github.courier.send("installation_repositories", payload)
    await gateway.idle()
    assert "add it there again" in (await source(gateway))["lost"]


async def test_a_github_that_is_away_is_waited_for(
    gateway: Gateway, github: FakeGithub, project: FakeProject
) -> None:
    await set_source(gateway, project, ANY)
    before = project.git.refs()
    project.git.commit({"a": "b"})
    github.pause()
    await compare(gateway)
    assert (await source(gateway))["lost"] is None
    github.start()
    github.change(project, before)
    await gateway.builds(1)


async def test_a_tag_of_something_else_than_a_commit_disturbs_nothing(
    gateway: Gateway, github: FakeGithub, project: FakeProject
) -> None:
    await set_source(gateway, project, ANY_TAG)
    tree = project.git.git("rev-parse", "main^{tree}")
    project.git.git("update-ref", "refs/tags/v0", tree)
    project.git.tag("v1")
    project.pushed_at = gateway.state.clock.now()
    await compare(gateway)
    (build,) = await gateway.builds(1)
    assert build.tags == ("v1",)
    assert (await source(gateway))["lost"] is None


async def test_what_a_dead_worker_had_taken_is_worked_off_by_another(
    gateway: Gateway, github: FakeGithub, project: FakeProject
) -> None:
    await set_source(gateway, project, ANY)
    await lose_a_push(github, project)
    lost = github.courier.attempts[-1]
    letter = read_letter(json.dumps(lost.payload).encode(), "application/json")
    now = gateway.state.clock.now()
    row = {"claim_id": new_id(), "lease_until": now}
    async with gateway.state.database.unit_of_work() as uow:  # taken by a process that is no more
        values = intake_row(Envelope(lost.guid, "push", None), letter, now)
        await deliveries_store.add(
            uow.session, [{**values, **row}], {values["id"]: zlib.compress(letter.json)}
        )
    await gateway.builds(1)
