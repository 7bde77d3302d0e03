"""From which project a repository is built, and by which rules."""

from __future__ import annotations

from boatyard.shared.events import AskSourceToken, BuildCause, BuildImage, CancelBuilds
from boatyard.shared.testing.github import FakeGithub, FakeProject
from tests.integration.github_gateway.harness import (
    REPOSITORY,
    Gateway,
    app_of,
    eventually,
    make_rule,
    set_source,
)

RULES = f"{REPOSITORY}/build-rules"


async def test_a_source_is_set_shown_and_removed(
    gateway: Gateway, github: FakeGithub, project: FakeProject
) -> None:
    async with gateway.client() as ada:
        missing = await ada.get(f"{REPOSITORY}/source")
        early = await ada.post(RULES, json=make_rule())
        await set_source(gateway, project, {})
        shown = (await ada.get(f"{REPOSITORY}/source")).json()
        removed = await ada.delete(f"{REPOSITORY}/source")
        after = await ada.get(f"{REPOSITORY}/source")
        rules = (await ada.get(RULES)).json()
    assert missing.status_code == early.status_code == after.status_code == 404
    assert (shown["project"], shown["private"], shown["linked_by"]) == ("ada/boat", True, "ada")
    assert (shown["webhook"], shown["lost"], shown["default_branch"]) == (True, None, "main")
    assert removed.status_code == 204
    assert rules["items"] == []


async def test_only_who_may_push_at_github_can_choose_a_project(
    gateway: Gateway, github: FakeGithub
) -> None:
    theirs = github.make_project("shipyard/crane", organization=True)
    github.install("shipyard")
    hidden = github.make_project("shipyard/secret", private=True)
    async with gateway.client() as ada:
        reading = await ada.put(f"{REPOSITORY}/source", json={"project": theirs.full_name})
        unseen = await ada.put(f"{REPOSITORY}/source", json={"project": hidden.full_name})
        theirs.roles["ada"] = "push"
        allowed = await ada.put(f"{REPOSITORY}/source", json={"project": theirs.full_name})
    assert (reading.status_code, unseen.status_code, allowed.status_code) == (403, 404, 200)
    assert "permission to push" in reading.json()["detail"]


async def test_a_project_without_the_app_says_where_to_install_it(
    gateway: Gateway, github: FakeGithub
) -> None:
    project = github.make_project("bob/hut")
    project.roles["ada"] = "push"
    async with gateway.client() as ada:
        answer = await ada.put(f"{REPOSITORY}/source", json={"project": "bob/hut"})
    assert answer.status_code == 409
    assert f"{github.url}/apps/{app_of(github).slug}/installations/new" in answer.json()["detail"]


async def test_who_may_do_what(gateway: Gateway, project: FakeProject) -> None:
    (rule,) = await set_source(gateway, project, {})
    async with gateway.client("bob") as bob, gateway.client(None) as nobody:
        assert (await bob.get(RULES)).status_code == 200
        assert (await bob.get(f"{REPOSITORY}/source")).status_code == 200
        assert (await bob.get(f"{REPOSITORY}/pushes")).status_code == 200
        assert (await bob.post(RULES, json=make_rule())).status_code == 403
        assert (await bob.post(f"{RULES}/{rule['id']}/build")).status_code == 403
        assert (await bob.delete(f"{REPOSITORY}/source")).status_code == 403
        assert (await nobody.get(RULES)).status_code == 401


async def test_a_rule_is_changed_and_deleted(
    gateway: Gateway, github: FakeGithub, project: FakeProject
) -> None:
    (rule,) = await set_source(gateway, project, {})
    assert (rule["number"], rule["wildcard"], rule["last_status"]) == (1, False, None)
    one = f"{RULES}/{rule['id']}"
    async with gateway.client() as ada:
        changed = (await ada.patch(one, json={"pattern": "*", "versions": "{branch}"})).json()
        wrong = await ada.patch(one, json={"versions": "{tag}"})
        shown = (await ada.get(one)).json()
        assert (await ada.delete(one)).status_code == 204
        gone = await ada.get(one)
        again = (await ada.post(RULES, json=make_rule())).json()
    assert (changed["pattern"], changed["wildcard"]) == ("*", True)
    assert wrong.status_code == 422
    assert shown == changed
    assert gone.status_code == 404
    assert again["number"] == 2


