"""The installation that compose.yaml describes, of images built here on stand-ins for those that it names."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence

import httpx

from boatyard.shared.testing.engine import MissingPart, program
from boatyard.shared.testing.installation import Person, sign_in, sign_up
from boatyard.shared.testing.processes import free_port
from tests.architecture.tree import ROOT, services
from tests.compose.engine import NetworkedEngine

PROJECT = "boatyard-test"
SERVICES_ALONE = [folder.name for folder in services() if folder.name != "standalone"]


class Fleet:
    """Life cycle: `build`, `up`, use `url` and `registry`, `down`; again for a restart; at the end `remove`."""

    def __init__(self, engine: NetworkedEngine, **environment: str) -> None:
        self.engine = engine
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.registry = f"localhost:{self.port}"
        self._environment = {
            **os.environ,
            "DOCKER_HOST": engine.host,
            "BOATYARD_PORT": str(self.port),
            **environment,
        }
        self._files = ["compose.yaml", "tools/standins/compose.yaml"]
        if _is_free("172.17.0.0/16"):  # no other engine of this machine has it
            self._files.append("tests/compose/collision.yaml")
        self._clients: list[httpx.Client] = []

    def build(self, *standins: str, parts: Sequence[str] = ()) -> None:
        """Make the stand-ins, and the images on them: those that are named, else all."""
        said = self._run(["tools/standins/build", *standins], seconds=1200)
        self._environment |= dict(re.findall(r"^export (\w+)=(\S+)$", said, re.MULTILINE))
        # As plain text, so that a failure shows what was said by the step that failed.
        build = ("--progress", "plain", "build", *parts)
        try:
            self.compose(*build, seconds=1200)
        except AssertionError as fault:
            # Packages come from outside, where a moment's failure is none of ours; what is made is kept.
            sys.stdout.write(f"building again, since it failed:\n{fault}\n")
            self.compose(*build, seconds=1200)

    def up(self) -> None:
        """Start everything and wait until every part is healthy."""
        try:
            self.compose("up", "--detach", "--wait", "--wait-timeout", "300", seconds=360)
        except AssertionError as fault:
            raise AssertionError(f"{fault}\n{self.logs()}") from None

    def logs(self) -> str:
        """What the services said last."""
        return self.compose("logs", "--no-color", "--tail=200", *SERVICES_ALONE)

    def down(self) -> None:
        """Stop everything; the volumes stay."""
        self.compose("down", seconds=120)

    def remove(self) -> None:
        for client in self._clients:
            client.close()
        self.compose("down", "--volumes", seconds=120)

    def compose(self, *arguments: str, seconds: float = 60) -> str:
        """What a compose command prints."""
        files = (word for file in self._files for word in ("--file", file))
        command = [*_compose(), "--ansi", "never", "--project-name", PROJECT, *files, *arguments]
        return self._run(command, seconds=seconds)

    def container(self, part: str) -> str:
        return f"{PROJECT}-{part}-1"

    def client(self) -> httpx.Client:
        client = httpx.Client(base_url=f"{self.url}/api/v1", timeout=30, trust_env=False)
        self._clients.append(client)
        return client

    def sign_up(self, username: str) -> Person:
        return sign_up(self.client(), username)

    def sign_in(self, username: str) -> Person:
        return sign_in(self.client(), username)

    def _run(self, command: list[str], *, seconds: float) -> str:
        environment: Mapping[str, str] = self._environment
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=seconds,
            check=False,
        )
        assert done.returncode == 0, f"{' '.join(command)}:\n{done.stdout[-6000:]}"
        return done.stdout


def _is_free(network: str) -> bool:
    """Whether no network of this machine is in a range."""
    found = subprocess.run(
        [program("ip"), "route", "show", "root", network], capture_output=True, check=True
    )
    return not found.stdout


def _compose() -> list[str]:
    if path := shutil.which("docker-compose"):
        return [path]
    if subprocess.run(["docker", "compose", "version"], capture_output=True).returncode == 0:
        return ["docker", "compose"]
    raise MissingPart("docker compose is not installed: run `tools/bootstrap compose`")
