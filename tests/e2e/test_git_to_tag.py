"""Continuous builds as people use them: `git push`, the log live, the tag, and the news of it."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from boatyard.shared.testing.clients import Docker, output_of
from boatyard.shared.testing.engine import Engine, program
from boatyard.shared.testing.github import FakeCheckRun, FakeGithub, FakeProject
from boatyard.shared.testing.github.linking import link, make_app
from boatyard.shared.testing.github.repositories import git_environment
from boatyard.shared.testing.installation import PASSWORD, Installation, Person
from boatyard.shared.testing.processes import accepts, wait_until
from tests.e2e.mailbox import Mailbox

pytestmark = pytest.mark.docker

DockerOf = Callable[[str], Docker]
SECONDS = 60.0
# With the argument no two of the builds share the step, whose output only one of them would show.
DOCKERFILE = """\
FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "--install", "/bin"]
COPY greeting /
ARG SOURCE_BRANCH
RUN echo it-runs && sleep {seconds}
CMD ["cat", "/greeting"]
"""


@pytest.fixture(scope="module")
def github(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeGithub]:
    """A GitHub where octocat is signed in, and pushes with a password."""
    github = FakeGithub(tmp_path_factory.mktemp("github"))
    github.world.signed_in = "octocat"
    github.world.grant_password("octocat", "octocat")
    github.start()
    yield github
    github.stop()


@pytest.fixture(scope="module")
def yard(
    github: FakeGithub,
    engine: Engine,
    databases: Callable[[], dict[str, str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Installation]:
    yard = Installation(
        tmp_path_factory.mktemp("boatyard"),
        **databases(),
        BOATYARD_GITHUB_GATEWAY_GITHUB_URL=github.url,
        BOATYARD_BUILDER_FETCH_HTTP_HOSTS=f"127.0.0.1:{github.port}",
        BOATYARD_BUILDER_FETCH_ALLOW_NETWORKS="127.0.0.0/8",
        BOATYARD_BUILDER_PRIVATE_ENGINE="off",
        BOATYARD_BUILDER_DOCKER_HOST=engine.host,
        BOATYARD_BUILDER_BUILD_NETWORK="none",  # the tests' own engine has no other
        BOATYARD_BUILDER_LEASE_SECONDS="3",
    )
    yard.start()
    yield yard
    yard.remove()


@pytest.fixture(scope="module")
def captain(yard: Installation, github: FakeGithub) -> Person:
    """Who administers this Boatyard, has let GitHub make its App, and is linked with octocat."""
    captain = yard.sign_up("captain")
    make_app(captain)
    link(captain)
    account = captain.get("/github/account")
    assert (account["linked"], account["login"], account["to_do"]) == (True, "octocat", None)
    return captain


def project(github: FakeGithub, name: str) -> FakeProject:
    """A project with a first commit, from which an image can be built without any base image."""
    project = github.make_project(f"octocat/{name}", private=True)
    busybox = Path(program("busybox")).read_bytes()
    project.git.commit({"busybox": busybox, "greeting": "first"}, "Begin")
    return project


class Clone:
    """A working copy of a project, cloned, committed to and pushed with git."""

    def __init__(self, github: FakeGithub, project: FakeProject, folder: Path) -> None:
        self._folder = folder
        url = github.url.replace("://", "://octocat:octocat@")
        self.git("clone", "--quiet", f"{url}/{project.full_name}.git", str(folder), cwd=None)

    def commit(self, **files: str) -> str:
        """Write files and commit them; the commit's hash."""
        for name, text in files.items():
            (self._folder / name).write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "Say something else")
        return self.git("rev-parse", "HEAD")

    def git(self, *arguments: str, cwd: Path | None = Path()) -> str:
        done = subprocess.run(
            ["git", *arguments],
            cwd=None if cwd is None else self._folder,
            env=git_environment(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


def rule(person: Person, repository: str, type: str, pattern: str, **more: Any) -> None:
    person.post(f"/repositories/{repository}/build-rules", type=type, pattern=pattern, **more)


def builds(person: Person, repository: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = person.get(f"/repositories/{repository}/builds")["items"]
    return found


def build_of(person: Person, repository: str, ref: str) -> dict[str, Any]:
    """The build of a ref, once there is one."""

    def found() -> list[dict[str, Any]]:
        return [build for build in builds(person, repository) if build["source"]["ref"] == ref]

    wait_until(lambda: bool(found()), seconds=SECONDS, what=f"{ref} is built")
    return found()[0]


def watch(person: Person, repository: str, number: int, *, until: str) -> tuple[str, str]:
    """Read a log as it is written; the build's status when `until` was in it, and the status at its end."""
    path = f"/repositories/{repository}/builds/{number}"
    text, then, event = "", "", ""
    headers = {"Accept": "text/event-stream"}
    with person.api.stream("GET", f"{path}/log", headers=headers, timeout=SECONDS) as answer:
        for line in answer.iter_lines():
            field, _, value = line.partition(": ")
            if field == "event":
                event = value
            elif field == "data" and event == "log":
                text += json.loads(value)["text"]
                if not then and until in text:
                    then = person.get(path)["status"]
            elif field == "data" and event == "end":
                return then, json.loads(value)["status"]
    raise AssertionError(f"the log broke off:\n{text}")


def test_a_git_push_becomes_tags_and_the_news_of_them(
    github: FakeGithub,
    yard: Installation,
    captain: Person,
    mailbox: Mailbox,
    docker_of: DockerOf,
    tmp_path: Path,
) -> None:
    repository, hello = "captain/hello", project(github, "hello")
    captain.post("/repositories", name="hello")
    events = ["tag.pushed", "build.succeeded"]
    captain.post(f"/repositories/{repository}/webhooks", url=mailbox.url, events=events)
    seen = [it["full_name"] for it in captain.get("/github/projects")["items"]]
    assert hello.full_name in seen
    captain.put(f"/repositories/{repository}/source", project=hello.full_name)
    rule(captain, repository, "branch", "main", versions="edge", override=False)
    rule(captain, repository, "tag", "v*", versions="{1}", override=True)

    clone = Clone(github, hello, tmp_path / "clone")
    commit = clone.commit(Dockerfile=DOCKERFILE.format(seconds=2), greeting="ahoy")
    clone.git("tag", "v1.0")
    clone.git("tag", "--annotate", "--message", "Better", "v1.1")
    clone.git("push", "--quiet", "origin", "main", "v1.0", "v1.1")

    build = build_of(captain, repository, "refs/heads/main")
    then, end = watch(captain, repository, build["number"], until="it-runs\n")
    assert (then, end) == ("building", "succeeded")

    expected = {f"edge-{commit[:7]}", "1.0", "1.1"}
    requests = mailbox.wait_for(6, seconds=SECONDS)
    told = [json.loads(request.body) for request in requests]
    assert {it["data"]["tag"] for it in told if it["type"] == "tag.pushed"} == expected
    built = [it["data"] for it in told if it["type"] == "build.succeeded"]
    assert {tag for data in built for tag in data["tags"]} == expected

    docker = docker_of("captain")
    output_of(docker.login(yard.registry, "captain", PASSWORD))
    for tag in expected:
        reference = f"{yard.registry}/{repository}:{tag}"
        output_of(docker.pull(reference))
        assert output_of(docker.run("run", "--rm", "--network=none", reference)) == "ahoy"
        about = described(captain, repository, tag)
        assert about["labels"]["org.opencontainers.image.revision"] == commit
        assert re.fullmatch(r"build:\d+", about["pushed_by"])
    checks(github, commit, count=2)


def described(person: Person, repository: str, tag: str) -> dict[str, Any]:
    """A tag once its labels were read from the registry."""
    path = f"/repositories/{repository}/tags/{tag}"
    wait_until(lambda: bool(person.get(path)["described"]), seconds=SECONDS, what=f"{tag} is read")
    found: dict[str, Any] = person.get(path)
    return found


def checks(github: FakeGithub, commit: str, *, count: int) -> list[FakeCheckRun]:
    """What GitHub shows beside a commit, once all of it is green: the newest check run of each name."""

    def newest() -> dict[str, FakeCheckRun]:
        runs = list(github.world.check_runs.values())
        return {run.name: run for run in runs if run.head_sha == commit}

    wait_until(
        lambda: [run.conclusion for run in newest().values()] == ["success"] * count,
        seconds=SECONDS,
        what="the commit's checks are green",
    )
    return sorted(newest().values(), key=lambda run: run.name)


def test_what_is_run_again_at_github_is_built_again(
    github: FakeGithub, yard: Installation, captain: Person, tmp_path: Path
) -> None:
    repository, keen = "captain/keen", project(github, "keen")
    captain.post("/repositories", name="keen")
    captain.put(f"/repositories/{repository}/source", project=keen.full_name)
    rule(captain, repository, "branch", "main", versions="latest", override=True)
    clone = Clone(github, keen, tmp_path / "clone")
    commit = clone.commit(Dockerfile=DOCKERFILE.format(seconds=0), greeting="again")
    clone.git("push", "--quiet", "origin", "main")
    (check,) = checks(github, commit, count=1)
    assert f"docker pull {yard.registry}/{repository}:latest" in (check.summary or "")

    github.rerun(check, by="octocat")
    wait_until(
        lambda: checks(github, commit, count=1)[0].id != check.id,
        seconds=SECONDS,
        what="GitHub shows that it succeeded again",
    )
    again, first = builds(captain, repository)
    assert (again["cause"], again["caused_by"]) == ("manual", "octocat")
    assert again["source"]["commit"] == first["source"]["commit"] == commit


def test_a_build_survives_that_everything_is_killed(
    github: FakeGithub,
    yard: Installation,
    captain: Person,
    docker_of: DockerOf,
    tmp_path: Path,
) -> None:
    repository, hardy = "captain/hardy", project(github, "hardy")
    captain.post("/repositories", name="hardy")
    captain.put(f"/repositories/{repository}/source", project=hardy.full_name)
    rule(captain, repository, "branch", "main", versions="latest", override=True)
    clone = Clone(github, hardy, tmp_path / "clone")
    commit = clone.commit(Dockerfile=DOCKERFILE.format(seconds=3), greeting="still here")
    clone.git("push", "--quiet", "origin", "main")

    path = f"/repositories/{repository}/builds/{build_of(captain, repository, 'refs/heads/main')['number']}"
    wait_until(
        lambda: "it-runs\n" in captain.api.get(f"{path}/log").text,
        seconds=SECONDS,
        what="it is being built",
    )
    yard.process.kill()
    wait_until(lambda: not accepts(yard.registry_port), seconds=90, what="the registry ends, too")
    yard.start()

    wait_until(
        lambda: captain.get(path)["finished_at"] is not None, seconds=SECONDS, what="the build ends"
    )
    build = captain.get(path)
    assert (build["status"], build["attempt"], build["pushed_tags"]) == ("succeeded", 2, ["latest"])
    docker, reference = docker_of("captain"), f"{yard.registry}/{repository}:latest"
    output_of(docker.login(yard.registry, "captain", PASSWORD))
    output_of(docker.pull(reference))
    assert docker.digest(reference) == build["digest"]
    assert output_of(docker.run("run", "--rm", "--network=none", reference)) == "still here"
    checks(github, commit, count=1)