async def test_a_wrong_rule_is_refused_with_its_field(
    gateway: Gateway, project: FakeProject
) -> None:
    await set_source(gateway, project)
    async with gateway.client() as ada:
        for path in (RULES, f"{RULES}/preview"):
            answer = await ada.post(path, json=make_rule(versions="{1}"))
            assert answer.status_code == 422
            assert answer.json()["errors"][0]["field"] == "body.versions"


async def test_a_rule_by_which_refs_would_overwrite_each_other_is_refused(
    gateway: Gateway, project: FakeProject
) -> None:
    project.git.commit({"a": "1"}, branch="a/b")
    project.git.commit({"a": "2"}, branch="a-b")
    await set_source(gateway, project)
    async with gateway.client() as ada:
        answer = await ada.post(RULES, json=make_rule(pattern="*", versions="{branch}"))
        fine = await ada.post(RULES, json=make_rule(pattern="*", versions="all"))
    assert answer.status_code == 422
    assert "the branch a-b (a-b) and the branch a/b (a/b)" in answer.json()["detail"]
    assert fine.status_code == 201


async def test_a_preview_shows_what_would_be_built_now(
    gateway: Gateway, github: FakeGithub, project: FakeProject
) -> None:
    await set_source(gateway, project)
    sha = project.git.refs()["refs/heads/main"]
    for name in ("v1.0", "v1.1", "next"):
        project.git.tag(name)
    wish = make_rule(type="tag", pattern="v*.*", versions="{1}.{2},{1}", override=False)
    async with gateway.client() as ada:
        live = (await ada.post(f"{RULES}/preview", json=wish)).json()
        github.pause()
        known = (await ada.post(f"{RULES}/preview", json=wish)).json()
        github.start()
    assert live == {
        "matches": [
            {
                "name": name,
                "commit": sha,
                "tags": [f"1.{minor}-{sha[:7]}", f"1-{sha[:7]}"],
                "fault": None,
            }
            for name, minor in (("v1.0", 0), ("v1.1", 1))
        ],
        "total": 2,
        "of": 3,
        "collisions": [],
        "live": True,
    }
    assert (known["live"], known["total"]) == (False, 0)


async def test_a_preview_shows_collisions(gateway: Gateway, project: FakeProject) -> None:
    await set_source(gateway, project)
    project.git.commit({"a": "1"}, branch="a/b")
    project.git.commit({"a": "2"}, branch="a-b")
    async with gateway.client() as ada:
        answer = await ada.post(
            f"{RULES}/preview", json=make_rule(pattern="*", versions="{branch}")
        )
    (clash,) = answer.json()["collisions"]
    assert clash.endswith("would both become the version a-b")


async def test_building_now_builds_what_the_branch_is_now(
    gateway: Gateway, project: FakeProject
) -> None:
    (rule,) = await set_source(gateway, project, {"versions": "{branch},{sha7}"})
    sha = project.git.refs()["refs/heads/main"]
    async with gateway.client() as ada:
        first = await ada.post(f"{RULES}/{rule['id']}/build")
        second = await ada.post(f"{RULES}/{rule['id']}/build", json={"ref": "main"})
    assert first.status_code == second.status_code == 202
    builds = await gateway.builds(2)
    assert [str(build.id) for build in builds] == [
        answer.json()["build_id"] for answer in (first, second)
    ]
    assert {build.source.commit for build in builds} == {sha}
    assert builds[0].tags == ("main", sha[:7])
    assert (builds[0].cause, builds[0].caused_by) == (BuildCause.MANUAL, "ada")
    assert builds[0].order < builds[1].order


async def test_building_now_by_a_wildcard_asks_for_the_ref(
    gateway: Gateway, project: FakeProject
) -> None:
    (rule,) = await set_source(gateway, project, {"pattern": "m*", "versions": "{1}"})
    at = f"{RULES}/{rule['id']}/build"
    async with gateway.client() as ada:
        unnamed = await ada.post(at, json={})
        other = await ada.post(at, json={"ref": "dev"})
        missing = await ada.post(at, json={"ref": "mole"})
        named = await ada.post(at, json={"ref": "main"})
    assert (unnamed.status_code, other.status_code, missing.status_code) == (422, 422, 404)
    assert "is needed" in unnamed.json()["detail"]
    assert named.status_code == 202
    assert (await gateway.builds(1))[0].tags == ("ain",)


