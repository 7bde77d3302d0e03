"""Finds the programs that an embedded installation needs, and says how to get one that is missing."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from boatyard.shared.mendable import StartError

OLDEST_NATS = (2, 10)
"""Older servers drop the settings of a stream that they don't know, without a word."""

ENGINE_SECONDS = 3.0
"""An engine that is slower to answer is told as none: nothing waits for it."""


@dataclass(frozen=True)
class Program:
    """A program on this machine: how to call it, and which version it says it is."""

    argv: tuple[str, ...]
    version: str


def find_nats() -> Program:
    """The NATS server: the one of the wheel first, then the one on PATH."""
    beside = Path(sys.executable).parent / "nats-server"
    path = str(beside) if beside.exists() else shutil.which("nats-server")
    if path is None:
        raise StartError("nats-server is missing: run `uv sync`, or install NATS 2.10 or newer")
    version = _version(path, "--version")
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST_NATS:
        raise StartError(
            f"nats-server {version} is too old: install NATS 2.10 or newer, or run `uv sync`"
        )
    return Program((path,), version)


def find_registry() -> Program:
    """The registry: `registry` or Debian's `docker-registry` on PATH, else a container of `registry:3`."""
    for name in ("registry", "docker-registry"):
        if path := shutil.which(name):
            return Program((path,), _version(path, "--version"))
    if docker := shutil.which("docker"):
        answer = _run(docker, "version", "--format", "{{.Server.Version}}")
        if answer.returncode == 0:
            return Program((docker, "run"), f"registry:3 in Docker {answer.stdout.strip()}")
    raise StartError(
        "the registry is missing: run `make run`, which installs it, or `apt-get install docker-registry`, "
        "or put CNCF distribution's `registry` on PATH, or start a Docker engine"
    )


def find_engine() -> Program | None:
    """The Docker engine that the docker command reaches, if there is one that answers soon."""
    docker = shutil.which("docker")
    if docker is None:
        return None
    answer = _run(docker, "version", "--format", "{{.Server.Version}}", seconds=ENGINE_SECONDS)
    return Program((docker,), answer.stdout.strip()) if answer.returncode == 0 else None


def engine_words(engine: Program | None) -> str:
    """What people are told of the docker command's engine; builds may have one of their own all the same."""
    if engine is not None:
        return f"Docker {engine.version}"
    # Imported late: who only asks for help needs none of builder.
    from boatyard.builder.engines.private.engine import missing

    if missing():
        return "none that docker reaches: not needed to push and pull, but to build"
    return "none that docker reaches: builds start one of their own"


def registry_argv(
    program: Program, *, config: Path, storage: Path, verb: str = "serve"
) -> list[str]:
    """The command line that serves the registry, as a process or as a container on this machine's network.

    With the verb `garbage-collect` it removes what nothing refers to.
    """
    if program.argv[1:] != ("run",):
        return [*program.argv, verb, str(config)]
    mounts = [
        flag for folder in (config.parent, storage) for flag in ("--volume", f"{folder}:{folder}")
    ]
    name = "boatyard-registry" if verb == "serve" else f"boatyard-registry-{verb}"
    named = ["--name", name, "--network", "host"]
    return [*program.argv, "--rm", *named, *mounts, "registry:3", verb, str(config)]


def _version(path: str, flag: str) -> str:
    found = re.search(r"\d+\.\d+(?:\.\d+)?", _run(path, flag).stdout)
    return found[0] if found else "0.0"


def _run(*argv: str, seconds: float = 10) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(  # noqa: S603 - a fixed program with fixed arguments
            argv, capture_output=True, text=True, timeout=seconds, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return subprocess.CompletedProcess(argv, 1, "", str(error))
