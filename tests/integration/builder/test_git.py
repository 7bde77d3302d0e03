"""Commits are fetched from a real Git server, and nothing else is, whatever a project or a server tries."""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from boatyard.builder.git import GitLimits, GitSource
from boatyard.builder.reasons import BuildError, Reason
from boatyard.builder.remotes import Remotes
from boatyard.builder.source import Checkout
from boatyard.shared.egress import PUBLIC_ONLY, EgressPolicy
from boatyard.shared.events import BuildSource, SourceToken
from boatyard.shared.testing.github.repositories import git_environment
from tests.integration.builder import gitserver
from tests.integration.builder.gitserver import GitServer

LOOPBACK = EgressPolicy.parse("127.0.0.0/8")
LFS = {"folder/.gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n"}
SECRET = "ghs_a-very-secret-token"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitServer]:
    folder = tmp_path / "projects"
    folder.mkdir()
    server = GitServer(folder)
    with server.running():
        yield server


@pytest.fixture
def fetch(server: GitServer, tmp_path: Path) -> Any:
    async def do(
        commit: str,
        *,
        url: str | None = None,
        ref: str = "refs/heads/main",
        token: SourceToken | None = None,
        policy: EgressPolicy = LOOPBACK,
        hosts: tuple[str, ...] = (server.host,),
        limits: GitLimits | None = None,
        **wishes: Any,
    ) -> Checkout:
        remotes = Remotes(policy=policy, http_hosts=frozenset(hosts))
        git = GitSource(limits=limits or GitLimits(), remotes=remotes)
        folder = tmp_path / "work"
        folder.mkdir()
        source = BuildSource(
            project="octo/hello",
            clone_url=url or server.url("hello"),
            ref=ref,
            commit=commit,
            **wishes,
        )
        return await git.fetch(source, token or SourceToken(), folder)

    return do


async def refused(fetching: Any) -> BuildError:
    with pytest.raises(BuildError) as caught:
        await fetching
    return caught.value


def files(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".git" not in path.relative_to(folder).parts
    }


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, check=True)
    return done.stdout.decode()


async def test_just_one_commit_is_fetched(server: GitServer, fetch: Any) -> None:
    project = server.repository("hello")
    project.commit({"a.txt": "one"})
    commit = project.commit({"a.txt": "two", "folder/b.txt": "three"})
    project.commit({"a.txt": "four"})
    checkout = await fetch(commit)
    assert files(checkout.folder) == {"a.txt": "two", "folder/b.txt": "three"}
    assert checkout.committed_at > 1_600_000_000
    assert git(checkout.folder, "rev-list", "--all", "HEAD").split() == [commit]


async def test_a_commit_that_is_served_by_its_ref_only_is_found_there(
    server: GitServer, fetch: Any
) -> None:
    project = server.repository("hello")
    project.git("config", "uploadpack.allowAnySHA1InWant", "false")
    commits = [project.commit({"a.txt": str(number)}) for number in range(3)]
    assert files((await fetch(commits[0])).folder) == {"a.txt": "0"}


async def test_a_commit_far_back_in_its_ref_is_found_too(server: GitServer, fetch: Any) -> None:
    project = server.repository("hello")
    project.git("config", "uploadpack.allowAnySHA1InWant", "false")
    first = project.commit({"a.txt": "first"})
    tree = project.git("rev-parse", f"{first}^{{tree}}")
    last = first
    for number in range(60):
        last = project.git("commit-tree", tree, "-p", last, "-m", str(number))
    project.move("refs/heads/main", last)
    assert files((await fetch(first)).folder) == {"a.txt": "first"}


async def test_a_commit_that_is_not_there_is_named(server: GitServer, fetch: Any) -> None:
    server.repository("hello").commit({"a.txt": "one"})
    error = await refused(fetch("0123456789" * 4))
    assert (error.reason, error.user_error) == (Reason.COMMIT_MISSING, True)
    assert "012345678901" in error.detail


async def test_the_token_opens_a_private_project(server: GitServer, fetch: Any) -> None:
    commit = server.repository("hello").commit({"a.txt": "one"})
    server.password = SECRET
    token = SourceToken(username="x-access-token", password=SECRET)
    checkout = await fetch(commit, token=token)
    assert files(checkout.folder) == {"a.txt": "one"}
    assert server.seen[-1][1] == SECRET


