"""The client against a GitHub that answers as GitHub does."""

import asyncio
import datetime as dt
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.responses import JSONResponse, RedirectResponse

from boatyard.github_gateway.github import (
    CheckRun,
    CheckStatus,
    Conclusion,
    GithubBusy,
    GithubDenied,
    GithubMissing,
    GithubRefused,
    GithubUnavailable,
    StatusState,
)
from boatyard.github_gateway.github.client import GithubClient
from boatyard.github_gateway.github.hookclient import APP_HOOK, project_hook
from boatyard.github_gateway.identity.jwt import app_jwt
from boatyard.github_gateway.refs import Ref, RefKind
from boatyard.shared.clock import SystemClock
from boatyard.shared.testing.github import FakeGithub, FakeProject
from boatyard.shared.testing.github.repositories import git_environment
from boatyard.shared.testing.github.trial import clone_url, prepare

NOBODY = "http://127.0.0.1:9/events"
BRANCH, TAG = RefKind.BRANCH, RefKind.TAG


@pytest.fixture
def project(github: FakeGithub) -> FakeProject:
    github.make_app(NOBODY)
    project = github.make_project("ada/boat", private=True)
    project.git.commit({"Dockerfile": "FROM scratch\n", "src/main.c": "int x;\n"}, "Lay the keel")
    github.install("ada")
    return project


@pytest.fixture
def token(github: FakeGithub, project: FakeProject) -> str:
    return github.world.user_token("ada")


@pytest.fixture
def jwt(github: FakeGithub, project: FakeProject) -> str:
    app = github.world.app
    assert app is not None
    return app_jwt(app.client_id, app.private_key, SystemClock().now())


async def test_a_project_is_found_by_name_and_by_id(
    client: GithubClient, project: FakeProject, token: str
) -> None:
    found = await client.project(token, "ada/boat")
    assert found == await client.project_by_id(token, project.id)
    assert (found.id, found.private, found.writable, found.administrable) == (
        project.id,
        True,
        True,
        True,
    )


async def test_whose_token_it_is(client: GithubClient, token: str) -> None:
    assert (await client.user(token)).login == "ada"


async def test_refs_are_listed_with_the_commits_that_they_lead_to(
    client: GithubClient, project: FakeProject, token: str
) -> None:
    sha = project.git.refs()["refs/heads/main"]
    other = project.git.commit({"a": "b"}, branch="feature/sail", parent=sha)
    project.git.tag("v1", "main")
    held = project.git.tag("v2", "main", annotated=True)
    assert held != sha
    assert await client.refs(token, "ada/boat") == {
        Ref(BRANCH, "main"): sha,
        Ref(BRANCH, "feature/sail"): other,
        Ref(TAG, "v1"): sha,
        Ref(TAG, "v2"): sha,
    }


async def test_an_empty_project_has_no_refs(
    client: GithubClient, github: FakeGithub, token: str
) -> None:
    github.make_project("ada/empty")
    assert await client.refs(token, "ada/empty") == {}


async def test_a_commit_is_found_by_hash_and_by_ref(
    client: GithubClient, project: FakeProject, token: str
) -> None:
    sha = project.git.commit({"a": "b"}, "Hoist the sail\n\nAll of it", branch="feature/sail")
    found = await client.commit(token, "ada/boat", sha)
    assert found == await client.commit(token, "ada/boat", "refs/heads/feature/sail")
    assert (found.sha, found.message, found.author) == (sha, "Hoist the sail\n\nAll of it", "Ada")
    assert SystemClock().now() - found.committed_at < dt.timedelta(hours=1)


async def test_dockerfiles_are_found_in_the_tree(
    client: GithubClient, project: FakeProject, token: str
) -> None:
    names = ["web/Dockerfile", "api.Dockerfile", "Dockerfile.dev", "Dockerfile.dockerignore"]
    project.git.commit(dict.fromkeys(names, "x"))
    found = await client.dockerfiles(token, "ada/boat", "refs/heads/main")
    assert found.paths == ("Dockerfile", "Dockerfile.dev", "api.Dockerfile", "web/Dockerfile")
    assert found.complete


