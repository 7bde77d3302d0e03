"""Logs on the disk: bounded, with one cursor, readable while they are written.

A log is a run of bytes in UTF-8, and a cursor is a number of bytes from its beginning; it means the same while
the log is written and for ever after. It is kept as files of a megabyte or less, each named after the cursor at
which it begins. Of a long log the files in the middle are removed, so that its beginning and its end stay.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from io import FileIO
from itertools import zip_longest
from pathlib import Path
from uuid import UUID

from boatyard.builder.bells import Bells

SEGMENT_BYTES = 512 * 1024
FLUSH_SECONDS = 0.05
"""How long what was printed waits for more, before it is written and shown."""
FLUSH_BYTES = 64 * 1024
READ_BYTES = 256 * 1024


@dataclass(frozen=True)
class Part:
    """A piece of a log: `data` begins at `start`, which is behind the cursor where bytes were left out."""

    start: int
    data: bytes
    left_out: int = 0

    @property
    def end(self) -> int:
        """The cursor behind it."""
        return self.start + len(self.data)


@dataclass(frozen=True)
class _Segment:
    start: int
    size: int
    path: Path


class LogStore:
    """The logs of all builds in one folder. Any number of processes may share it."""

    def __init__(self, folder: Path, *, limit: int, bells: Bells | None = None) -> None:
        self._folder, self._limit = folder, limit
        self.bells = bells or Bells()

    def writer(self, build_id: UUID, *, on_flush: Callable[[int], None] | None = None) -> LogWriter:
        """Go on with a log at its end, or begin it."""
        folder = self._of(build_id)
        folder.mkdir(parents=True, exist_ok=True)

        def flushed(cursor: int) -> None:
            self.bells.ring(build_id)
            if on_flush is not None:
                on_flush(cursor)

        return LogWriter(folder, limit=self._limit, on_flush=flushed)

    def exists(self, build_id: UUID) -> bool:
        """Whether there is anything of a log."""
        return self._of(build_id).is_dir()

    def size(self, build_id: UUID) -> int:
        """The cursor behind all that is written."""
        segments = _segments(self._of(build_id))
        return segments[-1].start + segments[-1].size if segments else 0

    def read(self, build_id: UUID, cursor: int, *, limit: int = READ_BYTES) -> Part:
        """What is there from a cursor on, at most so many bytes; nothing at the end."""
        segments = _segments(self._of(build_id))
        for segment, following in zip_longest(segments, segments[1:]):
            end = segment.start + segment.size
            if following is not None:
                end = min(end, following.start)
            if cursor < end:
                start = max(cursor, segment.start)
                with suppress(FileNotFoundError):  # it was left out while we looked
                    with segment.path.open("rb") as file:
                        file.seek(start - segment.start)
                        data = file.read(min(limit, end - start))
                    return Part(start, _whole_characters(data), left_out=start - cursor)
        return Part(cursor, b"")

    def ids(self) -> list[UUID]:
        """The builds of which there is a log."""
        found = []
        for folder in self._folder.glob("*/*"):
            with suppress(ValueError):
                found.append(UUID(folder.name))
        return found

    def remove(self, ids: Collection[UUID]) -> None:
        """Delete logs."""
        for build_id in ids:
            shutil.rmtree(self._of(build_id), ignore_errors=True)

    def _of(self, build_id: UUID) -> Path:
        # The last two digits, since the first ones of ids made in one hour are the same.
        return self._folder / build_id.hex[-2:] / str(build_id)


class LogWriter:
    """Writes one log. Use it from the event loop; `close` it at the end."""

    def __init__(self, folder: Path, *, limit: int, on_flush: Callable[[int], None]) -> None:
        self._folder, self._half, self._on_flush = folder, limit // 2, on_flush
        segments = _segments(folder)
        self._start = segments[-1].start + segments[-1].size if segments else 0
        self._size = 0
        self._file: FileIO | None = None
        self._waiting = bytearray()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def cursor(self) -> int:
        """The cursor behind all that was written."""
        return self._start + self._size

    def write(self, text: str) -> None:
        """Write soon; at once if it is much."""
        self._waiting += text.encode(errors="replace")
        if len(self._waiting) >= FLUSH_BYTES:
            self.flush()
        elif self._timer is None and self._waiting:
            self._timer = asyncio.get_running_loop().call_later(FLUSH_SECONDS, self.flush)

    def flush(self) -> None:
        """Write now."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._waiting:
            return
        data, self._waiting = bytes(self._waiting), bytearray()
        if self._file is None or self._size + len(data) > SEGMENT_BYTES:
            self._next_segment()
        assert self._file is not None  # noqa: S101 - it was just opened
        self._size += self._file.write(data) or 0
        self._on_flush(self.cursor)

    def close(self) -> None:
        """Write what waits and let go of the file."""
        self.flush()
        if self._file is not None:
            self._file.close()
            self._file = None

    def _next_segment(self) -> None:
        if self._file is not None:
            self._file.close()
            self._start, self._size = self.cursor, 0
        self._folder.mkdir(parents=True, exist_ok=True)
        self._file = FileIO(self._folder / f"{self._start:016d}.log", "a")
        self._drop_middle()

    def _drop_middle(self) -> None:
        segments = _segments(self._folder)
        tail = self.cursor + SEGMENT_BYTES - self._half
        for segment in segments[:-1]:
            end = segment.start + segment.size
            if segment.start >= self._half - SEGMENT_BYTES and end <= tail:
                segment.path.unlink(missing_ok=True)


def _segments(folder: Path) -> list[_Segment]:
    found = []
    for path in folder.glob("*.log"):
        with suppress(FileNotFoundError, ValueError):
            found.append(_Segment(int(path.stem), path.stat().st_size, path))
    return sorted(found, key=lambda segment: segment.start)


def _whole_characters(data: bytes) -> bytes:
    """The bytes up to where the last character begins that is cut off."""
    for back in range(1, min(4, len(data)) + 1):
        byte = data[-back]
        if byte & 0xC0 == 0x80:
            continue
        needed = 4 if byte >= 0xF0 else 3 if byte >= 0xE0 else 2 if byte >= 0xC0 else 1
        return data if needed <= back or back == len(data) else data[:-back]
    return data
