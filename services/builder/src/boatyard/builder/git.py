"""Fetches commits with git, which is told everything anew each time and trusted with nothing.

Only https is spoken (plain http to hosts that the operator names), no redirect is followed since it would
carry the credentials along, and the address was looked up and judged here before git dials it. The password
travels by the environment to a helper that gives it to one host only; it is in no argument, no URL and no
file.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from boatyard.builder.reasons import BuildError, Reason
from boatyard.builder.remotes import Remote, Remotes, join
from boatyard.builder.source import Checkout
from boatyard.shared.events import BuildSource, SourceToken

MIB = 1024 * 1024
WATCH_SECONDS = 0.5
DEEPEN = 50
MAX_SUBMODULES = 50
MAX_DEPTH = 3
MAX_WORDS = 4000
MAX_OUTPUT = 64 * MIB
"""Of git's listing of a tree: half a million files."""
_SHA = re.compile(r"[0-9a-f]{40}")
_ASKPASS = """#!/bin/sh
# Answers git for one host; whoever else asks gets nothing.
case "$1" in
"Username for '$BOATYARD_ORIGIN': ") printf '%s' "$BOATYARD_USERNAME" ;;
"Password for '$BOATYARD_ORIGIN_AS_USER': ") printf '%s' "$BOATYARD_PASSWORD" ;;
*) exit 1 ;;
esac
"""
_OPTIONS = (
    *("-c", "http.followRedirects=false"),
    *("-c", "http.lowSpeedLimit=1000", "-c", "http.lowSpeedTime=30"),
    *("-c", "credential.helper=", "-c", "core.hooksPath=/dev/null"),
    *("-c", "core.symlinks=true", "-c", "core.fsmonitor=false", "-c", "core.protectNTFS=false"),
    *("-c", "submodule.recurse=false", "-c", "fetch.recurseSubmodules=false"),
    # What was fetched stays in its pack: to write each file apart would compress it once more.
    *("-c", "fetch.unpackLimit=1"),
    *("-c", "gc.auto=0", "-c", "maintenance.auto=false", "-c", "advice.detachedHead=false"),
    *("-c", "init.defaultBranch=main", "-c", "safe.directory=*", "-c", "protocol.version=2"),
)


@dataclass(frozen=True, kw_only=True)
class GitLimits:
    """What a fetch may take."""

    seconds: float = 600
    bytes: int = 2048 * MIB


class GitFailed(Exception):
    """Git ended with an error; the text is what it said."""


class GitSource:
    """Git over https."""

    def __init__(self, *, limits: GitLimits, remotes: Remotes) -> None:
        self._limits, self.remotes = limits, remotes
        self._git = shutil.which("git")

    async def fetch(self, source: BuildSource, token: SourceToken, folder: Path) -> Checkout:
        """Check a commit out into a folder that is there and empty. BuildError if it can't be."""
        if self._git is None:
            raise BuildError(Reason.INTERNAL, detail="git is not installed where builder runs")
        async with self._home(folder) as home:
            try:
                async with asyncio.timeout(self._limits.seconds):
                    remote = await self.remotes.remote(source.clone_url)
                    work = _Work(self, self._git, home, token, origin=remote.origin)
                    return await self._fetch(work, remote, source, folder)
            except TimeoutError as error:
                limit = f"it was not fetched within {self._limits.seconds:.0f} s"
                raise BuildError(Reason.SOURCE_UNREACHABLE, detail=limit) from error

    async def _fetch(
        self, work: _Work, remote: Remote, source: BuildSource, folder: Path
    ) -> Checkout:
        await work.get(remote, source.commit, source.ref, folder, project=source.project)
        await work.check_out(folder, source.commit)
        if source.submodules:
            await work.submodules(remote, folder, depth=1)
        warnings = await work.large_files(remote, folder, fetch=source.lfs)
        committed = await work.git("show", "-s", "--format=%ct", source.commit, at=folder)
        return Checkout(folder, committed_at=int(committed.strip() or 0), warnings=warnings)

    @property
    def limits(self) -> GitLimits:
        """What a fetch may take."""
        return self._limits

    @asynccontextmanager
    async def _home(self, folder: Path) -> AsyncIterator[Path]:
        """An empty home for git, with the helper that gives the password."""
        home = folder.with_name(folder.name + ".home")
        home.mkdir(mode=0o700)
        try:
            helper = home / "askpass"
            helper.write_text(_ASKPASS)
            helper.chmod(0o700)
            yield home
        finally:
            await asyncio.to_thread(shutil.rmtree, home, ignore_errors=True)