async def test_what_changed_between_commits(
    client: GithubClient, project: FakeProject, token: str
) -> None:
    first = project.git.refs()["refs/heads/main"]
    project.git.commit({"src/main.c": None, "docs/a.md": "x"})
    last = project.git.commit({"Dockerfile": "FROM busybox\n"})
    assert await client.changed_files(token, "ada/boat", first, last) == (
        "Dockerfile",
        "docs/a.md",
        "src/main.c",
    )
    assert await client.changed_files(token, "ada/boat", first, first) == ()
    assert await client.changed_files(token, "ada/boat", last, first) is None
    assert await client.changed_files(token, "ada/boat", "f" * 40, last) is None


async def test_lists_are_read_to_their_end(
    client: GithubClient, github: FakeGithub, token: str
) -> None:
    for number in range(120):
        github.make_project(f"ada/p{number:03}")
    (installation,) = await client.users.installations(token)
    assert (installation.account, installation.suspended) == ("ada", False)
    assert len(await client.users.installed_projects(token, installation.id)) == 121
    assert len(await client.users.projects(token)) == 121


async def test_a_token_of_the_installation_is_good_for_one_project(
    client: GithubClient, github: FakeGithub, project: FakeProject, jwt: str
) -> None:
    github.make_project("ada/secret", private=True)
    installation = await client.app.installation_for(jwt, "ada/boat")
    assert installation is not None
    narrow = await client.app.token(
        jwt, installation.id, project_id=project.id, permissions={"contents": "read"}
    )
    assert Ref(BRANCH, "main") in await client.refs(narrow.token, "ada/boat")
    assert narrow.expires_at - SystemClock().now() > dt.timedelta(minutes=59)
    with pytest.raises(GithubMissing):
        await client.project(narrow.token, "ada/secret")
    with pytest.raises(GithubMissing):
        await client.refs(narrow.token, "ada/secret")
    assert narrow.token not in repr(narrow)


async def test_the_app_proves_who_it_is(client: GithubClient, jwt: str) -> None:
    assert await client.app.name(jwt) == "Boatyard"
    with pytest.raises(GithubDenied):
        await client.app.name(jwt[:-6] + "AAAAAA")


async def test_a_project_without_the_app_has_no_installation(
    client: GithubClient, github: FakeGithub, jwt: str
) -> None:
    github.make_project("bob/other")
    assert await client.app.installation_for(jwt, "bob/other") is None


async def test_the_app_is_uninstalled_once_and_twice(
    client: GithubClient, github: FakeGithub, jwt: str
) -> None:
    (id,) = github.world.installations
    await client.app.uninstall(jwt, id)
    await client.app.uninstall(jwt, id)
    assert not github.world.installations


async def test_the_webhook_of_the_app_is_told_its_secret(
    client: GithubClient, github: FakeGithub, jwt: str
) -> None:
    await client.app.set_webhook(jwt, url="http://127.0.0.1:9/new", secret="new")
    assert github.world.app is not None
    assert (github.world.app.webhook_url, github.world.app.webhook_secret) == (
        "http://127.0.0.1:9/new",
        "new",
    )


async def test_a_code_is_exchanged_once_and_the_token_renewed(
    client: GithubClient, github: FakeGithub, project: FakeProject
) -> None:
    app = github.world.app
    assert app is not None
    code = github.world.code_for("ada")
    got = await client.users.exchange(app.client_id, app.client_secret, code)
    assert (await client.user(got.access)).login == "ada"
    assert got.expires_in == 28_800
    assert got.refresh is not None
    with pytest.raises(GithubRefused):
        await client.users.exchange(app.client_id, app.client_secret, code)
    renewed = await client.users.refresh(app.client_id, app.client_secret, got.refresh)
    assert renewed.access != got.access
    with pytest.raises(GithubRefused):
        await client.users.refresh(app.client_id, app.client_secret, got.refresh)
    await client.users.revoke(app.client_id, app.client_secret, renewed.access)
    await client.users.revoke(app.client_id, app.client_secret, renewed.access)
    with pytest.raises(GithubDenied):
        await client.user(renewed.access)