@pytest.mark.parametrize("token", [SourceToken(), SourceToken(username="x", password="wrong-one")])
async def test_access_that_was_revoked_is_the_users_matter(
    server: GitServer, fetch: Any, token: SourceToken
) -> None:
    commit = server.repository("hello").commit({"a.txt": "one"})
    server.password = SECRET
    error = await refused(fetch(commit, token=token))
    assert (error.reason, error.user_error) == (Reason.SOURCE_DENIED, True)
    assert "octo/hello" in error.detail
    assert "wrong-one" not in error.detail


async def test_the_token_is_in_no_file_and_no_process_list(
    server: GitServer, fetch: Any, tmp_path: Path
) -> None:
    commit = server.repository("hello").commit({"a.txt": "one"})
    server.password = SECRET
    seen: list[str] = []

    async def look() -> None:
        while True:
            for child in psutil.Process().children(recursive=True):
                try:
                    seen.append(" ".join(child.cmdline()))
                except psutil.Error:
                    continue
            await asyncio.sleep(0.001)

    looking = asyncio.create_task(look())
    await fetch(commit, token=SourceToken(username="x-access-token", password=SECRET))
    looking.cancel()
    assert any("fetch" in line for line in seen)
    assert not any(SECRET in line for line in seen)
    work = [path for path in (tmp_path / "work").rglob("*") if path.is_file()]
    assert work
    assert not [path for path in work if SECRET.encode() in path.read_bytes()]
    assert not (tmp_path / "work.home").exists()


async def test_a_redirect_does_not_carry_the_token_elsewhere(
    server: GitServer, fetch: Any, tmp_path: Path
) -> None:
    commit = server.repository("hello").commit({"a.txt": "one"})
    thief = GitServer(tmp_path / "projects")
    with thief.running():
        thief.password = "anything"
        server.redirect_to = f"http://{thief.host}"
        token = SourceToken(username="x-access-token", password=SECRET)
        error = await refused(fetch(commit, token=token, hosts=(server.host, thief.host)))
        assert error.reason is Reason.SOURCE_REFUSED, error.detail
        assert thief.seen == []


@pytest.mark.parametrize(
    "url",
    [
        "http://github.example/octo/hello.git",
        "file:///etc/passwd",
        "ssh://git@github.example/octo/hello.git",
        "ext::sh -c touch% owned",
        "git://github.example/octo/hello.git",
        "https://user:password@github.example/octo/hello.git",
        "https://127.0.0.1:1/octo/hello.git",
        "https://[::1]/octo/hello.git",
        "https://169.254.169.254/octo/hello.git",
        "https://",
        "-u./evil",
    ],
)
async def test_other_addresses_are_refused_before_git_runs(fetch: Any, url: str) -> None:
    error = await refused(fetch("0" * 40, url=url, policy=PUBLIC_ONLY))
    assert error.reason is Reason.SOURCE_REFUSED


async def test_a_host_that_is_not_there_may_be_there_later(fetch: Any) -> None:
    error = await refused(fetch("0" * 40, url="https://nowhere.invalid/octo/hello.git"))
    assert (error.reason, error.passing) == (Reason.SOURCE_UNREACHABLE, True)


async def test_a_server_that_hangs_is_given_up_and_leaves_no_process(
    server: GitServer, fetch: Any
) -> None:
    server.hangs = True
    error = await refused(fetch("0" * 40, limits=GitLimits(seconds=1)))
    assert (error.reason, error.passing) == (Reason.SOURCE_UNREACHABLE, True)
    assert not [c for c in psutil.Process().children(recursive=True) if "git" in c.name()]


async def test_a_fetch_that_is_cancelled_leaves_no_process(server: GitServer, fetch: Any) -> None:
    server.hangs = True
    fetching = asyncio.create_task(fetch("0" * 40))
    async with asyncio.timeout(20):
        while not server.seen:
            await asyncio.sleep(0.02)
    fetching.cancel()
    began = time.monotonic()
    with pytest.raises(asyncio.CancelledError):
        await fetching
    assert time.monotonic() - began < 10
    assert not [c for c in psutil.Process().children(recursive=True) if "git" in c.name()]


async def test_a_commit_that_is_too_large_is_refused(server: GitServer, fetch: Any) -> None:
    # A megabyte of zeros travels as a kilobyte.
    files = {f"{number}.bin": b"\0" * 1_000_000 for number in range(4)}
    commit = server.repository("hello").commit(files)
    error = await refused(fetch(commit, limits=GitLimits(bytes=3_000_000)))
    assert (error.reason, error.user_error) == (Reason.SOURCE_TOO_LARGE, True)


