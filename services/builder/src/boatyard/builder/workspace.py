"""The folder in which a process of builder works: its own, and removed by the next one if it was killed."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4


class Workspace:
    """A process's folder. A lock on it is held for as long as the process lives, however it ends."""

    def __init__(self, parent: Path) -> None:
        self._parent = parent
        self.folder = parent / uuid4().hex
        self._lock: int | None = None

    def open(self) -> None:
        """Make the folder, and remove those whose processes are gone."""
        self._parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Or another process would take a folder that is not locked yet for left behind.
        with _alone_in(self._parent):
            for left in self._parent.iterdir():
                if left.is_dir() and (lock := _lock(left)) is not None:
                    shutil.rmtree(left, ignore_errors=True)
                    os.close(lock)
            self.folder.mkdir(mode=0o700)
            self._lock = _lock(self.folder)

    def close(self) -> None:
        """Remove it."""
        shutil.rmtree(self.folder, ignore_errors=True)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Wait until no other process makes or removes folders there, and keep them from it."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _lock(folder: Path) -> int | None:
    """A lock on a folder; None if another process has it."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return None
        return descriptor
    return None