async def test_a_status_is_set_at_a_commit(
    client: GithubClient, github: FakeGithub, project: FakeProject, token: str
) -> None:
    sha = project.git.refs()["refs/heads/main"]
    shown = {"context": "boatyard", "description": "x" * 200, "target_url": "http://b/1"}
    await client.set_status(token, "ada/boat", sha, state=StatusState.PENDING, **shown)
    (status,) = github.world.statuses
    assert (status.sha, status.state, len(status.description)) == (sha, "pending", 140)
    with pytest.raises(GithubRefused):
        await client.set_status(token, "ada/boat", "f" * 40, state=StatusState.ERROR, **shown)


async def test_a_check_run_is_made_found_updated_and_ended(
    client: GithubClient, github: FakeGithub, project: FakeProject, jwt: str, token: str
) -> None:
    sha, now = project.git.refs()["refs/heads/main"], SystemClock().now()
    run = CheckRun(
        name="boatyard/team/app #1 branch main",
        head_sha=sha,
        external_id="0190",
        details_url="http://b/1",
        status=CheckStatus.QUEUED,
        conclusion=None,
        started_at=None,
        completed_at=None,
        title="Waiting",
        summary="x" * 70_000,
    )
    (installation,) = github.world.installations
    permissions = {"checks": "write"}
    minted = await client.app.token(
        jwt, installation, project_id=project.id, permissions=permissions
    )
    checks, narrow = client.checks, minted.token
    assert await checks.find(narrow, "ada/boat", run) is None
    id = await checks.create(narrow, "ada/boat", run)
    assert await checks.find(narrow, "ada/boat", run) == id
    assert await checks.find(narrow, "ada/boat", replace(run, external_id="0191")) is None
    await checks.update(
        narrow, "ada/boat", id, replace(run, status=CheckStatus.IN_PROGRESS, started_at=now)
    )
    await checks.end(narrow, "ada/boat", id, Conclusion.CANCELLED, why="Overtaken")
    shown = github.world.check_runs[id]
    assert shown.told == ["queued", "in_progress", "cancelled"]
    assert (shown.title, shown.external_id) == ("Overtaken", "0190")
    assert shown.started_at == now.strftime("%Y-%m-%dT%H:%M:%SZ")
    with pytest.raises(GithubRefused):
        await checks.create(narrow, "ada/boat", replace(run, head_sha="f" * 40))
    with pytest.raises(GithubMissing):
        await checks.update(narrow, "ada/boat", id + 1, run)
    with pytest.raises(GithubDenied):
        await checks.create(token, "ada/boat", run)


async def test_a_webhook_of_a_project_is_made_and_removed(
    client: GithubClient, github: FakeGithub, project: FakeProject, token: str
) -> None:
    id = await client.hooks.create(token, "ada/boat", url=NOBODY, secret="s")
    assert github.world.hooks[id].secret == "s"
    await client.hooks.delete(token, project_hook("ada/boat", id))
    await client.hooks.delete(token, project_hook("ada/boat", id))
    assert not github.world.hooks


async def test_deliveries_are_listed_read_and_asked_for_again(
    client: GithubClient, github: FakeGithub, project: FakeProject, jwt: str
) -> None:
    before = project.git.refs()
    sha = project.git.commit({"a": "b"}, "Lost on the way")
    github.change(project, before)
    github.courier.settle()
    (lost,) = [it async for it in client.hooks.deliveries(jwt, APP_HOOK)]
    assert (lost.event, lost.ok) == ("push", False)
    content = await client.hooks.content(jwt, APP_HOOK, lost.id)
    assert content.event == "push"
    assert sha.encode() in content.payload
    await client.hooks.redeliver(jwt, APP_HOOK, lost.id)
    github.courier.settle()
    again, first = [it async for it in client.hooks.deliveries(jwt, APP_HOOK)]
    assert again.guid == first.guid


