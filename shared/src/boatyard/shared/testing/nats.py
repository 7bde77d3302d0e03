"""A real NATS server for tests."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from boatyard.shared.testing.processes import ServerProcess, accepts, free_port


class NatsServer:
    """The server of the wheel on a port of its own, which it keeps over restarts."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"nats://127.0.0.1:{self.port}"
        self.store = folder / "nats"
        self.store.mkdir(parents=True, exist_ok=True)
        config = folder / "nats.conf"
        config.write_text(
            f'host: "127.0.0.1"\nport: {self.port}\njetstream {{ store_dir: "{self.store}" }}\n'
        )
        program = str(Path(sys.executable).parent / "nats-server")
        self.process = ServerProcess([program, "--config", str(config)], log=folder / "nats.log")

    def start(self) -> None:
        """Start it and wait until it accepts connections."""
        self.process.start(lambda: accepts(self.port))

    def stop(self) -> None:
        """Stop it as an operator would."""
        self.process.stop()

    def kill(self) -> None:
        """SIGKILL."""
        self.process.kill()

    def wipe(self) -> None:
        """Lose everything it stored; it must be stopped."""
        shutil.rmtree(self.store)
        self.store.mkdir()
