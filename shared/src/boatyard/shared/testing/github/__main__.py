"""A GitHub to try Boatyard with, without an account: `python -m boatyard.shared.testing.github FOLDER`.

It has one person, `octocat`, who says yes on every page, and one project, `octocat/hello`, to push to.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path

from boatyard.shared.testing.github import FakeGithub

PERSON = "octocat"
PROJECT = "octocat/hello"
PASSWORD = "octocat"  # noqa: S105 - of a GitHub that only exists to try things
DOCKERFILE = 'FROM busybox\nCOPY greeting /greeting\nCMD ["cat", "/greeting"]\n'
WORDS = """\
A GitHub to try things with is ready at {url}

  Clone    git clone {clone}
  Push     git push        (each push is delivered to Boatyard as GitHub would)

Let Boatyard use it: BOATYARD_GITHUB_GATEWAY_GITHUB_URL={url}
Stop with Ctrl-C.
"""


def main() -> None:
    """Serve until a signal."""
    parser = argparse.ArgumentParser(prog="python -m boatyard.shared.testing.github")
    parser.add_argument("folder", type=Path, help="where the Git repositories are kept")
    parser.add_argument("--port", type=int, default=0, help="a free one if left out")
    asked = parser.parse_args()
    github = FakeGithub(asked.folder.absolute(), port=asked.port)
    prepare(github)
    github.start()
    clone = f"{github.url.replace('://', f'://{PERSON}:{PASSWORD}@')}/{PROJECT}.git"
    sys.stdout.write(WORDS.format(url=github.url, clone=clone))
    sys.stdout.flush()
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    stopping.wait()
    github.stop()


def prepare(github: FakeGithub) -> None:
    """Let there be a person with a password, and a project that can be built."""
    github.world.signed_in = PERSON
    project = github.make_project(PROJECT, private=True)
    if not project.git.refs():
        files = {"Dockerfile": DOCKERFILE, "greeting": "Hello from Boatyard\n"}
        project.git.commit(files, "Say hello")
    github.world.grant_password(PERSON, PASSWORD)


if __name__ == "__main__":
    main()
