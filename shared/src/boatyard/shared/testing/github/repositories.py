"""Real bare Git repositories, written with Git's own plumbing."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ZERO = "0" * 40
_CONFIG = """\
[core]
\trepositoryformatversion = 0
\tbare = true
[http]
\treceivepack = true
[uploadpack]
\tallowAnySHA1InWant = true
\tallowFilter = true
"""


@dataclass(frozen=True)
class FileChanges:
    """The files that differ between a commit and its parent."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    modified: tuple[str, ...]


class BareRepository:
    """A bare repository in a folder; made if it is not there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        if not folder.exists():  # what `git init --bare` makes, without starting it
            for part in ("objects/info", "objects/pack", "refs/heads", "refs/tags"):
                (folder / part).mkdir(parents=True)
            (folder / "HEAD").write_text("ref: refs/heads/main\n")
            (folder / "config").write_text(_CONFIG)

    def commit(
        self,
        files: Mapping[str, str | bytes | None],
        message: str = "Change something",
        *,
        branch: str = "main",
        author: str = "Ada",
        parent: str | None = None,
    ) -> str:
        """Change files (None removes one) on a branch, made if need be; the new commit's hash.

        `parent` is the commit to go on from where that is not the branch's own.
        """
        base = parent or self.refs().get(f"refs/heads/{branch}")
        index = {"GIT_INDEX_FILE": str(self.folder / "draft.index")}
        self.git("read-tree", base or "--empty", environment=index)
        entries = "".join(self._entry(path, content) for path, content in files.items())
        self.git("update-index", "--index-info", environment=index, stdin=entries.encode())
        tree = self.git("write-tree", environment=index)
        parents = ("-p", base) if base else ()
        person = {"GIT_AUTHOR_NAME": author, "GIT_AUTHOR_EMAIL": f"{author.lower()}@example.org"}
        sha = self.git("commit-tree", tree, *parents, "-m", message, environment=person)
        self.git("update-ref", f"refs/heads/{branch}", sha)
        return sha

    def tag(self, name: str, target: str = "main", *, annotated: bool = False) -> str:
        """Tag a commit; what the tag's ref holds: the commit, or the tag object of an annotated one."""
        flags = ("-a", "-m", f"Release {name}") if annotated else ()
        self.git("tag", "--force", *flags, name, target)
        return self.git("rev-parse", f"refs/tags/{name}")

    def delete(self, ref: str) -> None:
        """Delete a ref, written in full."""
        self.git("update-ref", "-d", ref)

    def move(self, ref: str, sha: str) -> None:
        """Point a ref at a commit, as a forced push does."""
        self.git("update-ref", ref, sha)

    def refs(self) -> dict[str, str]:
        """What every ref holds."""
        listed = self.git("for-each-ref", "--format=%(refname) %(objectname)")
        return dict(line.split(" ", 1) for line in listed.splitlines())

    def resolve(self, name: str) -> str | None:
        """The commit that a name leads to."""
        done = self._call("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        return done.stdout.decode().strip() if done.returncode == 0 else None

    def changes(self, sha: str) -> FileChanges:
        """The files that a commit changed."""
        listed = self.git("diff-tree", "--root", "-r", "--no-commit-id", "--name-status", sha)
        found: dict[str, list[str]] = {"A": [], "D": [], "M": []}
        for line in listed.splitlines():
            letter, path = line.split("\t", 1)
            found.get(letter[0], found["M"]).append(path)
        return FileChanges(tuple(found["A"]), tuple(found["D"]), tuple(found["M"]))

    def git(
        self, *arguments: str, environment: Mapping[str, str] | None = None, stdin: bytes = b""
    ) -> str:
        """Run git here and return what it prints."""
        done = self._call(*arguments, environment=environment, stdin=stdin)
        if done.returncode != 0:
            raise AssertionError(f"git {' '.join(arguments)}: {done.stderr.decode()}")
        return done.stdout.decode(errors="replace").rstrip("\n")

    def _entry(self, path: str, content: str | bytes | None) -> str:
        """A line for `git update-index --index-info`; the mode 0 removes a file. Programs can be run."""
        if content is None:
            return f"0 {ZERO}\t{path}\n"
        raw = content.encode() if isinstance(content, str) else content
        mode = "100755" if raw.startswith((b"\x7fELF", b"#!")) else "100644"
        return f"{mode} {self.git('hash-object', '-w', '--stdin', stdin=raw)}\t{path}\n"

    def _call(
        self, *arguments: str, environment: Mapping[str, str] | None = None, stdin: bytes = b""
    ) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(  # noqa: S603 - a test's own command line
            ["git", *arguments],  # noqa: S607 - the git of the machine, wherever it is
            cwd=self.folder,
            input=stdin,
            env={**git_environment(), **(environment or {})},
            capture_output=True,
            timeout=60,
            check=False,
        )


def git_environment() -> dict[str, str]:
    """An environment in which git reads no configuration of the machine or its user."""
    return {
        **os.environ,  # noqa: TID251 - passed on whole
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_AUTHOR_NAME": "Ada",
        "GIT_AUTHOR_EMAIL": "ada@example.org",
        "GIT_COMMITTER_NAME": "Ada",
        "GIT_COMMITTER_EMAIL": "ada@example.org",
    }
