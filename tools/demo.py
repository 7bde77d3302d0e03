"""`make demo`: a whole Boatyard beside a GitHub of its own, so that a push becomes an image without an account.

Both begin anew each time, in a folder that is emptied first, and end with this process.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
from contextlib import ExitStack, suppress
from pathlib import Path

from boatyard.shared.mendable import MendableError
from boatyard.shared.testing.engine import Engine, MissingPart, program
from boatyard.shared.testing.github import FakeGithub
from boatyard.shared.testing.github.trial import PROJECT, clone_url, prepare
from boatyard.shared.testing.installation import Installation
from boatyard.shared.testing.processes import accepts, free_port
from boatyard.standalone.parts import find_engine

FOLDER = Path(__file__).parents[1] / "var" / "demo"
PROJECTS = "github"
PORT = 8090
WORDS = """\
Boatyard is ready at {url}, beside a GitHub of its own at {github}

  1. Open {url} and make an account, captain say; the first one administers.
  2. Administration > GitHub > "Make the App at GitHub". (Whoever visits this GitHub is octocat, and says yes.)
  3. Repositories > "Create repository": call it hello, switch continuous build on, link your GitHub account,
     pick {project}, look at the rule (the branch main becomes the version latest), and create it.
  4. Push, in another terminal:
       git clone {clone} {folder}/hello
       cd {folder}/hello
       echo "Hello again" > greeting
       git commit --all --message "Greet again"
       git push
  5. Watch the log of the build, and then run the image:
{engine}       docker login --username captain {registry}
       docker run --rm --pull always {registry}/captain/hello:latest

Logs and data are in {folder}. Stop with Ctrl-C; the next demo begins anew.
"""


class DemoError(MendableError):
    """The demo can't begin; the text says what to do."""


def main() -> None:
    """Run until Ctrl-C or SIGTERM."""
    parser = argparse.ArgumentParser(prog="make demo ARGS=…")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="emptied first")
    parser.add_argument(
        "--port", type=int, default=PORT, help=f"the first of three ports ({PORT}); 0: free ones"
    )
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt), ExitStack() as stack:
        try:
            print(start(stack, asked.folder.absolute(), asked.port), flush=True)
        except (MendableError, MissingPart) as error:
            sys.exit(f"boatyard: {error}")
        signal.pause()


def start(stack: ExitStack, folder: Path, port: int) -> str:
    """Start everything, each with its end on the stack; what to tell the person who typed the command."""
    ports = [port + number if port else free_port() for number in range(3)]
    taken = [str(it) for it in ports if accepts(it)]
    if taken:
        raise DemoError(
            f"port {' and '.join(taken)} is in use, perhaps by another demo: stop that, "
            'or choose others: make demo ARGS="--port 9090"'
        )
    empty(folder)
    engine = start_engine(stack)
    github = FakeGithub(folder / PROJECTS, port=ports[1])
    prepare(github)
    github.start()
    stack.callback(github.stop)
    boatyard = Installation(
        folder,
        BOATYARD_PORT=str(ports[0]),
        BOATYARD_REGISTRY_PORT=str(ports[2]),
        BOATYARD_GITHUB_GATEWAY_GITHUB_URL=github.url,
        BOATYARD_BUILDER_FETCH_HTTP_HOSTS=f"127.0.0.1:{github.port}",
        BOATYARD_BUILDER_FETCH_ALLOW_NETWORKS="127.0.0.0/8",
        **({} if engine else {"BOATYARD_BUILDER_DOCKER_HOST": docker_host()}),
    )
    # Should the demo be killed, the kernel asks Boatyard to end.
    boatyard.process.argv[:0] = [program("setpriv"), "--pdeathsig", "TERM"]
    stack.callback(boatyard.remove)
    stack.callback(boatyard.stop)
    boatyard.start()
    return WORDS.format(
        url=boatyard.url,
        github=github.url,
        project=PROJECT,
        clone=clone_url(github),
        folder=folder,
        registry=boatyard.registry,
        engine=f"       export DOCKER_HOST={engine.host}\n" if engine else "",
    )


def empty(folder: Path) -> None:
    """Delete what the demo before this one left, and nothing that is not a demo's."""
    if folder.exists() and any(folder.iterdir()) and not (folder / PROJECTS).is_dir():
        raise DemoError(f"{folder} holds something else than a demo: name an empty folder")
    shutil.rmtree(folder, ignore_errors=True)
    (folder / PROJECTS).mkdir(parents=True)


def start_engine(stack: ExitStack) -> Engine | None:
    """A Docker engine to pull and run the image with, where the machine's own does not answer."""
    if find_engine() is not None:
        return None
    if os.geteuid() != 0:
        raise DemoError(
            "no Docker engine answers to you, and only root can start one: start yours, or type sudo make demo"
        )
    engine = Engine()
    engine.start()
    stack.callback(engine.stop)
    return engine


def docker_host() -> str:
    """Where the engine is that the docker command reaches."""
    asked = ["docker", "context", "inspect", "--format", "{{.Endpoints.docker.Host}}"]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    main()
