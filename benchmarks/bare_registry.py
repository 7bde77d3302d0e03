"""The registry alone: the same program and storage, without tokens; it notifies nobody if not told whom."""

from __future__ import annotations

from pathlib import Path

from boatyard.shared.registry.config import Notifications, registry_config
from boatyard.shared.testing.engine import program
from boatyard.shared.testing.processes import ServerProcess, accepts, free_port


class BareRegistry:
    """`start`, use `address`, `stop`."""

    def __init__(self, folder: Path, *, notifications: Notifications | None = None) -> None:
        self._port = free_port()
        self.address = f"localhost:{self._port}"
        config = folder / "bare.yml"
        config.write_text(
            registry_config(
                address=f"127.0.0.1:{self._port}",
                storage=folder / "bare",
                secret="bare" * 8,
                notifications=notifications,
            )
        )
        self._process = ServerProcess(
            [program("docker-registry"), "serve", str(config)], log=folder / "bare.log"
        )

    def start(self) -> None:
        """Start it and wait until it accepts connections."""
        self._process.start(lambda: accepts(self._port))

    def stop(self) -> None:
        """Stop it."""
        self._process.stop()
