"""A private Docker engine for tests: a real `dockerd` with its own folder and socket, touching no other."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from pathlib import Path

from boatyard.shared.testing.processes import ServerProcess

READY_SECONDS = 30.0


class MissingPart(AssertionError):
    """A program that the tests need is not there; its text says what to do."""


def program(name: str) -> str:
    """The path of a program that the tests need; MissingPart if it is not installed."""
    found = shutil.which(name) or shutil.which(name, path="/usr/local/sbin:/usr/sbin:/sbin")
    if found is None:
        raise MissingPart(f"{name} is not installed: run `tools/bootstrap test`, which installs it")
    return found


class Engine:
    """A Docker engine of the tests' own.

    Life cycle: `start`, use `host` and `containerd`, `stop`; all from one thread, since the engine ends with
    the thread that started it. It has no network of its own (its containers get `none`): it builds, pushes
    and pulls, and it speaks plain HTTP to registries on loopback, as every engine does.
    """

    def __init__(self) -> None:
        self._folder = Path()
        self._process: ServerProcess | None = None

    @property
    def host(self) -> str:
        """What DOCKER_HOST must be to reach it."""
        return f"unix://{self.socket}"

    @property
    def socket(self) -> Path:
        """Where its API listens."""
        return self._folder / "docker.sock"

    @property
    def containerd(self) -> Path:
        """The socket of its containerd, which `ctr` can use."""
        return self._folder / "exec" / "containerd" / "containerd.sock"

    def start(self) -> None:
        """Start it and wait until it answers; MissingPart with its last words if it can't run here."""
        if os.geteuid() != 0:
            raise MissingPart("the tests' own Docker engine needs root: run `sudo make test`")
        # The paths of its sockets must stay shorter than 108 bytes, hence no folder of pytest's.
        self._folder = Path(tempfile.mkdtemp(prefix="boatyard-engine-"))
        self._process = ServerProcess(_command(self._folder), log=self._folder / "dockerd.log")
        try:
            self._process.start(self._answers, seconds=READY_SECONDS)
        except AssertionError as error:
            self.stop()
            raise MissingPart(
                "the Docker engine does not start here, and the tests need it. It needs root, mounted "
                f"cgroups (`apt-get install cgroupfs-mount` where they are not) and iptables: {error}"
            ) from error

    def stop(self) -> None:
        """Stop it and remove all that it kept."""
        if self._process is not None:
            self._process.stop()
            self._process = None
            shutil.rmtree(self._folder, ignore_errors=True)

    def _answers(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as probe:
                probe.settimeout(5)
                probe.connect(str(self.socket))
                probe.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
                return probe.recv(64).startswith(b"HTTP/1.0 200")
        except OSError:
            return False


def _command(folder: Path) -> list[str]:
    config = folder / "daemon.json"
    config.write_text("{}")  # instead of the machine's own
    return [
        # Should the tests be killed, the kernel asks the engine to end.
        *(program("setpriv"), "--pdeathsig", "TERM"),
        program("dockerd"),
        f"--config-file={config}",
        f"--host=unix://{folder / 'docker.sock'}",
        f"--data-root={folder / 'data'}",
        f"--exec-root={folder / 'exec'}",
        f"--pidfile={folder / 'dockerd.pid'}",
        *("--bridge=none", "--iptables=false", "--ip6tables=false"),
    ]
