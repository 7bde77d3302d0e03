"""A real NATS server for tests, and three of them that are one."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from boatyard.shared.testing.processes import ServerProcess, accepts, free_port

NODES = 3


class NatsServer:
    """The server of the wheel on a port of its own, which it keeps over restarts.

    `more` is what its configuration says besides, such as the cluster that it is a node of.
    """

    def __init__(self, folder: Path, *, name: str = "nats", more: str = "") -> None:
        self.port = free_port()
        self.url = f"nats://127.0.0.1:{self.port}"
        self.store = folder / name
        self.store.mkdir(parents=True, exist_ok=True)
        config = folder / f"{name}.conf"
        config.write_text(
            f'host: "127.0.0.1"\nport: {self.port}\njetstream {{ store_dir: "{self.store}" }}\n{more}'
        )
        program = str(Path(sys.executable).parent / "nats-server")
        self.process = ServerProcess([program, "--config", str(config)], log=folder / f"{name}.log")

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


class NatsCluster:
    """Three servers, each of which holds every stream: any one may be away."""

    def __init__(self, folder: Path) -> None:
        names = [f"nats-{number}" for number in range(1, NODES + 1)]
        ports = [free_port() for _ in names]
        routes = ", ".join(f'"nats://127.0.0.1:{port}"' for port in ports)
        self.nodes = {
            name: NatsServer(
                folder,
                name=name,
                more=f'server_name: "{name}"\ncluster {{ name: "harbour", host: "127.0.0.1", port: {port}, '
                f"routes: [{routes}] }}\n",
            )
            for name, port in zip(names, ports, strict=True)
        }
        self.url = ",".join(node.url for node in self.nodes.values())

    def start(self) -> None:
        """Start all of them."""
        for node in self.nodes.values():
            node.start()

    def kill(self) -> None:
        """SIGKILL for all of them."""
        for node in self.nodes.values():
            node.kill()

    def wipe(self) -> None:
        """Lose everything that they stored; they must be stopped."""
        for node in self.nodes.values():
            node.wipe()
