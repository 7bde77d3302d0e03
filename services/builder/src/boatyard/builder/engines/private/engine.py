"""Starts and stops the private engine: a `dockerd` in namespaces of its own."""

from __future__ import annotations

import asyncio
import fcntl
import grp
import os
import pwd
import shutil
import signal
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from boatyard.builder.engines.base import EngineDown
from boatyard.builder.engines.private import cgroups, netns
from boatyard.builder.engines.private.proxy import Proxy
from boatyard.builder.engines.private.relay import Listener, Relay
from boatyard.shared.logging import get_logger

READY_SECONDS = 30.0
STOP_SECONDS = 5.0
NAMESPACE_SECONDS = 5.0
BRIDGE = "192.0.2.1"
"""The engine's own address towards builds: of a range that nobody has (RFC 5737)."""
PROXY_PORT = 3128
NEEDED = ("dockerd", "unshare", "setpriv", "mount")
_SBIN = "/usr/local/sbin:/usr/sbin:/sbin"
FIRST_UID = 100_000
"""Who is root in a build, outside of it."""
_RUN_PREFIX = "boatyard-engine-"
_REMAPPED = "nobody"
_RANGE = f"{FIRST_UID}:65536"
_NO_DISK = 70
"""The exit code of the script where the disk can't be mounted."""
_SCRIPT = """
for map in subuid subgid; do
    [ -e /etc/$map ] && mount --bind "$1/$map" /etc/$map
done
if [ -n "$2" ]; then
    mount -o loop,discard "$2" "$3" || exit 70
else
    mount --bind "$1/data" "$3" || exit 1
fi
chmod 711 "$3"
shift 3
"$@" &
engine=$!
trap 'kill -TERM $engine' TERM
wait $engine; wait $engine
"""
"""The first process of the namespace: it mounts, starts the engine, and collects what is orphaned in there."""
_DATA = "/mnt"
"""Where the engine finds its data. Root of a build is nobody outside and must get there, which it could not
through a data folder that is its owner's alone; in the engine's own mount namespace it is in nobody's way."""
_log = get_logger("builder")


@dataclass(frozen=True, kw_only=True)
class PrivateSettings:
    """What the private engine is to be like."""

    folder: Path
    """Where its images and its cache are kept."""
    limits: cgroups.Limits
    disk_gib: int
    registry: str
    """The registry as images name it, `localhost:5000`."""
    registry_address: tuple[str, int]
    """Where this process reaches the registry."""


def missing() -> str:
    """What keeps a private engine from running here, in words; empty if nothing does."""
    if sys.platform != "linux":
        return "it needs Linux"
    if os.geteuid() != 0:
        return "it needs root"
    lacking = [name for name in NEEDED if program(name) is None]
    return f"{', '.join(lacking)} is not installed" if lacking else ""


def program(name: str) -> str | None:
    """The path of a program, also of those that only root has on its PATH."""
    return shutil.which(name) or shutil.which(name, path=_SBIN)


