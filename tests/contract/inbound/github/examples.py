"""The payloads that Octokit collected of GitHub's webhooks, taken from npm when they are first needed."""

from __future__ import annotations

import fcntl
import functools
import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[3]
PACKAGE = HERE / "node_modules" / "@octokit" / "webhooks-examples"
NODE_FROM_PYPI = ROOT / ".venv-tools" / "node" / "bin"
"""Where `tools/console` puts Node on a machine that has none."""


@dataclass(frozen=True)
class Example:
    """One payload, of an event at github.com or at a version of Enterprise Server."""

    where: str
    event: str
    number: int
    payload: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.where}-{self.event}-{self.number}"


@functools.cache
def examples() -> tuple[Example, ...]:
    """Every example, each content once."""
    _install()
    found: dict[tuple[str, str], Example] = {}
    for index in sorted(PACKAGE.glob("*/index.json")):
        for kind in json.loads(index.read_text()):
            for number, payload in enumerate(kind["examples"]):
                example = Example(index.parent.name, kind["name"], number, payload)
                found.setdefault((kind["name"], json.dumps(payload)), example)
    return tuple(found.values())


def _install() -> None:
    """`npm ci`, unless it was done for this lock file already; several test processes wait for each other."""
    path = f"{os.environ['PATH']}{os.pathsep}{NODE_FROM_PYPI}"
    with (HERE / "package-lock.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = HERE / "node_modules" / ".package-lock.json"
        if done.exists() and done.stat().st_mtime >= (HERE / "package-lock.json").stat().st_mtime:
            return
        npm = shutil.which("npm", path=path)
        assert npm, "npm is needed for GitHub's payloads: tools/console installs Node"
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(command, cwd=HERE, env={**os.environ, "PATH": path}, check=True, timeout=300)
        done.touch()
