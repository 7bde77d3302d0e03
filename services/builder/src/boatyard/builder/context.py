"""Makes the build context of a checkout: a gzipped tar of just the files that may go into an image.

Nothing outside of the checkout gets in, whatever the project names: paths are judged with their links followed,
links inside the context travel as links, and what is neither file, folder nor link is refused.
"""

from __future__ import annotations

import gzip
import os
import re
import stat
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from boatyard.builder.reasons import BuildError, Reason

MIB = 1024 * 1024
MAX_IGNORE = 64 * 1024
MAX_DOCKERFILE = MIB
MAX_ENTRIES = 500_000
OUTSIDE_NAME = ".boatyard.Dockerfile"
"""Under this name a Dockerfile is in the context that stands elsewhere in the project."""
Keep = Callable[[str], bool]


@dataclass(frozen=True)
class Context:
    """The tar, the path of the Dockerfile in it, and the Dockerfile's text."""

    archive: Path
    dockerfile: str
    dockerfile_text: str
    files: int
    size: int
    """Bytes of the files."""


def make_context(
    root: Path,
    *,
    context: str,
    dockerfile: str,
    archive: Path,
    limit: int,
    mtime: int,
    owner: int = 0,
    keep_git: bool = False,
) -> Context:
    """Write the context's tar; BuildError says what is wrong with the paths or the files. Runs in a thread."""
    folder = _inside(root, context, missing=Reason.CONTEXT_MISSING)
    if not folder.is_dir():
        raise BuildError(Reason.CONTEXT_MISSING, path=context)
    recipe = _dockerfile(root, folder, context, dockerfile)
    text = _read(recipe, dockerfile, limit=MAX_DOCKERFILE).decode(errors="replace")
    keep = _matcher(folder, recipe, dockerfile)
    inside = recipe.is_relative_to(folder)
    name = recipe.relative_to(folder).as_posix() if inside else OUTSIDE_NAME
    writer = _Writer(limit=limit, mtime=mtime, owner=owner)
    with (
        # The engine wants it gzipped, but is next door: to compress as well takes ten times longer.
        gzip.GzipFile(archive, "wb", compresslevel=0, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as tar,
    ):
        for path, relative in _walk(folder, keep, keep_git=keep_git):
            if relative != name:
                writer.add_parents(tar, folder, relative)
                writer.add(tar, path, relative)
        writer.add_parents(tar, folder, name)
        writer.add(tar, recipe, name)
    return Context(archive, name, text, writer.entries, writer.size)


def _inside(root: Path, relative: str, *, missing: Reason) -> Path:
    """A path of the project with every link followed; BuildError if it leads out of it or is not there."""
    pure = Path(relative or ".")
    if "\0" in relative or pure.is_absolute() or ".." in pure.parts:
        raise BuildError(
            Reason.PATH_REFUSED,
            path=repr(relative),
            detail="write a path within the project, without `..`",
        )
    try:
        path = (root / pure).resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise BuildError(missing, path=relative) from error
    if not path.is_relative_to(root.resolve()) or ".git" in path.relative_to(root.resolve()).parts:
        raise BuildError(
            Reason.PATH_REFUSED, path=relative, detail="it is a link that leads out of the project"
        )
    return path


def _dockerfile(root: Path, folder: Path, context: str, dockerfile: str) -> Path:
    """The Dockerfile: named from the root of the project, or, as many are used to, from the context."""
    try:
        path = _inside(root, dockerfile, missing=Reason.DOCKERFILE_MISSING)
    except BuildError as error:
        beneath = (Path(context) / dockerfile).as_posix()
        if error.reason is not Reason.DOCKERFILE_MISSING or beneath == dockerfile:
            raise
        try:
            path = _inside(root, beneath, missing=Reason.DOCKERFILE_MISSING)
        except BuildError:
            raise error from None
    if not stat.S_ISREG(path.lstat().st_mode):
        raise BuildError(Reason.PATH_REFUSED, path=dockerfile, detail="it is not a file")
    return path


def _read(path: Path, name: str, *, limit: int) -> bytes:
    with path.open("rb") as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise BuildError(
            Reason.PATH_REFUSED, path=name, detail=f"it has more than {limit // 1024} KiB"
        )
    return content


def _matcher(folder: Path, recipe: Path, dockerfile: str) -> Keep:
    """Whether a path goes into the context: what `<Dockerfile>.dockerignore` says, else `.dockerignore`."""
    for path in (recipe.with_name(recipe.name + ".dockerignore"), folder / ".dockerignore"):
        try:
            mode = path.lstat().st_mode
        except OSError:
            continue
        if not stat.S_ISREG(mode):
            raise BuildError(
                Reason.DOCKERIGNORE_INVALID, path=path.name, detail="it is not a regular file"
            )
        lines = _read(path, path.name, limit=MAX_IGNORE).decode(errors="replace").splitlines()
        patterns = [line.strip() for line in lines if line.strip() and line[0] != "#"]
        return _compile(patterns, path.name)
    return lambda _relative: True


def _compile(patterns: list[str], name: str) -> Keep:
    try:
        return Ignore(patterns).keeps
    except (ValueError, re.error, IndexError) as error:
        detail = f"a pattern of it can't be read: {error}"
        raise BuildError(Reason.DOCKERIGNORE_INVALID, path=name, detail=detail) from error


class Ignore:
    """The patterns of a `.dockerignore`, each read by the Docker SDK and put together as the engine does it.

    A pattern that matches a folder matches all that is in it, unless a later one takes something back in.
    """

    def __init__(self, patterns: list[str]) -> None:
        # Imported late, since the SDK is slow to load and only a build needs it.
        from docker.utils.build import Pattern

        read = [Pattern(pattern) for pattern in patterns]
        self._patterns = [pattern for pattern in read if pattern.dirs]
        self._folders: dict[str, tuple[bool, ...]] = {"": (False,) * len(self._patterns)}
        self._match("probe")

    def keeps(self, path: str) -> bool:
        """Whether a path goes into the context."""
        kept = True
        for matched, pattern in zip(self._match(path), self._patterns, strict=True):
            if matched:
                kept = pattern.exclusion
        return kept

    def _match(self, path: str) -> tuple[bool, ...]:
        """Which patterns match a path or a folder above it."""
        above = path.rpartition("/")[0]
        if above not in self._folders:
            self._folders[above] = self._match(above)
        return tuple(
            inherited or bool(pattern.match(path))
            for inherited, pattern in zip(self._folders[above], self._patterns, strict=True)
        )


def _walk(folder: Path, keep: Keep, *, keep_git: bool) -> Iterator[tuple[Path, str]]:
    """The files, links and folders that go in, in a fixed order. Links are never followed."""
    waiting = [""]
    while waiting:
        relative = waiting.pop()
        with os.scandir(folder / relative) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
        for entry in found:
            path = f"{relative}/{entry.name}" if relative else entry.name
            if entry.name == ".git" and not keep_git:
                continue
            is_folder = entry.is_dir(follow_symlinks=False)
            if is_folder:
                # What is in an excluded folder may be taken back in by a later pattern.
                waiting.append(path)
            if keep(path):
                yield Path(entry.path), path


class _Writer:
    """Adds files to a tar and counts."""

    def __init__(self, *, limit: int, mtime: int, owner: int) -> None:
        self._limit, self._mtime, self._owner = limit, mtime, owner
        self._folders = {""}
        self.size = self.entries = 0

    def add_parents(self, tar: tarfile.TarFile, root: Path, name: str) -> None:
        """Add the folders above something, if they are not there: an engine would make them up its own way."""
        above = name.rpartition("/")[0]
        if above not in self._folders:
            self.add_parents(tar, root, above)
            self.add(tar, root / above, above)

    def add(self, tar: tarfile.TarFile, path: Path, name: str) -> None:
        """Add one file, folder or link; BuildError if it is anything else, or if it gets too much."""
        mode = path.lstat().st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISLNK(mode)):
            detail = "it is neither a file, nor a folder, nor a link"
            raise BuildError(Reason.PATH_REFUSED, path=name, detail=detail)
        member = tar.gettarinfo(str(path), arcname=name)
        member.uid = member.gid = self._owner
        member.uname = member.gname = ""
        member.mtime = self._mtime
        if member.isdir():
            self._folders.add(name)
        self.entries += 1
        self.size += member.size if member.isfile() else 0
        if self.size > self._limit or self.entries > MAX_ENTRIES:
            raise BuildError(Reason.CONTEXT_TOO_LARGE, limit=f"{self._limit // MIB} MiB")
        if member.isfile():
            with path.open("rb") as file:
                tar.addfile(member, file)
        else:
            tar.addfile(member)
