"""B4: from the request to build to the tag, beside what git, the engine and a registry take for the like."""

from __future__ import annotations

import os
import statistics
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.bare_builder import BareBuilder
from benchmarks.bare_registry import BareRegistry
from benchmarks.results import AtMost, Row
from boatyard.shared.testing.engine import Engine, program
from boatyard.shared.testing.github import FakeGithub, FakeProject
from boatyard.shared.testing.github.linking import link, make_app
from boatyard.shared.testing.installation import Installation, Person
from boatyard.shared.testing.processes import wait_until

SHARE, SECONDS = 0.10, 1.0
"""What Boatyard may add to a build: this share of it, or so long if that is more."""
REPOSITORY = "captain/hello"
LIMIT_SECONDS = 120
DOCKERFILE = """\
FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "--install", "/bin"]
COPY libraries /libraries
RUN gzip -c /libraries > /packed
COPY source /source
RUN sha256sum /source > /sum
CMD ["cat", "/sum"]
"""
LIBRARY_BYTES = 20_000_000


@dataclass(frozen=True)
class Kind:
    """A kind of build: whether everything in it is new, or the last steps only, and how many are timed."""

    name: str
    cold: bool
    builds: int


KINDS = (
    Kind("cold", cold=True, builds=4),
    Kind("cached but for the last steps", cold=False, builds=8),
)


@dataclass(frozen=True)
class Yard:
    """Boatyard and the bare builder, with one engine and one project for both."""

    project: FakeProject
    captain: Person
    rule: str
    bare: BareBuilder
    clone_url: str

    def commit(self, *, cold: bool) -> str:
        """A commit that nobody has built."""
        files: dict[str, str | bytes] = {"source": os.urandom(1000).hex()}
        if cold:
            files["libraries"] = os.urandom(LIBRARY_BYTES)
        return self.project.git.commit(files)

    def ours(self, *, cold: bool) -> float:
        """How long a build through Boatyard takes, until the tag is seen in the API."""
        tag = self.commit(cold=cold)[:7]
        began = time.perf_counter()
        self.captain.post(f"/repositories/{REPOSITORY}/build-rules/{self.rule}/build", ref="main")
        path = f"/repositories/{REPOSITORY}/tags/{tag}"
        wait_until(
            lambda: self.captain.api.get(path).is_success, seconds=LIMIT_SECONDS, what=f"the {tag}"
        )
        return time.perf_counter() - began

    def bare_one(self, *, cold: bool) -> float:
        """How long the same takes without Boatyard."""
        commit = self.commit(cold=cold)
        began = time.perf_counter()
        self.bare.make(self.clone_url, commit, REPOSITORY)
        return time.perf_counter() - began


def measure(folder: Path) -> list[Row]:
    """Build new commits with both, in turns, each with the one that had the last turn first."""
    with ExitStack() as stack:
        yard = _set_up(stack, folder)
        return [_row(yard, kind) for kind in KINDS]


def _row(yard: Yard, kind: Kind) -> Row:
    took: dict[str, list[float]] = {"ours": [], "bare": []}
    turns = {"ours": yard.ours, "bare": yard.bare_one}
    for number in range(kind.builds + 1):
        for who in sorted(turns, reverse=bool(number % 2)):
            seconds = turns[who](cold=kind.cold or not number)
            if number:  # the first ones find the engine, make connections, and fill the cache
                took[who].append(seconds)
    bare = statistics.median(took["bare"])
    return Row(
        what=f"from request to tag, {kind.name}",
        value=statistics.median(took["ours"]),
        unit="s",
        bare=bare,
        bare_is="git fetch, the engine's BuildKit, push",
        budget=AtMost(1 + max(SHARE, SECONDS / bare)),
    )


def _set_up(stack: ExitStack, folder: Path) -> Yard:
    engine, bare, github = Engine(), BareRegistry(folder), FakeGithub(folder / "github")
    engine.start()
    stack.callback(engine.stop)
    bare.start()
    stack.callback(bare.stop)
    github.start()
    stack.callback(github.stop)
    github.world.signed_in = "octocat"
    project = github.make_project("octocat/hello")
    busybox = Path(program("busybox")).read_bytes()
    project.git.commit({"Dockerfile": DOCKERFILE, "busybox": busybox})
    boatyard = Installation(folder, **_environment(github, engine))
    stack.callback(boatyard.remove)
    boatyard.start()
    captain = boatyard.sign_up("captain")
    make_app(captain)
    link(captain)
    builder = BareBuilder(engine, bare.address, folder)
    stack.callback(builder.close)
    url = f"{github.url}/{project.full_name}.git"
    return Yard(project, captain, _rule(captain)["id"], builder, url)


def _environment(github: FakeGithub, engine: Engine) -> dict[str, str]:
    return {
        "BOATYARD_GITHUB_GATEWAY_GITHUB_URL": github.url,
        "BOATYARD_BUILDER_FETCH_HTTP_HOSTS": f"127.0.0.1:{github.port}",
        "BOATYARD_BUILDER_FETCH_ALLOW_NETWORKS": "127.0.0.0/8",
        "BOATYARD_BUILDER_PRIVATE_ENGINE": "off",  # the same for both
        "BOATYARD_BUILDER_DOCKER_HOST": engine.host,
        "BOATYARD_BUILDER_BUILD_NETWORK": "none",
    }


def _rule(captain: Person) -> dict[str, Any]:
    captain.post("/repositories", name=REPOSITORY.partition("/")[2])
    captain.put(f"/repositories/{REPOSITORY}/source", project="octocat/hello")
    made: dict[str, Any] = captain.post(
        f"/repositories/{REPOSITORY}/build-rules",
        type="branch",
        pattern="main",
        versions="{sha7}",
        override=True,
    )
    return made
