"""From a push at GitHub to a build, and every other push accounted for."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path
from typing import Any

from boatyard.shared.events import BuildCause, BuildImage, CancelBuilds
from boatyard.shared.testing.github import FakeGithub, FakeProject
from boatyard.shared.testing.github.repositories import git_environment
from tests.integration.github_gateway.harness import REPOSITORY, Gateway, eventually, set_source


async def ledger(gateway: Gateway, **query: str) -> list[dict[str, Any]]:
    async with gateway.client() as client:
        answer = await client.get(f"{REPOSITORY}/pushes", params=query)
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def push(github: FakeGithub, project: FakeProject, **commit: Any) -> str:
    """Change a project as a push does, and let GitHub tell of it."""
    before = project.git.refs()
    sha = await asyncio.to_thread(
        project.git.commit, commit.pop("files", {"a": commit.get("message", "b")}), **commit
    )
    await asyncio.to_thread(github.change, project, before)
    return sha


async def test_a_real_push_becomes_a_build(
    gateway: Gateway, github: FakeGithub, project: FakeProject, tmp_path: Path
) -> None:
    rules = await set_source(gateway, project, {"versions": "{branch}", "override": False})
    token = github.world.user_token("ada")
    remote = f"{github.url.replace('://', f'://x:{token}@')}/ada/boat.git"
    work = tmp_path / "work"

    def git(*arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=work, env=git_environment(), capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    work.mkdir()
    await asyncio.to_thread(git, "clone", "--quiet", remote, ".")
    (work / "sail").write_text("white")
    await asyncio.to_thread(git, "add", "sail")
    await asyncio.to_thread(git, "commit", "--quiet", "-m", "Hoist the sail")
    sha = await asyncio.to_thread(git, "rev-parse", "HEAD")
    await asyncio.to_thread(git, "push", "--quiet", "origin", "main")
    (build,) = await gateway.builds(1)
    assert build.tags == (f"main-{sha[:7]}",)
    assert str(build.rule_id) == rules[0]["id"]
    assert build.cause is BuildCause.PUSH
    assert build.caused_by == "ada"
    assert (build.source.project, build.source.ref, build.source.commit) == (
        "ada/boat",
        "refs/heads/main",
        sha,
    )
    assert (build.source.message, build.source.author) == ("Hoist the sail", "Ada")
    assert build.source.clone_url == f"{github.url}/ada/boat.git"
    (entry,) = await ledger(gateway)
    assert entry["summary"] == "1 build of 1 rules."
    assert entry["verdicts"][0]["build_id"] == str(build.id)


async def test_a_push_that_builds_nothing_says_why(
    gateway: Gateway, github: FakeGithub, project: FakeProject
) -> None:
    await set_source(gateway, project, {}, {"type": "tag", "pattern": "v*", "versions": "{1}"})
    await push(github, project, branch="dev", message="Try something")
    await push(github, project, message="Polish [skip build]")
    await gateway.idle()
    skipped, other = await ledger(gateway)
    assert [it["reason"] for it in skipped["verdicts"]] == ["skip-word", "other-type"]
    assert skipped["summary"] == "The commit's message says [skip build]."
    assert [it["reason"] for it in other["verdicts"]] == ["name-differs", "other-type"]
    assert other["summary"] == "No build rule is about it."
    assert gateway.messages == []


async def test_a_tag_builds_the_commit_that_it_leads_to(
    gateway: Gateway, github: FakeGithub, project: FakeProject
) -> None:
    await set_source(
        gateway, project, {"type": "tag", "pattern": "v*.*", "versions": "{1}.{2},{1},latest"}
    )
    before = project.git.refs()
    project.git.tag("v1.2", annotated=True)
    github.change(project, before)
    (build,) = await gateway.builds(1)
    assert build.tags == ("1.2", "1", "latest")
    assert build.source.commit == project.git.refs()["refs/heads/main"]


async def test_a_deleted_branch_cancels_its_builds(
    gateway: Gateway, github: FakeGithub, project: FakeProject
) -> None:
    await set_source(gateway, project, {"pattern": "*", "versions": "{branch}"})
    await push(github, project, branch="dev", message="Try")
    (build,) = await gateway.builds(1)
    before = project.git.refs()
    project.git.delete("refs/heads/dev")
    github.change(project, before)
    await eventually(lambda: bool(gateway.sent(CancelBuilds)))
    (cancel,) = gateway.sent(CancelBuilds)
    assert cancel.group == build.group
    gone, _ = await ledger(gateway)
    assert (gone["commit"], gone["summary"]) == (None, "The ref was deleted.")


async def test_a_redelivery_builds_nothing_twice(
    gateway: Gateway, github: FakeGithub, project: FakeProject
) -> None:
    await set_source(gateway, project, {})
    await push(github, project, message="Once")
    await gateway.builds(1)
    for attempt in list(github.courier.attempts):
        github.courier.post(attempt.event, attempt.payload, attempt.address, guid=attempt.guid)
    await gateway.idle()
    assert len(gateway.messages) == 1
    assert [it.answer for it in github.courier.attempts[-1:]] == ['{"status":"duplicate"}']


async def test_a_branch_that_goes_back_to_a_commit_is_built_again(
    gateway: Gateway, github: FakeGithub, project: FakeProject
) -> None:
    await set_source(gateway, project, {})
    first = await push(github, project, message="First")
    second = await push(github, project, message="Second")
    before = project.git.refs()
    project.git.move("refs/heads/main", first)
    github.change(project, before)
    builds = await gateway.builds(3)
    assert [build.source.commit for build in builds] == [first, second, first]
    assert len({build.id for build in builds}) == 3
    assert builds[0].order < builds[1].order < builds[2].order


async def test_of_two_pushes_in_one_second_the_later_wins_in_whatever_order_they_come(
    gateway: Gateway, github: FakeGithub, project: FakeProject
) -> None:
    await set_source(gateway, project, {})
    shas = [project.git.refs()["refs/heads/main"]]
    shas += [project.git.commit({"a": str(number)}) for number in range(3)]
    project.pushed_at = gateway.state.clock.now()
    for number in (2, 1, 0):
        old, new = shas[number : number + 2]
        payload = github.announcer.push(project, "refs/heads/main", old, new, pusher="ada")
        github.courier.send("push", payload, project_id=project.id)
        await gateway.builds(3 - number)
    builds = sorted(gateway.sent(BuildImage), key=lambda build: build.order)
    assert [build.source.commit for build in builds] == shas[1:]
    assert len({build.order for build in builds}) == 3


async def test_two_branches_that_escape_to_one_tag_do_not_overwrite_each_other(
    gateway: Gateway, github: FakeGithub, project: FakeProject
) -> None:
    await set_source(gateway, project, {"pattern": "*", "versions": "{branch}"})
    await push(github, project, branch="a/b", message="One")
    await gateway.builds(1)
    await push(github, project, branch="a-b", message="Other")
    await gateway.idle()
    refused, _ = await ledger(gateway)
    assert refused["verdicts"][0]["reason"] == "tag-collision"
    assert "belongs to the branch a/b" in refused["summary"]
    assert len(gateway.messages) == 1


async def test_the_ledger_is_searched_and_paged(
    gateway: Gateway, github: FakeGithub, project: FakeProject
) -> None:
    await set_source(gateway, project, {})
    shas = [await push(github, project, message=f"Number {number}") for number in range(3)]
    await push(github, project, branch="dev", message="Elsewhere")
    await gateway.idle()
    assert len(await ledger(gateway, ref="main")) == 3
    assert [it["commit"] for it in await ledger(gateway, commit=shas[1][:8])] == [shas[1]]
    async with gateway.client() as client:
        page = (await client.get(f"{REPOSITORY}/pushes?limit=3")).json()
        rest = await client.get(f"{REPOSITORY}/pushes", params={"cursor": page["next_cursor"]})
        one = await client.get(f"{REPOSITORY}/pushes/{page['items'][0]['id']}")
    assert len(page["items"]) == 3
    assert [it["commit"] for it in rest.json()["items"]] == [shas[0]]
    assert rest.json()["next_cursor"] is None
    assert one.json() == page["items"][0]
