"""compose.yaml ends at a Boatyard that works, whose parts are kept apart."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from boatyard.shared.testing.clients import Docker, output_of
from boatyard.shared.testing.engine import program
from boatyard.shared.testing.github import FakeGithub
from boatyard.shared.testing.github.repositories import git_environment
from boatyard.shared.testing.installation import PASSWORD, Person
from boatyard.shared.testing.processes import wait_until
from tests.compose.engine import BRIDGE
from tests.compose.fleet import SERVICES_ALONE, Fleet
from tests.e2e.mailbox import Mailbox

# The first test builds ten images and waits for a whole installation.
pytestmark = [pytest.mark.docker, pytest.mark.timeout(3000)]

SECONDS = 90.0
DOCKERFILE = """\
FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "--install", "/bin"]
ARG COMMIT_MSG
RUN for address in {addresses}; do \\
        echo "$address: $(timeout 3 nc -w 2 $address </dev/null >/dev/null 2>&1 && echo open || echo shut)"; \\
    done
CMD ["echo", "built"]
"""


def push_to(github: FakeGithub, project: str, folder: Path, **files: str) -> None:
    """Commit files to a project's main branch, with git as people use it."""

    def git(*arguments: str, cwd: Path | None) -> None:
        command = ["git", *arguments]
        done = subprocess.run(command, cwd=cwd, env=git_environment(), capture_output=True)
        assert done.returncode == 0, done.stderr

    url = github.url.replace("://", "://octocat:octocat@")
    git("clone", "--quiet", f"{url}/{project}.git", str(folder), cwd=None)
    for name, text in files.items():
        (folder / name).write_text(text)
    git("add", "--all", cwd=folder)
    git("commit", "--quiet", "--message", "Say something else", cwd=folder)
    git("push", "--quiet", "origin", "main", cwd=folder)