async def test_what_was_there_before_a_rule_is_not_built_by_it(
    gateway: Gateway, project: FakeProject
) -> None:
    project.git.tag("v1")
    await set_source(gateway, project, {"type": "tag", "pattern": "*", "versions": "{tag}"})
    await gateway.idle()
    assert gateway.messages == []


async def test_deleting_a_rule_cancels_its_builds(
    gateway: Gateway, github: FakeGithub, project: FakeProject
) -> None:
    (rule,) = await set_source(gateway, project, {})
    before = project.git.refs()
    project.git.commit({"a": "b"})
    github.change(project, before)
    (build,) = await gateway.builds(1)
    async with gateway.client() as ada:
        assert (await ada.delete(f"{RULES}/{rule['id']}")).status_code == 204
    await eventually(lambda: bool(gateway.sent(CancelBuilds)))
    assert gateway.sent(CancelBuilds)[0].group == build.group


async def test_builds_can_be_switched_off_for_a_while(
    gateway: Gateway, github: FakeGithub, project: FakeProject
) -> None:
    await set_source(gateway, project, {}, {"pattern": "*", "enabled": False})
    async with gateway.client() as ada:
        wish = {"project": "ada/boat", "enabled": False}
        assert (await ada.put(f"{REPOSITORY}/source", json=wish)).status_code == 200
        before = project.git.refs()
        project.git.commit({"a": "b"})
        github.change(project, before)
        await gateway.idle()
        (entry,) = (await ada.get(f"{REPOSITORY}/pushes")).json()["items"]
        assert {it["reason"] for it in entry["verdicts"]} == {"builds-off"}
        await ada.put(f"{REPOSITORY}/source", json={**wish, "enabled": True})
        before = project.git.refs()
        project.git.commit({"a": "c"})
        github.change(project, before)
        await gateway.builds(1)
        newest, _ = (await ada.get(f"{REPOSITORY}/pushes")).json()["items"]
    assert [it["reason"] for it in newest["verdicts"]] == [None, "rule-disabled"]


async def test_another_project_begins_anew_and_keeps_the_rules(
    gateway: Gateway, github: FakeGithub, project: FakeProject
) -> None:
    await set_source(gateway, project, {})
    other = github.make_project("ada/raft", private=True)
    other.git.commit({"Dockerfile": "FROM scratch\n"})
    await set_source(gateway, other)
    await gateway.idle()
    assert not gateway.sent(BuildImage)
    before = other.git.refs()
    other.git.commit({"a": "b"})
    github.change(other, before)
    (build,) = await gateway.builds(1)
    assert build.source.project == "ada/raft"


async def test_a_build_gets_a_token_that_reads_its_project_and_no_more(
    gateway: Gateway, github: FakeGithub, project: FakeProject
) -> None:
    await set_source(gateway, project, {})
    id = gateway.people.repositories["team/app"]
    token = await gateway.bus.ask(AskSourceToken(repository_id=id, project="ada/boat"))
    again = await gateway.bus.ask(AskSourceToken(repository_id=id, project="ada/boat"))
    wrong = await gateway.bus.ask(AskSourceToken(repository_id=id, project="ada/secret"))
    assert token.username == "x-access-token"
    assert token.password is not None
    assert token.password != again.password
    grant = github.world.tokens[token.password]
    assert (grant.projects, grant.permissions) == (
        frozenset({project.id}),
        {"contents": "read", "metadata": "read"},
    )
    assert wrong.password is None


async def test_a_revoked_installation_gives_no_token(
    gateway: Gateway, github: FakeGithub, project: FakeProject
) -> None:
    await set_source(gateway, project, {})
    github.world.installations.clear()
    id = gateway.people.repositories["team/app"]
    token = await gateway.bus.ask(AskSourceToken(repository_id=id, project="ada/boat"))
    assert token.password is None


async def test_the_badge_shows_the_newest_build(gateway: Gateway, project: FakeProject) -> None:
    await set_source(gateway, project, {})
    async with gateway.client() as ada:
        badge = await ada.get(f"{REPOSITORY}/badge.svg")
        same = await ada.get(
            f"{REPOSITORY}/badge.svg", headers={"If-None-Match": badge.headers["ETag"]}
        )
        unknown = await ada.get(f"{REPOSITORY}/badge.svg?rule=9")
    assert badge.headers["content-type"] == "image/svg+xml"
    assert ">none</text>" in badge.text
    assert (same.status_code, unknown.status_code) == (304, 404)
