"""An administrator connects Boatyard with GitHub, people link their accounts, and take it all back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from starlette.responses import JSONResponse

from boatyard.github_gateway.accounts import store
from boatyard.github_gateway.github.addresses import Addresses
from boatyard.shared.testing.github import FakeGithub, FakeProject
from tests.integration.github_gateway.harness import (
    REPOSITORY,
    Gateway,
    app_of,
    link,
    make_app,
    set_source,
)


@pytest.fixture
async def fresh(github: FakeGithub, tmp_path: Path) -> AsyncIterator[Gateway]:
    """A gateway that nobody connected with GitHub yet."""
    gateway = Gateway(github, tmp_path / "gateway")
    await gateway.start()
    yield gateway
    await gateway.stop()


async def test_without_an_app_every_route_says_what_to_do(fresh: Gateway) -> None:
    async with fresh.client() as ada, fresh.client("root") as root:
        account = (await ada.get("/api/v1/github/account")).json()
        linking = await ada.post("/api/v1/github/link", json={})
        projects = await ada.get("/api/v1/github/projects")
        app = (await root.get("/api/v1/github/app")).json()
    assert (account["configured"], account["linked"]) == (False, False)
    assert "administrator" in account["to_do"]
    assert linking.status_code == projects.status_code == 409
    assert "An administrator connects it" in linking.json()["detail"]
    assert app["configured"] is False
    assert "/api/v1/github/app/manifest" in app["to_do"]


async def test_the_administrator_lets_github_make_the_app(fresh: Gateway) -> None:
    await make_app(fresh)
    async with fresh.client("root") as root:
        shown = (await root.get("/api/v1/github/app")).json()
    app = app_of(fresh.github)
    assert (shown["configured"], shown["kind"], shown["app_id"], shown["created_by"]) == (
        True,
        "github-app",
        app.id,
        "root",
    )
    assert app.webhook_url == f"{fresh.url}/github/events"
    secrets = (app.client_secret, app.webhook_secret, app.private_key)
    assert not any(secret in str(shown) for secret in secrets)


async def test_the_apps_secrets_are_sealed_in_the_database(fresh: Gateway, tmp_path: Path) -> None:
    await make_app(fresh)
    await link(fresh)
    app = app_of(fresh.github)
    tokens = [token for token in fresh.github.world.tokens if token.startswith("ghu_")]
    stored = b"".join(path.read_bytes() for path in (tmp_path / "gateway").glob("*.db*"))
    for secret in (app.client_secret, app.webhook_secret, app.private_key[40:80], *tokens):
        assert secret.encode() not in stored
    (key,) = (tmp_path / "gateway" / "keys").iterdir()
    assert key.stat().st_mode & 0o777 == 0o600


async def test_only_administrators_see_or_change_the_app(fresh: Gateway) -> None:
    async with fresh.client() as ada, fresh.client(None) as nobody:
        assert (await ada.get("/api/v1/github/app")).status_code == 403
        assert (await ada.post("/api/v1/github/app/manifest", json={})).status_code == 403
        assert (await ada.delete("/api/v1/github/app")).status_code == 403
        assert (await ada.get("/api/v1/github/deliveries")).status_code == 403
        assert (await nobody.get("/api/v1/github/app")).status_code == 401


async def test_a_code_that_somebody_else_brings_makes_no_app(fresh: Gateway) -> None:
    async with fresh.client("root") as root, fresh.client("ada") as ada:
        form = (await root.post("/api/v1/github/app/manifest", json={})).json()
        (state,) = parse_qs(urlsplit(form["action"]).query)["state"]
        answer = await ada.get("/api/v1/github/app/callback", params={"code": "x", "state": state})
        forged = await root.get("/api/v1/github/app/callback", params={"code": "x", "state": "y"})
        late = await root.get("/api/v1/github/app/callback", params={"code": "x", "state": state})
    assert answer.headers["location"] == forged.headers["location"] == "/?github=expired"
    assert late.headers["location"] == "/?github=expired"  # GitHub does not know this code
    assert fresh.github.world.app is None


async def test_an_organization_can_own_the_app(fresh: Gateway) -> None:
    async with fresh.client("root") as root:
        answer = await root.post(
            "/api/v1/github/app/manifest", json={"organization": "shipyard", "return_to": "/setup"}
        )
    assert answer.json()["action"].startswith(
        f"{fresh.github.url}/organizations/shipyard/settings/apps/new?state="
    )
    assert answer.json()["manifest"]["default_permissions"] == {
        "contents": "read",
        "metadata": "read",
        "checks": "write",
        "statuses": "write",
    }


async def test_an_app_that_exists_is_tried_before_it_is_believed(fresh: Gateway) -> None:
    app = fresh.github.make_app(f"{fresh.url}/github/events")
    given = {
        "kind": "github-app",
        "app_id": app.id,
        "slug": app.slug,
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "webhook_secret": app.webhook_secret,
        "private_key": app.private_key,
    }
    async with fresh.client("root") as root:
        nonsense = await root.put("/api/v1/github/app", json={**given, "private_key": "x"})
        unknown = await root.put("/api/v1/github/app", json={**given, "client_id": "Iv1.0"})
        taken = await root.put("/api/v1/github/app", json=given)
        gone = await root.delete("/api/v1/github/app")
        after = await root.get("/api/v1/github/app")
    assert nonsense.status_code == unknown.status_code == 422
    assert nonsense.json()["errors"][0]["field"] == "body.private_key"
    assert (taken.status_code, taken.json()["configured"]) == (200, True)
    assert (gone.status_code, after.json()["configured"]) == (204, False)


async def test_a_person_links_and_installs_in_one_go(fresh: Gateway) -> None:
    await make_app(fresh)
    visited = await link(fresh)
    assert [urlsplit(url).path for url in visited] == [
        "/login/oauth/authorize",
        "/api/v1/github/callback",
        "/apps/boatyard-127.0.0.1/installations/new",
        "/api/v1/github/installed",
        "/settings",
    ]
    assert visited[-1] == "/settings?github=linked"
    async with fresh.client() as ada:
        account = (await ada.get("/api/v1/github/account")).json()
    assert (account["linked"], account["login"], account["to_do"]) == (True, "ada", None)
    assert [it["account"] for it in account["installations"]] == ["ada"]


async def test_whoever_installed_already_comes_straight_back(fresh: Gateway) -> None:
    await make_app(fresh)
    fresh.github.install("ada")
    visited = await link(fresh)
    assert len(visited) == 3
    assert visited[-1] == "/settings?github=linked"


@pytest.mark.parametrize(
    "return_to", ["//evil.example", "https://evil.example", "/\\evil.example", "x", "/a\nb"]
)
async def test_nobody_is_sent_back_to_another_site(fresh: Gateway, return_to: str) -> None:
    await make_app(fresh)
    async with fresh.client() as ada:
        answer = await ada.post("/api/v1/github/link", json={"return_to": return_to})
    assert answer.status_code == 422


async def test_a_login_that_another_person_began_links_nothing(fresh: Gateway) -> None:
    await make_app(fresh)
    async with fresh.client("bob") as bob, fresh.client("ada") as ada:
        url = (await bob.post("/api/v1/github/link", json={})).json()["authorize_url"]
        (state,) = parse_qs(urlsplit(url).query)["state"]
        code = fresh.github.world.code_for("ada")
        back = {"code": code, "state": state}
        answer = await ada.get("/api/v1/github/callback", params=back)
        assert answer.headers["location"] == "/?github=expired"
        assert (await ada.get("/api/v1/github/account")).json()["linked"] is False


async def test_saying_no_at_github_links_nothing(fresh: Gateway) -> None:
    await make_app(fresh)
    async with fresh.client() as ada:
        url = (await ada.post("/api/v1/github/link", json={})).json()["authorize_url"]
        (state,) = parse_qs(urlsplit(url).query)["state"]
        denied = {"error": "access_denied", "state": state}
        answer = await ada.get("/api/v1/github/callback", params=denied)
    assert answer.headers["location"] == "/?github=refused"


async def test_projects_branches_tags_and_dockerfiles_can_be_picked(
    gateway: Gateway, github: FakeGithub, project: FakeProject
) -> None:
    github.make_project("ada/anchor")
    project.git.commit({"x": "y"}, branch="dev")
    project.git.tag("v1")
    at = "/api/v1/github/projects/ada/boat"
    async with gateway.client() as ada:
        first = (await ada.get("/api/v1/github/projects?limit=1")).json()
        rest = await ada.get("/api/v1/github/projects", params={"cursor": first["next_cursor"]})
        found = (await ada.get("/api/v1/github/projects?q=ANCH")).json()
        branches = (await ada.get(f"{at}/branches")).json()["items"]
        tags = (await ada.get(f"{at}/tags")).json()["items"]
        files = (await ada.get(f"{at}/dockerfiles")).json()
        on_tag = (await ada.get(f"{at}/dockerfiles", params={"ref": "refs/tags/v1"})).json()
        missing = await ada.get("/api/v1/github/projects/ada/none/branches")
        no_ref = await ada.get(f"{at}/dockerfiles", params={"ref": "none"})
    assert [it["full_name"] for it in first["items"]] == ["ada/anchor"]
    assert [it["full_name"] for it in rest.json()["items"]] == ["ada/boat"]
    assert [it["full_name"] for it in found["items"]] == ["ada/anchor"]
    assert [it["name"] for it in branches] == ["main", "dev"]
    assert [it["name"] for it in tags] == ["v1"]
    assert files == on_tag == {"items": ["Dockerfile"], "complete": True}
    assert missing.status_code == no_ref.status_code == 404


async def test_a_rate_limit_at_github_is_passed_on_with_its_patience(
    gateway: Gateway, github: FakeGithub
) -> None:
    github.api.faults.append(JSONResponse({"message": "slow"}, 429, {"Retry-After": "9"}))
    async with gateway.client() as ada:
        answer = await ada.get("/api/v1/github/projects")
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) >= 9


async def test_a_github_that_is_away_is_no_error_of_ours(
    gateway: Gateway, github: FakeGithub
) -> None:
    github.pause()
    async with gateway.client() as ada:
        answer = await ada.get("/api/v1/github/projects")
        account = await ada.get("/api/v1/github/account")
    assert answer.status_code == 503
    assert "can't be reached" in account.json()["lost"]


async def test_unlinking_removes_what_linking_made_and_says_so(
    gateway: Gateway, github: FakeGithub, project: FakeProject
) -> None:
    await set_source(gateway, project, {})
    async with gateway.client() as ada:
        undone = (await ada.delete("/api/v1/github/link")).json()
        account = (await ada.get("/api/v1/github/account")).json()
        source = (await ada.get(f"{REPOSITORY}/source")).json()
        again = await ada.delete("/api/v1/github/link")
    assert undone["removed"] == [
        "The GitHub App in ada.",
        "The authorization at GitHub.",
        "The link with ada, and its tokens.",
    ]
    assert undone["kept"] == [
        "The build rules of team/app: they build again once an account is linked."
    ]
    assert account["linked"] is False
    assert "unlinked" in source["lost"]
    assert again.status_code == 404
    assert not github.world.installations
    assert not any(grant.login for grant in github.world.tokens.values())


async def test_unlinking_leaves_an_organizations_installation_alone(
    gateway: Gateway, github: FakeGithub
) -> None:
    project = github.make_project("shipyard/crane", organization=True)
    project.roles["ada"] = "push"
    github.install("shipyard")
    async with gateway.client() as ada:
        undone = (await ada.delete("/api/v1/github/link")).json()
    assert any("in shipyard: it is the organization's" in it for it in undone["kept"])
    assert [it.account.login for it in github.world.installations.values()] == ["shipyard"]


async def test_a_link_that_was_taken_back_at_github_says_so(
    gateway: Gateway, github: FakeGithub
) -> None:
    sender = {"id": github.world.owner("ada").id, "login": "ada"}
    github.courier.send("github_app_authorization", {"action": "revoked", "sender": sender})
    await gateway.idle()
    async with gateway.client() as ada:
        account = (await ada.get("/api/v1/github/account")).json()
        projects = await ada.get("/api/v1/github/projects")
    assert "taken back" in account["lost"]
    assert projects.status_code == 409
    await link(gateway)
    async with gateway.client() as ada:
        assert (await ada.get("/api/v1/github/projects")).status_code == 200


async def test_a_user_token_is_renewed_before_it_ends(
    gateway: Gateway, github: FakeGithub, project: FakeProject
) -> None:
    before = set(github.world.tokens)
    await expire_link(gateway)
    async with gateway.client() as ada:
        answer = await ada.get("/api/v1/github/projects")
    assert [it["full_name"] for it in answer.json()["items"]] == ["ada/boat"]
    renewed = set(github.world.tokens) - before
    assert len([token for token in renewed if token.startswith("ghu_")]) == 1


async def expire_link(gateway: Gateway) -> None:
    """Let the link's token be about to end."""
    async with gateway.state.database.unit_of_work() as uow:
        (row,) = await store.accounts(uow.session)
        row.expires_at = gateway.state.clock.now()
        uow.session.add(row)