def tags(person: Person, repository: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = person.get(f"/repositories/{repository}/tags")["items"]
    return found


def test_a_push_becomes_a_tag_and_a_webhook_and_can_be_pulled(
    fleet: Fleet, captain: Person, mailbox: Mailbox, docker_of: Callable[[str], Docker]
) -> None:
    captain.post("/repositories", name="hello")
    captain.post("/repositories/captain/hello/webhooks", url=mailbox.url, events=["tag.pushed"])
    docker, reference = docker_of("captain"), f"{fleet.registry}/captain/hello:1"
    output_of(docker.login(fleet.registry, "captain", PASSWORD))
    output_of(docker.build_busybox(reference, says="ahoy"))
    output_of(docker.push(reference))
    told = json.loads(mailbox.wait_for(1, seconds=SECONDS)[0].body)
    assert (told["type"], told["data"]["tag"]) == ("tag.pushed", "1")
    # The webhook's receiver and the catalog hear of it at the same time.
    wait_until(
        lambda: [tag["name"] for tag in tags(captain, "captain/hello")] == ["1"],
        seconds=SECONDS,
        what="the pushed tag",
    )
    output_of(docker.rmi(reference))
    output_of(docker.pull(reference))
    assert output_of(docker.run("run", "--rm", "--network=none", reference)).strip() == "ahoy"


def test_a_git_push_is_built_where_it_reaches_no_part(
    fleet: Fleet, github: FakeGithub, captain: Person, tmp_path: Path
) -> None:
    project = github.make_project("octocat/built", private=True)
    project.git.commit({"busybox": Path(program("busybox")).read_bytes()}, "Begin")
    captain.post("/repositories", name="built")
    captain.put("/repositories/captain/built/source", project=project.full_name)
    captain.post(
        "/repositories/captain/built/build-rules",
        type="branch",
        pattern="main",
        versions="edge",
        override=True,
    )
    shut = [
        *(f"{ip} {port}" for part, port in PORTS for ip in addresses_of(fleet, part).values()),
        f"{BRIDGE} {github.port}",
        "169.254.169.254 80",
    ]
    registry = f"{addresses_of(fleet, 'registry')['engine']} 5000"
    text = DOCKERFILE.format(addresses=" ".join(f"'{address}'" for address in [registry, *shut]))
    push_to(github, project.full_name, tmp_path / "clone", Dockerfile=text)

    def ended() -> bool:
        return any(
            build["status"] not in {"queued", "building"}
            for build in captain.get("/repositories/captain/built/builds")["items"]
        )

    wait_until(ended, seconds=SECONDS * 2, what="the push is built")
    log = captain.api.get("/repositories/captain/built/builds/1/log").text
    answers = dict(re.findall(r"(\d+\.\d+\.\d+\.\d+ \d+): (open|shut)", log))
    assert answers == {registry: "open", **dict.fromkeys(shut, "shut")}, log
    wait_until(
        lambda: bool(tags(captain, "captain/built")), seconds=SECONDS, what="the build's tag"
    )


PORTS = [("nats", 4222), ("postgres", 5432), *((service, 8080) for service in SERVICES_ALONE)]


def addresses_of(fleet: Fleet, part: str) -> dict[str, str]:
    networks = fleet.engine.inspect(fleet.container(part))["NetworkSettings"]["Networks"]
    return {name.partition("_")[2]: network["IPAddress"] for name, network in networks.items()}


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/registry/events"])
def test_what_is_for_the_inside_stays_inside(fleet: Fleet, path: str) -> None:
    for method in ("GET", "POST"):
        assert httpx.request(method, f"{fleet.url}{path}", trust_env=False).status_code == 404


def test_an_administrator_sees_how_every_service_is(captain: Person) -> None:
    health = captain.get("/administration/health")
    assert (health["asked"], health["missing"]) == (True, [])
    services = {
        service: process for process in health["processes"] for service in process["services"]
    }
    assert services.keys() == set(SERVICES_ALONE)
    assert {service: process["problems"] for service, process in services.items()} == {
        service: {} for service in SERVICES_ALONE
    }


def test_every_page_of_the_console_has_a_nonce_of_its_own(fleet: Fleet) -> None:
    pages = [httpx.get(f"{fleet.url}{path}", trust_env=False) for path in ("/", "/favourites")]
    nonces = set()
    for page in pages:
        assert "__CSP_NONCE__" not in page.text
        written = set(re.findall(r'nonce="([^"]*)"', page.text))
        allowed = re.findall(r"'nonce-([^']*)'", page.headers["content-security-policy"])
        assert written == set(allowed)
        nonces |= written
    assert len(nonces) == len(pages)
    script = re.search(r'src="(/assets/[^"]+)"', pages[0].text)
    assert script
    got = httpx.get(f"{fleet.url}{script[1]}", trust_env=False)
    assert "immutable" in got.headers["cache-control"]
    assert httpx.get(f"{fleet.url}/assets/none.js", trust_env=False).status_code == 404


@pytest.mark.parametrize("service", [*SERVICES_ALONE, "gateway", "registry", "nats"])
def test_a_part_runs_as_nobody_and_writes_nowhere_but_in_its_volumes(
    fleet: Fleet, service: str
) -> None:
    about = fleet.engine.inspect(fleet.container(service))
    assert about["Config"]["User"] in {"boatyard", "10001:10001"}
    assert about["HostConfig"]["ReadonlyRootfs"]
    assert about["HostConfig"]["CapDrop"] == ["ALL"]


def test_no_secret_is_printed(fleet: Fleet) -> None:
    found = fleet.compose(
        "run",
        "--rm",
        "--no-deps",
        "-T",
        "--entrypoint",
        "cat",
        "setup",
        "/volumes/setup/secrets.json",
    )
    known = json.loads(found[found.index("{") : found.rindex("}") + 1])
    assert len(known) >= 4
    printed = fleet.compose("logs", "--no-color")
    assert not [name for name, secret in known.items() if secret in printed]


def test_everything_is_there_again_after_a_stop(fleet: Fleet, captain: Person) -> None:
    captain.post("/repositories", name="kept")
    fleet.down()
    fleet.up()
    again = fleet.sign_in("captain")
    assert again.get("/repositories/captain/kept")["name"] == "kept"
