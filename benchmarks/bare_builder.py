"""What a build is without Boatyard: git, the engine's own interface, a registry."""

from __future__ import annotations

import base64
import json
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

import httpx

from boatyard.shared.testing.engine import Engine
from boatyard.shared.testing.github.repositories import git_environment

SECONDS = 120


class BareBuilder:
    """Fetches a commit, has the engine's BuildKit build it, and has it push the image. `close` at the end."""

    def __init__(self, engine: Engine, registry: str, folder: Path) -> None:
        self._registry, self._folder = registry, folder
        self._http = httpx.Client(
            base_url="http://engine",
            transport=httpx.HTTPTransport(uds=str(engine.socket)),
            timeout=SECONDS,
        )

    def close(self) -> None:
        """Let go of the engine."""
        self._http.close()

    def make(self, url: str, commit: str, name: str) -> None:
        """Make the image `name` of a commit, and forget it."""
        with TemporaryDirectory(dir=self._folder) as checkout:
            _git(checkout, "init", "--quiet")
            _git(checkout, "fetch", "--quiet", "--depth", "1", url, commit)
            context = _git(checkout, "archive", "FETCH_HEAD")
        image = f"{self._registry}/{name}"
        asked = {"version": "2", "t": f"{image}:{commit[:7]}", "networkmode": "none"}
        self._do(f"/build?{urlencode(asked)}", context)
        self._do(f"/images/{image}/push?tag={commit[:7]}", b"")
        self._http.delete(f"/images/{image}:{commit[:7]}")

    def _do(self, path: str, body: bytes) -> None:
        nobody = base64.b64encode(b"{}").decode()
        headers = {"Content-Type": "application/x-tar", "X-Registry-Auth": nobody}
        with self._http.stream("POST", path, content=body, headers=headers) as answer:
            for line in answer.iter_lines():
                assert answer.is_success, line
                assert "error" not in json.loads(line or "{}"), line


def _git(folder: str, *arguments: str) -> bytes:
    done = subprocess.run(
        ["git", "-C", folder, *arguments], env=git_environment(), capture_output=True, check=True
    )
    return done.stdout
