"""The servers that an embedded installation runs beside itself: started, watched, started again, stopped."""

from __future__ import annotations

import asyncio
import ctypes
import signal
import socket
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from boatyard.shared.logging import get_logger
from boatyard.shared.mendable import StartError
from boatyard.shared.waiting import wait_for_event

READY_SECONDS = 15.0
STOP_SECONDS = 10.0
RESTART_SECONDS = 0.5
LOG_BYTES = 16 * 1024 * 1024
"""A log that is larger at the start of its server is put aside, in the place of the one before."""
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)


def _die_with_parent() -> None:
    """Ask the kernel (Linux) to end this child when its parent is gone, also when that was killed."""
    with suppress(AttributeError):  # another system's C library has no prctl
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def free_port() -> int:
    """A port of the loopback interface that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Child:
    """A server process that answers on a port of this machine.

    Life cycle: `start` returns once it accepts connections; `watch` starts it again whenever it ends; `stop`.
    What it prints goes to `log_file`. `variable` is what sets its port.
    """

    def __init__(
        self, name: str, argv: Sequence[str], *, port: int, variable: str, log_file: Path
    ) -> None:
        self.name, self.port, self._variable = name, port, variable
        self._argv, self._log_file = argv, log_file
        self._process: asyncio.subprocess.Process | None = None
        self._restarting = False
        self._log = get_logger("embedded")

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def start(self) -> None:
        """Start it and wait until it accepts connections; StartError with its last words if it does not."""
        if await self._answers():
            raise StartError(
                f"port {self.port} is in use, and {self.name} needs it: stop what uses it, "
                + (
                    f"or choose another port in {self._variable}"
                    if self._variable
                    else "or start again"
                )
            )
        await self._spawn()
        loop = asyncio.get_running_loop()
        deadline = loop.time() + READY_SECONDS
        while not await self._answers():
            if self.pid is None or loop.time() > deadline:
                raise StartError(f"{self.name} did not start: {self._last_words()}")
            await asyncio.sleep(0.02)

    async def restart(self) -> None:
        """Stop it and have `watch`, which must be running, start it with what its files say by now.

        Returns once it accepts connections; StartError if it does not.
        """
        before, self._restarting = self._process, True
        await self.stop()
        loop = asyncio.get_running_loop()
        deadline = loop.time() + READY_SECONDS
        while self._process is before or not await self._answers():
            if loop.time() > deadline:
                raise StartError(f"{self.name} did not start again: {self._last_words()}")
            await asyncio.sleep(0.02)

    async def watch(self, stop: asyncio.Event) -> None:
        """Start it again whenever it ends, until `stop` is set."""
        while not stop.is_set():
            assert self._process is not None  # noqa: S101 - start comes before watch
            ended = asyncio.ensure_future(self._process.wait())
            stopping = asyncio.ensure_future(stop.wait())
            await asyncio.wait([ended, stopping], return_when=asyncio.FIRST_COMPLETED)
            ended.cancel()
            stopping.cancel()
            if stop.is_set():
                return
            if not self._restarting:
                code = self._process.returncode
                self._log.error("server_ended", server=self.name, exit_code=code)
                await wait_for_event(stop, RESTART_SECONDS)
            self._restarting = False
            if not stop.is_set():
                await self._spawn()

    async def stop(self) -> None:
        """Ask it to end, and kill it if it does not."""
        if self._process is None or self._process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            self._process.terminate()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    async def _spawn(self) -> None:
        if self._log_file.exists() and self._log_file.stat().st_size > LOG_BYTES:
            self._log_file.replace(self._log_file.with_suffix(".old.log"))
        with self._log_file.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._argv,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for us: we stop the servers in the right order
                preexec_fn=_die_with_parent,
            )

    async def _answers(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        return True

    def _last_words(self) -> str:
        lines = self._log_file.read_text(errors="replace").strip().splitlines()
        return f"{lines[-1]} (more in {self._log_file})" if lines else f"see {self._log_file}"