async def test_an_oauth_app_makes_a_webhook_and_unlinking_removes_it(
    fresh: Gateway, github: FakeGithub, project: FakeProject
) -> None:
    app = github.make_oauth_app()
    given = {
        "kind": "oauth-app",
        "client_id": app.client_id,
        "client_secret": app.client_secret,
    }
    async with fresh.client("root") as root:
        assert (await root.put("/api/v1/github/app", json=given)).status_code == 200
    visited = await link(fresh)
    assert parse_qs(urlsplit(visited[0]).query)["scope"] == ["repo"]
    await set_source(fresh, project, {})
    await set_source(fresh, project, {}, repository="team/other")
    (hook,) = github.world.hooks.values()
    assert (hook.url, hook.project_id) == (f"{fresh.url}/github/events", project.id)
    before = project.git.refs()
    project.git.commit({"a": "b"})
    github.change(project, before)
    assert {build.repository for build in await fresh.builds(2)} == {"team/app", "team/other"}
    async with fresh.client() as ada:
        assert (await ada.delete(f"{REPOSITORY}/source")).status_code == 204
        assert github.world.hooks  # the other repository needs it
        undone = (await ada.delete("/api/v1/github/link")).json()
    assert "The webhook of ada/boat." in undone["removed"]
    assert not github.world.hooks


