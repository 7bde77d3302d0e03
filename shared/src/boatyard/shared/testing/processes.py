"""Real processes for tests: started, awaited by a condition, stopped or killed by their process id."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path


def free_port() -> int:
    """A port of the loopback interface that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(condition: Callable[[], bool], *, seconds: float, what: str) -> None:
    """Wait for a condition of another process; AssertionError naming `what` if it never holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(0.02)


def accepts(port: int) -> bool:
    """Whether something accepts connections on a port of this machine."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


class ServerProcess:
    """A server of ours or another's: `start`, then `stop`, `kill`, `pause`, `resume`, and `start` again."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        log: Path,
        environment: Mapping[str, str] | None = None,
        user: str | None = None,
    ) -> None:
        self.argv, self.log = list(argv), log
        self._user = user
        self._environment = {**os.environ, **(environment or {})}  # noqa: TID251 - passed on whole
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether the process is alive."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The id of the process that was started last."""
        assert self._process is not None  # noqa: S101 - a mistake in the test
        return self._process.pid

    @property
    def output(self) -> str:
        """What it printed since the first start."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def start(self, ready: Callable[[], bool], *, seconds: float = 20) -> None:
        """Start it and wait until it is ready; AssertionError, and it is killed, if it does not."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - a test's own command line
                self.argv,
                stdout=log,
                stderr=log,
                env=self._environment,
                start_new_session=True,
                user=self._user,
                cwd=None if self._user is None else "/",
            )

        def ready_or_dead() -> bool:
            if not self.running:
                raise AssertionError(f"{self.argv[0]} ended at its start:\n{self.output[-4000:]}")
            return ready()

        try:
            wait_until(ready_or_dead, seconds=seconds, what=f"{' '.join(self.argv[:4])} gets ready")
        except AssertionError:
            self.kill()
            raise

    def stop(self, *, seconds: float = 20) -> int:
        """Ask it to end and return its exit code; killed if it does not end in time."""
        return self._end(signal.SIGTERM, seconds)

    def interrupt(self, *, seconds: float = 20) -> int:
        """What Ctrl-C does."""
        return self._end(signal.SIGINT, seconds)

    def kill(self) -> None:
        """SIGKILL: no chance to finish anything."""
        self._end(signal.SIGKILL, 10)

    def pause(self) -> None:
        """Stop it in its tracks (SIGSTOP)."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on (SIGCONT)."""
        os.kill(self.pid, signal.SIGCONT)

    def _end(self, how: signal.Signals, seconds: float) -> int:
        if self._process is None:
            return 0
        if self._process.poll() is None:
            self._process.send_signal(how)
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()
