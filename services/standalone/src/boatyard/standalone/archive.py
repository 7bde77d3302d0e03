"""The file of a backup: a plain tar, so that whoever has lost everything else can still read it.

It begins with `backup.json`, which says what it is, and ends with `sha256.json`, which says what each file must
be. A file that is not listed there was being written when it was copied, and is left out.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from boatyard.shared.mendable import MendableError

FORMAT = 1
HEAD, SUMS = "backup.json", "sha256.json"
AT_ONCE = 1024 * 1024
"""Files up to so many bytes are read whole before they are judged, and blocks of larger ones are so large."""


class ArchiveError(MendableError):
    """The file is no backup, or a damaged one, or of a newer Boatyard."""


@dataclass(frozen=True)
class Head:
    """What a backup is: of which version, of when, and to which revision its databases were migrated."""

    version: str
    taken_at: str
    revisions: Mapping[str, str]
    format: int = FORMAT


class ArchiveWriter:
    """Writes a backup. `done` is told of the bytes that were written."""

    def __init__(self, file: IO[bytes], head: Head, *, done: Callable[[int], None]) -> None:
        self._tar = tarfile.open(fileobj=file, mode="w|", format=tarfile.PAX_FORMAT)  # noqa: SIM115
        self._done = done
        self._sums: dict[str, str] = {}
        self._put(HEAD, json.dumps(asdict(head), indent=2).encode())

    def add(self, name: str, path: Path, *, digest: str | None = None) -> bool:
        """Add a file; whether it was there still, and has the sha256 `digest` if that is known."""
        try:
            with path.open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                if size <= AT_ONCE:
                    return self.add_bytes(name, file.read(), digest=digest)
                reading = _Hashing(file, self._done)
                self._tar.addfile(_member(name, size), reading)
        except FileNotFoundError:
            return False
        return self._list(name, reading.sha256.hexdigest(), digest)

    def add_bytes(self, name: str, content: bytes, *, digest: str | None = None) -> bool:
        """Add a file of these bytes, unless they are not what they should be."""
        found = hashlib.sha256(content).hexdigest()
        if digest in (None, found):
            self._put(name, content)
        return self._list(name, found, digest)

    def close(self) -> None:
        """Write what each file must be, and the end."""
        self._put(SUMS, json.dumps(self._sums, indent=0).encode())
        self._tar.close()

    def _put(self, name: str, content: bytes) -> None:
        self._tar.addfile(_member(name, len(content)), io.BytesIO(content))
        self._done(len(content))

    def _list(self, name: str, found: str, digest: str | None) -> bool:
        _forget_members(self._tar)
        if digest not in (None, found):
            return False
        self._sums[name] = found
        return True


@contextmanager
def opened(path: Path) -> Iterator[ArchiveReader]:
    """Read a backup; ArchiveError if it is none."""
    try:
        with path.open("rb") as file, tarfile.open(fileobj=file, mode="r|") as tar:
            yield ArchiveReader(path, tar)
    except FileNotFoundError as error:
        raise ArchiveError(f"there is no file {path}") from error
    except (tarfile.TarError, EOFError) as error:
        raise ArchiveError(f"{path} is no backup, or not the whole of it: {error}") from error


class ArchiveReader:
    """Reads a backup from its beginning to its end, once: `head`, then `unpack`."""

    def __init__(self, path: Path, tar: tarfile.TarFile) -> None:
        self._path, self._tar = path, tar
        first = tar.next()
        try:
            content = tar.extractfile(first) if first is not None and first.name == HEAD else None
            found = json.loads(content.read()) if content else {}
            self.head = Head(**found)
        except (ValueError, TypeError) as error:
            raise ArchiveError(f"{path} is no backup of Boatyard") from error
        if self.head.format > FORMAT:
            raise ArchiveError(f"{path} was made by a newer Boatyard: install that one first")

    def unpack(self, folder: Path, *, done: Callable[[int], None]) -> None:
        """Write every file into an empty folder and check it; ArchiveError if one is not as it was."""
        found: dict[str, str] = {}
        listed: dict[str, str] | None = None
        while (member := self._tar.next()) is not None:
            _forget_members(self._tar)
            content = self._tar.extractfile(member)
            if content is None:
                raise ArchiveError(f"{self._path} holds {member.name}, which is not a file")
            if member.name == SUMS:
                listed = json.loads(content.read())
            else:
                found[member.name] = _written(self._place(folder, member.name), content, done)
        if listed is None:
            raise ArchiveError(f"{self._path} breaks off: it is not the whole backup")
        wrong = [name for name, digest in listed.items() if found.get(name) != digest]
        if wrong:
            raise ArchiveError(f"{self._path} is damaged: {wrong[0]} is not as it was backed up")
        for name in found.keys() - listed.keys():
            (folder / name).unlink()

    def _place(self, folder: Path, name: str) -> Path:
        parts = PurePosixPath(name)
        if parts.is_absolute() or ".." in parts.parts:
            raise ArchiveError(f"{self._path} holds a file that lies outside: {name}")
        return folder / parts


class _Hashing:
    """A file that is hashed as it is read."""

    def __init__(self, file: IO[bytes], done: Callable[[int], None]) -> None:
        self._file, self._done, self.sha256 = file, done, hashlib.sha256()

    def read(self, size: int = AT_ONCE) -> bytes:
        block = self._file.read(size)
        self.sha256.update(block)
        self._done(len(block))
        return block


def _forget_members(tar: tarfile.TarFile) -> None:
    """Have a tar not remember what it has passed: there may be millions."""
    tar.members.clear()  # type: ignore[attr-defined] # it is missing in the stubs


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    return member


def _written(path: Path, content: IO[bytes], done: Callable[[int], None]) -> str:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    reading = _Hashing(content, done)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        while block := reading.read():
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    return reading.sha256.hexdigest()