async def test_the_webhook_secret_is_rotated_without_a_gap(
    gateway: Gateway, github: FakeGithub, project: FakeProject
) -> None:
    await set_source(gateway, project, {})
    app = app_of(github)
    old = app.webhook_secret
    before = project.git.refs()
    project.git.commit({"a": "b"})
    github.courier.losing = True
    github.change(project, before)
    github.courier.settle()
    async with gateway.client("root") as root:
        answer = await root.post("/api/v1/github/app/rotate-webhook-secret")
    assert answer.status_code == 200
    assert app.webhook_secret not in ("", old)
    github.courier.losing = False
    signed_before = [it for it in github.courier.attempts if it.event == "push"]
    for attempt in signed_before:
        github.courier.post(attempt.event, attempt.payload, attempt.address, guid=attempt.guid)
    await gateway.builds(1)


async def test_the_project_list_needs_a_link(fresh: Gateway) -> None:
    await make_app(fresh)
    async with fresh.client() as ada:
        answer = await ada.get("/api/v1/github/projects")
    assert answer.status_code == 409
    assert answer.json()["type"].endswith(":github-link-lost")


def test_addresses_of_github_are_known() -> None:
    assert Addresses.of("https://github.com").api == "https://api.github.com"
    assert Addresses.of("https://git.example.org/").api == "https://git.example.org/api/v3"
    assert Addresses.of("https://team.ghe.com").api == "https://api.team.ghe.com"
    assert httpx.URL(Addresses.of("https://github.com").clone_url("a/b")).path == "/a/b.git"