class _Work:
    """The git commands of one fetch."""

    def __init__(
        self, owner: GitSource, git: str, home: Path, token: SourceToken, *, origin: str
    ) -> None:
        self._owner, self._git, self._home = owner, git, home
        self._token, self._origin = token, origin
        self._submodules = 0

    async def get(
        self, remote: Remote, commit: str, ref: str, folder: Path, *, project: str
    ) -> None:
        """Fetch one commit, shallow; where the server does not give it by its hash, by its ref."""
        await self.git("init", "--quiet", at=folder)
        try:
            await self._fetch(remote, folder, commit, depth=1)
        except GitFailed as error:
            if not re.search(
                r"not our ref|unadvertised object|couldn't find remote ref", str(error)
            ):
                raise _why(str(error), project=project, commit=commit) from error
            await self._by_ref(remote, commit, ref, folder, project=project)

    async def _by_ref(
        self, remote: Remote, commit: str, ref: str, folder: Path, *, project: str
    ) -> None:
        for depth in (DEEPEN, None):
            try:
                await self._fetch(remote, folder, ref, depth=depth)
                await self.git("cat-file", "-e", f"{commit}^{{commit}}", at=folder)
                return
            except GitFailed as error:
                if depth is None or "couldn't find remote ref" in str(error):
                    raise _why("not our ref", project=project, commit=commit) from error

    async def _fetch(self, remote: Remote, folder: Path, what: str, *, depth: int | None) -> None:
        shallow = [f"--depth={depth}"] if depth else []
        if depth is None and (folder / ".git" / "shallow").exists():
            shallow = ["--unshallow"]
        await self.git(
            *("-c", f"http.curloptResolve={remote.resolve}"),
            *("fetch", "--quiet", "--no-tags", "--no-recurse-submodules", *shallow),
            *("--", remote.url, what),
            at=folder,
            remote=remote,
        )

    async def check_out(self, folder: Path, commit: str) -> None:
        """Write the files of a commit, once it is known that there is room for them."""
        listing = await self.git("ls-tree", "-r", "-l", "-z", commit, at=folder)
        sizes = (entry.split(None, 4)[3] for entry in listing.split("\0") if entry)
        total = sum(int(size) for size in sizes if size.isdigit())
        if total > self._owner.limits.bytes:
            raise self._too_large()
        try:
            await self.git("checkout", "--quiet", "--force", "--detach", commit, at=folder)
        except GitFailed as error:
            if "No space left" in str(error):
                raise BuildError(Reason.DISK_FULL, detail="the commit has no room") from error
            raise BuildError(Reason.INTERNAL, detail=_last_line(str(error))) from error

    async def submodules(self, remote: Remote, folder: Path, *, depth: int) -> None:
        """Fetch the submodules of a checked out commit, each like the project itself."""
        for path, url in await self._listed_submodules(folder):
            self._submodules += 1
            target = folder / path
            try:
                if self._submodules > MAX_SUBMODULES or depth > MAX_DEPTH:
                    raise GitFailed("there are too many")
                _check_inside(folder, target)
                entry = await self.git("ls-tree", "HEAD", "--", path, at=folder)
                commit = next(iter(_SHA.findall(entry)), "")
                theirs = await self._owner.remotes.remote(join(remote.url, url))
                target.mkdir(parents=True, exist_ok=True)
                await self.get(theirs, commit, "HEAD", target, project=path)
                await self.check_out(target, commit)
                await self.submodules(theirs, target, depth=depth + 1)
            except (GitFailed, OSError) as error:
                detail = _last_line(str(error))
                raise BuildError(Reason.SUBMODULE_FAILED, path=path, detail=detail) from error
            except BuildError as error:
                if error.reason in (Reason.SUBMODULE_FAILED, Reason.SOURCE_TOO_LARGE):
                    raise
                detail = error.detail.rstrip(".")
                raise BuildError(Reason.SUBMODULE_FAILED, path=path, detail=detail) from error

    async def _listed_submodules(self, folder: Path) -> list[tuple[str, str]]:
        file = folder / ".gitmodules"
        if not file.is_file() or file.is_symlink():
            return []
        listing = await self.git("config", "-z", "--file", str(file), "--list", at=folder)
        found: dict[str, dict[str, str]] = {}
        for entry in listing.split("\0"):
            key, _, value = entry.partition("\n")
            if key.startswith("submodule.") and key.rpartition(".")[2] in ("path", "url"):
                found.setdefault(key.rpartition(".")[0], {})[key.rpartition(".")[2]] = value
        return [(m["path"], m["url"]) for m in found.values() if {"path", "url"} <= m.keys()]

    async def large_files(self, remote: Remote, folder: Path, *, fetch: bool) -> tuple[str, ...]:
        """Fetch what Git LFS keeps elsewhere, or say that it was not."""
        if not await self._uses_lfs(folder):
            return ()
        listing = await self.git(
            *("grep", "-I", "-l", "-z", "-e", "^version https://git-lfs"), at=folder, codes=(0, 1)
        )
        pointers = [name for name in listing.split("\0") if name]
        if not pointers:
            return ()
        if not fetch:
            text = f"{len(pointers)} files are pointers of Git LFS, such as {pointers[0]}: "
            return (text + "turn on LFS for this source to get what they point at.",)
        try:
            await self.git("lfs", "version", at=folder)
        except GitFailed as error:
            detail = "git-lfs is not installed where builder runs"
            raise BuildError(Reason.LFS_FAILED, detail=detail) from error
        try:
            await self.git("remote", "add", "origin", remote.url, at=folder)
            await self.git("lfs", "pull", "origin", at=folder, remote=remote)
        except GitFailed as error:
            raise BuildError(Reason.LFS_FAILED, detail=_last_line(str(error))) from error
        return ()

    async def _uses_lfs(self, folder: Path) -> bool:
        """Whether any `.gitattributes` names the filter: to look into every file would take long."""
        found = await self.git(
            *("grep", "-l", "-z", "-e", "filter=lfs", "--", ":(glob)**/.gitattributes"),
            at=folder,
            codes=(0, 1),
        )
        return bool(found)

    async def git(
        self,
        *arguments: str,
        at: Path,
        remote: Remote | None = None,
        codes: tuple[int, ...] = (0,),
    ) -> str:
        """Run git; GitFailed with its words if it fails. It is killed, with its children, when cancelled."""
        process = await asyncio.create_subprocess_exec(
            *(self._git, *_OPTIONS, *arguments),
            cwd=at,
            env=self._environment(remote),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
            limit=MAX_OUTPUT,
        )
        watching = asyncio.create_task(self._watch_size(at, process.pid))
        try:
            out, err = await process.communicate()
        finally:
            watching.cancel()
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await asyncio.gather(process.wait(), watching, return_exceptions=True)
        if watching.done() and not watching.cancelled() and watching.result():
            raise self._too_large()
        if process.returncode not in codes:
            raise GitFailed(err.decode(errors="replace")[-MAX_WORDS:])
        return out.decode(errors="surrogateescape")

    def _environment(self, remote: Remote | None) -> dict[str, str]:
        environment = {
            "PATH": os.defpath + ":/usr/local/bin",
            "HOME": str(self._home),
            "LC_ALL": "C.UTF-8",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_ALLOW_PROTOCOL": remote.scheme if remote else "none",
            "GIT_LFS_SKIP_SMUDGE": "1",
            "GIT_ASKPASS": str(self._home / "askpass"),
        }
        # A submodule may be anywhere: what opens the project is for the project's own host.
        ours = remote is not None and remote.origin == self._origin
        if remote is not None and ours and self._token.password is not None:
            username = self._token.username or "x-access-token"
            scheme, _, host = remote.origin.partition("://")
            environment |= {
                "BOATYARD_ORIGIN": remote.origin,
                "BOATYARD_ORIGIN_AS_USER": f"{scheme}://{username}@{host}",
                "BOATYARD_USERNAME": username,
                "BOATYARD_PASSWORD": self._token.password,
            }
        return environment

    async def _watch_size(self, folder: Path, group: int) -> bool:
        """Kill what fills the disk; whether that was needed."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            if await asyncio.to_thread(_size, folder) > 2 * self._owner.limits.bytes:
                with suppress(ProcessLookupError):
                    os.killpg(group, signal.SIGKILL)
                return True

    def _too_large(self) -> BuildError:
        limit = f"{self._owner.limits.bytes // MIB} MiB"
        return BuildError(Reason.SOURCE_TOO_LARGE, limit=limit)


def _size(folder: Path) -> int:
    total = 0
    for path, _folders, files in os.walk(folder):
        for name in files:
            with suppress(OSError):
                total += os.lstat(os.path.join(path, name)).st_size  # noqa: PTH118 - of very many files
    return total


def _check_inside(root: Path, path: Path) -> None:
    if not path.resolve().is_relative_to(root.resolve()) or path.is_symlink():
        raise GitFailed("its path leads out of the project")


def _why(said: str, *, project: str, commit: str) -> BuildError:
    if re.search(r"not our ref|unadvertised object|couldn't find remote ref", said):
        return BuildError(Reason.COMMIT_MISSING, commit=commit[:12], project=project)
    if re.search(
        r"Authentication failed|could not read (?:Username|Password)|\b40[134]\b|not found", said
    ):
        return BuildError(Reason.SOURCE_DENIED, project=project)
    if re.search(r"redirect|error: 30\d", said, re.IGNORECASE):
        detail = "it has moved to another address, perhaps since it was renamed"
        return BuildError(Reason.SOURCE_REFUSED, detail=detail)
    if "No space left" in said:
        return BuildError(Reason.DISK_FULL, detail="the commit has no room")
    return BuildError(Reason.SOURCE_UNREACHABLE, detail=_last_line(said))


def _last_line(said: str) -> str:
    lines = [line for line in said.strip().splitlines() if line.strip()]
    return lines[-1][:300].removeprefix("fatal: ").rstrip(".") if lines else "no reason given"
