"""A Docker engine of the tests' own whose containers have networks, unlike those of the kit's engine."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from boatyard.shared.testing.engine import Engine, program
from boatyard.shared.testing.processes import ServerProcess

BRIDGE = "172.30.255.1"
"""This machine, as containers reach it."""
_BRIDGE_NAME = "boatyard0"
_POOLS = {"default-address-pools": [{"base": "172.28.0.0/16", "size": 24}]}
"""Where networks are that don't say: not where `collision.yaml` wants one to be."""


class NetworkedEngine(Engine):
    """Life cycle: `start`, use `host`, `stop`. It needs root, as every test with an engine does."""

    def start(self) -> None:
        # The paths of its sockets must stay shorter than 108 bytes, hence no folder of pytest's.
        folder = self._folder = Path(tempfile.mkdtemp(prefix="boatyard-compose-"))
        config = folder / "daemon.json"
        config.write_text(json.dumps(_POOLS))  # instead of the machine's own
        argv = [
            *(program("setpriv"), "--pdeathsig", "TERM"),
            program("dockerd"),
            f"--config-file={config}",
            f"--host={self.host}",
            f"--data-root={folder / 'data'}",
            f"--exec-root={folder / 'exec'}",
            f"--pidfile={folder / 'dockerd.pid'}",
            f"--bridge={_BRIDGE_NAME}",
        ]
        _make_bridge()
        self._process = ServerProcess(argv, log=folder / "dockerd.log")
        self._process.start(self._answers, seconds=60)

    def stop(self) -> None:
        super().stop()
        _ip("link", "delete", _BRIDGE_NAME)

    def run(self, *arguments: str) -> str:
        """What a docker command prints."""
        command = [program("docker"), "--host", self.host, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"
        return done.stdout

    def inspect(self, container: str) -> dict[str, Any]:
        """What the engine knows of a container."""
        found: dict[str, Any] = json.loads(self.run("inspect", container))[0]
        return found


def _make_bridge() -> None:
    """A bridge of its own: another engine without networks deletes the one that is the default."""
    if Path(f"/sys/class/net/{_BRIDGE_NAME}").exists():  # of a run that was killed
        _ip("link", "delete", _BRIDGE_NAME)
    _ip("link", "add", _BRIDGE_NAME, "type", "bridge")
    _ip("address", "add", f"{BRIDGE}/24", "dev", _BRIDGE_NAME)
    _ip("link", "set", _BRIDGE_NAME, "up")


def _ip(*arguments: str) -> None:
    subprocess.run([program("ip"), *arguments], check=True)