class PrivateEngine:
    """A walled off Docker engine. `start`, use `host`, `stop`; it ends with this process, however that ends."""

    def __init__(self, settings: PrivateSettings, proxy: Proxy) -> None:
        self._settings, self._proxy = settings, proxy
        self._process: asyncio.subprocess.Process | None = None
        self._listeners: list[Listener] = []
        self._lock: int | None = None
        self._run = Path()
        self._group = ""
        self.unbounded: list[str] = []
        """What could not be limited here."""

    @property
    def host(self) -> str:
        """Where its interface is."""
        return f"unix://{self._run}/docker.sock"

    @property
    def running(self) -> bool:
        """Whether its processes are there."""
        return self._process is not None and self._process.returncode is None

    @property
    def proxy_variables(self) -> dict[str, str]:
        """The build arguments that lead builds to the internet; BuildKit keeps them out of its cache keys."""
        url = f"http://{BRIDGE}:{PROXY_PORT}"
        names = ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY")
        none = dict.fromkeys(("no_proxy", "NO_PROXY"), f"localhost,127.0.0.1,{BRIDGE}")
        return {**dict.fromkeys(names, url), **none}

    async def start(self) -> None:
        """Start it and wait until it answers; EngineDown says why it can't run."""
        if why := missing():
            raise EngineDown(f"no private engine can run here: {why}")
        await asyncio.to_thread(self._lay_out)
        try:
            await self._launch(disk=await self._make_disk())
            await self._wait_until_ready()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop it, and everything that runs in it."""
        if self._process is not None and self._process.returncode is None:
            await self._end(self._process)
        for listener in self._listeners:
            await listener.close()
        self._listeners = []
        if self._group:
            await asyncio.to_thread(cgroups.remove_group, self._group)
        if self._run != Path():
            await asyncio.to_thread(shutil.rmtree, self._run, ignore_errors=True)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _lay_out(self) -> None:
        """Make the folders and files that it needs, and take the folder for us alone."""
        folder = self._settings.folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o711)
        self._lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._lock)
            self._lock = None
            raise EngineDown("another process of builder runs the private engine here") from error
        (folder / "data").mkdir(exist_ok=True, mode=0o711)
        for name in ("subuid", "subgid"):
            (folder / name).write_text(f"{_REMAPPED}:{_RANGE}\n")
        (folder / "daemon.json").write_text("{}\n")
        self._clear_after_last()
        # The paths of its sockets must stay shorter than 108 bytes, hence no folder of ours.
        self._run = Path(tempfile.mkdtemp(prefix=_RUN_PREFIX))
        self._run.chmod(0o711)
        (folder / "run").write_text(str(self._run))
        self._group = self._run.name
        self.unbounded = cgroups.make_group(self._group, self._settings.limits)

    def _clear_after_last(self) -> None:
        """Remove what the engine before this one left, if it was killed: it is gone, since we hold the lock."""
        note = self._settings.folder / "run"
        last = Path(note.read_text()) if note.exists() else Path()
        if last.name.startswith(_RUN_PREFIX):
            shutil.rmtree(last, ignore_errors=True)
            cgroups.remove_group(last.name)
        note.unlink(missing_ok=True)

    async def _launch(self, *, disk: Path | None) -> None:
        folder = self._settings.folder
        with (folder / "dockerd.log").open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(str(program("setpriv")), "--pdeathsig", "KILL"),
                *(str(program("unshare")), "--mount", "--net", "--pid", "--ipc", "--uts"),
                *("--fork", "--kill-child=KILL", "--mount-proc"),
                *("/bin/sh", "-c", _SCRIPT, "sh", str(folder.resolve()), str(disk or ""), _DATA),
                *self._command(),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={
                    "PATH": f"{os.defpath}:/usr/local/bin:{_SBIN}",
                    "HTTP_PROXY": f"http://127.0.0.1:{PROXY_PORT}",
                    "HTTPS_PROXY": f"http://127.0.0.1:{PROXY_PORT}",
                    "NO_PROXY": "localhost,127.0.0.1",
                },
                start_new_session=True,
            )
        try:
            await self._open_ways()
        except EngineDown:
            if disk is None or self._process.returncode != _NO_DISK:
                raise
            self.unbounded.append("disk")
            await self._launch(disk=None)

    def _command(self) -> list[str]:
        folder, run = self._settings.folder.resolve(), self._run
        return [
            str(program("dockerd")),
            f"--config-file={folder / 'daemon.json'}",
            f"--host={self.host}",
            f"--data-root={_DATA}",
            "--group=root",
            f"--exec-root={run / 'exec'}",
            f"--pidfile={run / 'dockerd.pid'}",
            f"--bip={BRIDGE}/24",
            *("--iptables=false", "--ip6tables=false", "--ip-masq=false", "--ip-forward=false"),
            "--userland-proxy=false",
            f"--userns-remap={_REMAPPED}:{_group_of(_REMAPPED)}",
            *("--exec-opt", "native.cgroupdriver=cgroupfs", f"--cgroup-parent=/{self._group}"),
            "--log-level=warn",
        ]

    async def _make_disk(self) -> Path | None:
        """A file that is the engine's disk, so that builds fill that and nothing else; None for none."""
        disk = self._settings.folder.resolve() / "disk"
        mkfs = program("mkfs.ext4")
        if not self._settings.disk_gib:
            return None
        if await asyncio.to_thread(disk.exists):
            return disk
        if mkfs is None:
            self.unbounded.append("disk")
            return None
        draft = disk.with_suffix(".draft")
        await asyncio.to_thread(_make_sparse, draft, self._settings.disk_gib * 1024**3)
        making = await asyncio.create_subprocess_exec(
            *(mkfs, "-q", "-F", "-m", "0", "-O", "^has_journal", str(draft)),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        if await making.wait() == 0:
            await asyncio.to_thread(draft.rename, disk)
            return disk
        await asyncio.to_thread(draft.unlink)
        self.unbounded.append("disk")
        return None

    async def _open_ways(self) -> None:
        """Listen in its network: the only two ways out of it."""
        assert self._process is not None  # noqa: S101 - it was just started
        async with asyncio.timeout(NAMESPACE_SECONDS):
            while not netns.has_own_network(self._process.pid):
                self._check_alive()
                await asyncio.sleep(0.01)
        port = int(self._settings.registry.rpartition(":")[2])
        relay = Relay(*self._settings.registry_address)
        listeners = await asyncio.to_thread(
            netns.prepare,
            self._process.pid,
            [("127.0.0.1", port), ("0.0.0.0", PROXY_PORT)],  # noqa: S104
        )
        for serve, listening in zip((relay.serve, self._proxy.serve), listeners, strict=True):
            listener = Listener(serve, listening)
            self._listeners.append(listener)
            await listener.start()

    async def _wait_until_ready(self) -> None:
        try:
            async with asyncio.timeout(READY_SECONDS):
                while not await _answers(self._run / "docker.sock"):
                    self._check_alive()
                    await asyncio.sleep(0.05)
        except TimeoutError as error:
            raise EngineDown(f"the private engine does not get ready: {self._words()}") from error

    def _check_alive(self) -> None:
        if not self.running:
            raise EngineDown(f"the private engine ended at its start: {self._words()}")

    def _words(self) -> str:
        log = self._settings.folder / "dockerd.log"
        lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
        return lines[-1][:300] if lines else "it said nothing"

    async def _end(self, process: asyncio.subprocess.Process) -> None:
        """Ask its first process to end; whatever is left of the namespace is killed with it."""
        _ask_first_child(process.pid)
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                await process.wait()
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _ask_first_child(pid: int) -> None:
    """SIGTERM for the first process of the namespace, which `unshare` keeps from nobody but itself."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    with suppress(OSError, ValueError, IndexError):
        os.kill(int(children.read_text().split()[0]), signal.SIGTERM)


async def _answers(path: Path) -> bool:
    try:
        reader, writer = await asyncio.open_unix_connection(str(path))
    except OSError:
        return False
    try:
        writer.write(b"GET /_ping HTTP/1.0\r\n\r\n")
        return (await reader.read(64)).startswith(b"HTTP/1.0 200")
    except OSError:
        return False
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


def _make_sparse(path: Path, size: int) -> None:
    with path.open("wb") as file:
        file.truncate(size)
    path.chmod(0o600)


def _group_of(user: str) -> str:
    """The name of a user's group; Debian's nobody is in nogroup."""
    try:
        return grp.getgrgid(pwd.getpwnam(user).pw_gid).gr_name
    except KeyError:
        return user