async def test_hooks_and_filters_of_a_project_do_not_run(
    server: GitServer, fetch: Any, tmp_path: Path
) -> None:
    owned = tmp_path / "owned"
    commit = server.repository("hello").commit(
        {
            ".gitattributes": "* filter=evil\n",
            ".gitconfig": f'[filter "evil"]\n\tsmudge = touch {owned}\n',
            ".git-hooks/post-checkout": f"#!/bin/sh\ntouch {owned}\n",
            "a.txt": "one",
        }
    )
    await fetch(commit)
    assert not owned.exists()


def add_submodule(server: GitServer, url: str, *, commit: str, path: str = "lib") -> str:
    """Give the project a submodule; the commit that has it."""
    project = server.repository("hello")
    project.commit({".gitmodules": f'[submodule "lib"]\n\tpath = {path}\n\turl = {url}\n'})
    index = {"GIT_INDEX_FILE": str(project.folder / "draft.index")}
    project.git("read-tree", "refs/heads/main", environment=index)
    line = f"160000,{commit},lib"
    project.git("update-index", "--add", "--cacheinfo", line, environment=index)
    tree = project.git("write-tree", environment=index)
    made = project.git("commit-tree", tree, "-p", "refs/heads/main", "-m", "Add lib")
    project.move("refs/heads/main", made)
    return made


async def test_submodules_are_fetched_if_wanted(server: GitServer, fetch: Any) -> None:
    inner = server.repository("inner").commit({"i.txt": "inner"})
    assert inner
    commit = add_submodule(server, "../inner.git", commit=inner)
    checkout = await fetch(commit, submodules=True)
    assert files(checkout.folder)["lib/i.txt"] == "inner"


async def test_submodules_are_left_alone_otherwise(server: GitServer, fetch: Any) -> None:
    inner = server.repository("inner").commit({"i.txt": "inner"})
    commit = add_submodule(server, "../inner.git", commit=inner)
    assert "lib/i.txt" not in files((await fetch(commit)).folder)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("file:///etc", "lib"),
        ("https://169.254.169.254/x.git", "lib"),
        ("http://elsewhere.example/x.git", "lib"),
        ("ext::sh -c true", "lib"),
        ("../inner.git", "../../outside"),
        ("../inner.git", "lib/../../../outside"),
    ],
)
async def test_a_hostile_submodule_is_refused(
    server: GitServer, fetch: Any, tmp_path: Path, url: str, path: str
) -> None:
    inner = server.repository("inner").commit({"i.txt": "inner"})
    commit = add_submodule(server, url, commit=inner, path=path)
    error = await refused(fetch(commit, submodules=True))
    assert error.reason is Reason.SUBMODULE_FAILED
    assert not (tmp_path / "outside").exists()


async def test_a_submodule_of_another_host_does_not_get_the_token(
    server: GitServer, fetch: Any, tmp_path: Path
) -> None:
    other = GitServer(tmp_path / "projects")
    with other.running():
        other.password = "another-password"
        server.password = SECRET
        inner = server.repository("inner").commit({"i.txt": "inner"})
        commit = add_submodule(server, other.url("inner"), commit=inner)
        token = SourceToken(username="x-access-token", password=SECRET)
        error = await refused(
            fetch(commit, token=token, submodules=True, hosts=(server.host, other.host))
        )
        assert error.reason is Reason.SUBMODULE_FAILED
        assert other.seen
        assert {password for _, password in other.seen} == {None}


async def test_pointers_of_lfs_are_told_of(server: GitServer, fetch: Any) -> None:
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 5\n"
    commit = server.repository("hello").commit({**LFS, "big.bin": pointer, "a.txt": "one"})
    checkout = await fetch(commit)
    [warning] = checkout.warnings
    assert "big.bin" in warning


async def test_lfs_that_is_wanted_and_fails_says_so(server: GitServer, fetch: Any) -> None:
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 5\n"
    commit = server.repository("hello").commit({**LFS, "big.bin": pointer})
    error = await refused(fetch(commit, lfs=True))
    assert error.reason is Reason.LFS_FAILED


async def test_no_variable_of_the_service_reaches_git(
    server: GitServer, fetch: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    commit = server.repository("hello").commit({"a.txt": "one"})
    ours = git_environment()
    monkeypatch.setattr(gitserver, "git_environment", lambda: ours)
    monkeypatch.setenv("GIT_TRACE", str(tmp_path / "trace"))
    monkeypatch.setenv("GIT_CONFIG_COUNT", "nonsense")
    await fetch(commit)
    assert not (tmp_path / "trace").exists()