@pytest.mark.parametrize(
    ("status", "headers", "body", "error"),
    [
        (500, {}, {}, GithubUnavailable),
        (502, {}, {}, GithubUnavailable),
        (401, {}, {"message": "Bad credentials"}, GithubDenied),
        (403, {}, {"message": "Resource not accessible by integration"}, GithubDenied),
        (404, {}, {"message": "Not Found"}, GithubMissing),
        (422, {}, {"message": "Validation Failed"}, GithubRefused),
        (200, {}, {"odd": True}, GithubUnavailable),
        (200, {}, [], GithubUnavailable),
    ],
)
async def test_what_an_answer_means_is_a_type(
    client: GithubClient,
    github: FakeGithub,
    token: str,
    status: int,
    headers: dict[str, str],
    body: object,
    error: type[Exception],
) -> None:
    github.api.faults.append(JSONResponse(body, status, headers))
    with pytest.raises(error):
        await client.project(token, "ada/boat")
    github.api.answers.clear()  # such answers are no part of GitHub's description


@pytest.mark.parametrize(
    ("status", "headers", "message", "seconds"),
    [
        (429, {"Retry-After": "17"}, "", 17),
        (403, {"Retry-After": "30"}, "You have exceeded a secondary rate limit", 30),
        (403, {}, "You have exceeded a secondary rate limit", 60),
        (429, {}, "", 60),
    ],
)
async def test_a_rate_limit_says_how_long_to_wait(
    client: GithubClient,
    github: FakeGithub,
    token: str,
    status: int,
    headers: dict[str, str],
    message: str,
    seconds: int,
) -> None:
    github.api.faults.append(JSONResponse({"message": message}, status, headers))
    with pytest.raises(GithubBusy) as caught:
        await client.project(token, "ada/boat")
    assert caught.value.retry_after == seconds


async def test_a_used_up_rate_limit_says_when_it_is_filled_again(
    client: GithubClient, github: FakeGithub, token: str
) -> None:
    reset = str(int(SystemClock().now().timestamp()) + 600)
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}
    github.api.faults.append(JSONResponse({"message": "API rate limit"}, 403, headers))
    with pytest.raises(GithubBusy) as caught:
        await client.project(token, "ada/boat")
    assert 500 < caught.value.retry_after <= 600


async def test_a_redirect_is_followed_on_the_same_server_only(
    client: GithubClient, github: FakeGithub, project: FakeProject, token: str
) -> None:
    moved = f"/api/v3/repositories/{project.id}"
    github.api.faults.append(RedirectResponse(moved, 301))
    assert (await client.project(token, "ada/old-name")).full_name == "ada/boat"
    github.api.faults.append(RedirectResponse("http://169.254.169.254/latest", 301))
    with pytest.raises(GithubUnavailable, match="another host"):
        await client.project(token, "ada/boat")
    github.api.answers.clear()  # a redirect without a body is none of GitHub's


async def test_a_github_that_is_away_is_unavailable(
    client: GithubClient, github: FakeGithub, token: str
) -> None:
    github.pause()
    with pytest.raises(GithubUnavailable, match="can't be reached"):
        await client.user(token)


async def test_a_github_to_try_things_with_has_a_project_to_push_to(
    github: FakeGithub, tmp_path: Path
) -> None:
    prepare(github)

    def git(*arguments: str) -> None:
        command = ["git", "-C", str(tmp_path), *arguments]
        subprocess.run(command, env=git_environment(), capture_output=True, check=True)

    await asyncio.to_thread(git, "clone", clone_url(github), "work")
    await asyncio.to_thread(git, "-C", "work", "commit", "--allow-empty", "-m", "Again")
    await asyncio.to_thread(git, "-C", "work", "push", "origin", "main")
    project = github.world.project("octocat/hello")
    assert project is not None
    assert project.git.git("log", "--format=%s", "main").splitlines() == ["Again", "Say hello"]
