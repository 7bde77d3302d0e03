"""What a GitHub has in it that somebody tries things with: a person, and a project that can be built."""

from __future__ import annotations

import shutil
from pathlib import Path

from boatyard.shared.testing.github import FakeGithub

PERSON = "octocat"
PROJECT = "octocat/hello"
PASSWORD = "octocat"  # noqa: S105 - of a GitHub that only exists to try things
_HUB = "FROM busybox\n"
_SCRATCH = """\
FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "--install", "/bin"]
"""
_REST = """\
COPY greeting /greeting
RUN for i in 1 2 3 4 5; do echo "this is line $i of 5"; sleep 1; done
CMD ["cat", "/greeting"]
"""
_HEAD_BYTES = 4096
"""Within them a program names what loads it, unless it is linked statically."""


def prepare(github: FakeGithub) -> None:
    """Let there be a person with a password, who is signed in, and a project of theirs."""
    github.world.signed_in = PERSON
    github.world.grant_password(PERSON, PASSWORD)
    project = github.make_project(PROJECT, private=True)
    if not project.git.refs():
        project.git.commit(_files(), "Say hello")


def clone_url(github: FakeGithub) -> str:
    """The project as git clones and pushes it, without asking for a password."""
    return f"{github.url.replace('://', f'://{PERSON}:{PASSWORD}@')}/{PROJECT}.git"


def _files() -> dict[str, str | bytes]:
    """The project's files. Where a static busybox is at hand, it is built without any network."""
    greeting: dict[str, str | bytes] = {"greeting": "Hello from Boatyard\n"}
    busybox = shutil.which("busybox")
    program = Path(busybox).read_bytes() if busybox else b""
    if not program or b"/ld-" in program[:_HEAD_BYTES]:
        return {**greeting, "Dockerfile": _HUB + _REST}
    return {**greeting, "Dockerfile": _SCRATCH + _REST, "busybox": program}
