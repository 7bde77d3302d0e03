"""Pushes at GitHub during a storm, each of which must become one build, one tag and the news of it."""

from __future__ import annotations

import json
import threading
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from boatyard.shared.oci import MediaType
from boatyard.shared.testing.engine import Engine, program
from boatyard.shared.testing.github import FakeGithub, FakeProject
from boatyard.shared.testing.github.linking import link, make_app
from boatyard.shared.testing.installation import PASSWORD, Person
from boatyard.shared.testing.processes import wait_until
from boatyard.shared.testing.receiver import Received
from tests.e2e.fleet import Fleet
from tests.e2e.mailbox import Mailbox

MANIFESTS = (MediaType.OCI_MANIFEST, MediaType.DOCKER_MANIFEST)
ENDINGS = ["build.succeeded", "build.failed", "build.canceled"]
ENDS = 150.0
"""Seconds within which every build must have ended after the last push."""
# Long enough that a builder is likely to be killed within it.
DOCKERFILE = """\
FROM scratch
COPY busybox /bin/busybox
COPY greeting /
RUN ["/bin/busybox", "sleep", "1"]
"""


def hurried(github: FakeGithub, engine: Engine) -> dict[str, dict[str, str]]:
    """What a fleet is told that builds from this GitHub with this engine, and may wait for nothing long."""
    return {
        "github-gateway": {
            "BOATYARD_GITHUB_GATEWAY_GITHUB_URL": github.url,
            "BOATYARD_GITHUB_GATEWAY_RECONCILE_SECONDS": "10",
            "BOATYARD_GITHUB_GATEWAY_CATCH_UP_SECONDS": "10",
        },
        "builder": {
            "BOATYARD_BUILDER_FETCH_HTTP_HOSTS": f"127.0.0.1:{github.port}",
            "BOATYARD_BUILDER_FETCH_ALLOW_NETWORKS": "127.0.0.0/8",
            "BOATYARD_BUILDER_PRIVATE_ENGINE": "off",
            "BOATYARD_BUILDER_DOCKER_HOST": engine.host,
            "BOATYARD_BUILDER_BUILD_NETWORK": "none",  # the tests' own engine has no other
            "BOATYARD_BUILDER_LEASE_SECONDS": "3",
            "BOATYARD_BUILDER_ATTEMPTS": "10",
        },
    }


@dataclass
class Shipyard:
    """A repository that is built from a project at GitHub whenever a tag is pushed there."""

    github: FakeGithub
    person: Person
    mailbox: Mailbox
    repository: str
    project: FakeProject
    commits: dict[str, str] = field(default_factory=dict)
    """Each tag that was pushed to its commit."""
    _turn: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def found(cls, github: FakeGithub, person: Person, mailbox: Mailbox, *, name: str) -> Shipyard:
        """Make the repository, its project, its rule and its webhook."""
        make_app(person)
        link(person)
        repository = f"{person.username}/{name}"
        project = github.make_project(f"{github.world.signed_in}/{name}", private=True)
        busybox = Path(program("busybox")).read_bytes()
        project.git.commit({"busybox": busybox, "Dockerfile": DOCKERFILE}, "Begin")
        person.post("/repositories", name=name)
        path = f"/repositories/{repository}"
        person.post(f"{path}/webhooks", url=mailbox.url, events=ENDINGS)
        person.put(f"{path}/source", project=project.full_name)
        person.post(f"{path}/build-rules", type="tag", pattern="v*", versions="{1}", override=True)
        return cls(github, person, mailbox, repository, project)

    def push(self, away: str) -> None:
        """Push a commit with a tag, and have GitHub tell of it, also where nobody listens."""
        with self._turn:
            git, number = self.project.git, len(self.commits)
            before = git.refs()
            commit = git.commit({"greeting": f"number {number}"}, f"Say number {number}")
            git.tag(f"v{number}", commit)
            self.commits[str(number)] = commit
            self.github.change(self.project, before)
            if away == "github-gateway":  # it stays so until GitHub has tried
                self.github.courier.settle()

    @property
    def untold(self) -> int:
        """How many events about pushes did not get through to Boatyard at once."""
        attempts = self.github.courier.attempts
        return sum(it.event == "push" and it.status != "OK" for it in attempts)

    def builds(self) -> list[dict[str, Any]]:
        """Every build that there is."""
        path = f"/repositories/{self.repository}/builds"
        found: list[dict[str, Any]] = self.person.get(path, limit=100)["items"]
        return found

    def is_built(self, fleet: Fleet) -> None:
        """Wait until each push was built and told of, and hold that it was so once."""
        self._is_told()
        self._compared_again()
        builds = {it["source"]["ref"]: it for it in self.builds()}
        assert len(builds) == len(self.builds()), "no push is built twice"
        assert set(builds) == {f"refs/tags/v{tag}" for tag in self.commits}
        kept = self._kept(fleet)
        for tag, commit in self.commits.items():
            build = builds[f"refs/tags/v{tag}"]
            assert (build["status"], build["pushed_tags"]) == ("succeeded", [tag]), build
            assert build["source"]["commit"] == commit
            assert kept[tag] == build["digest"], build
            self._is_shown(tag, build["digest"])

    def _is_told(self) -> None:
        expected = {(tag,) for tag in self.commits}
        requests = self.mailbox.wait_for(
            lambda requests: {tuple(_told(it)["data"]["tags"]) for it in requests} >= expected,
            seconds=ENDS,
        )
        unlike = [told for told in map(_told, requests) if told["type"] != "build.succeeded"]
        assert not unlike, unlike
        ids = Counter(request.headers["webhook-id"] for request in requests)
        assert len(ids) == len(expected), "a build is told of under one id"

    def _compared_again(self) -> None:
        """Wait until everything at GitHub was compared once more with what is known of it."""
        path = f"/repositories/{self.repository}/source"
        before = self.person.get(path)["reconciled_at"]
        wait_until(
            lambda: self.person.get(path)["reconciled_at"] != before,
            seconds=ENDS,
            what="the refs are compared",
        )

    def _kept(self, fleet: Fleet) -> dict[str, str]:
        """What the registry has under each tag."""
        query = {"service": "boatyard", "scope": f"repository:{self.repository}:pull"}
        with httpx.Client(trust_env=False, timeout=30) as http:
            realm, basic = f"{fleet.url}/registry/token", (self.person.username, PASSWORD)
            token = http.get(realm, params=query, auth=basic).json()["token"]
            headers = {"Authorization": f"Bearer {token}", "Accept": ", ".join(MANIFESTS)}
            url = f"http://{fleet.registry_host}/v2/{self.repository}/manifests"
            answers = {tag: http.head(f"{url}/{tag}", headers=headers) for tag in self.commits}
        return {tag: it.headers["Docker-Content-Digest"] for tag, it in answers.items()}

    def _is_shown(self, tag: str, digest: str) -> None:
        path = f"/repositories/{self.repository}/tags/{tag}"
        wait_until(
            lambda: self.person.api.get(path).json().get("digest") == digest,
            seconds=ENDS,
            what=f"catalog has {tag} as it was built",
        )


def _told(request: Received) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(request.body)
    return body
