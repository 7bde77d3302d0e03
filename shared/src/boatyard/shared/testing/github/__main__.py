"""A GitHub to try Boatyard with, without an account: `python -m boatyard.shared.testing.github FOLDER`.

It has one person, `octocat`, who says yes on every page, and one project, `octocat/hello`, to push to.
`make demo` starts it beside a whole Boatyard.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path

from boatyard.shared.testing.github import FakeGithub
from boatyard.shared.testing.github.trial import clone_url, prepare

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
    sys.stdout.write(WORDS.format(url=github.url, clone=clone_url(github)))
    sys.stdout.flush()
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    stopping.wait()
    github.stop()


if __name__ == "__main__":
    main()
