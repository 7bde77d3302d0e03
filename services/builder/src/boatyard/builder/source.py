"""Where a commit comes from, as a port: GitHub's Git over https, and files that a test gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from boatyard.shared.events import BuildSource, SourceToken


@dataclass(frozen=True)
class Checkout:
    """A commit, checked out: its files are under `folder`, and it was made at `committed_at` (Unix time)."""

    folder: Path
    committed_at: int
    warnings: tuple[str, ...] = ()


class Source(Protocol):
    """Fetches commits. Safe for concurrent use; a fetch that is cancelled leaves no process behind."""

    async def fetch(self, source: BuildSource, token: SourceToken, folder: Path) -> Checkout:
        """Check a commit out into a folder that is there and empty. BuildError if it can't be."""
        ...


class FilesSource:
    """The same files for every commit, without Git: for tests."""

    def __init__(self, files: Mapping[str, str | bytes]) -> None:
        self.files = dict(files)
        self.error: Exception | None = None
        """Raised instead of fetching, if set."""

    async def fetch(self, source: BuildSource, token: SourceToken, folder: Path) -> Checkout:
        """Write the files."""
        if self.error is not None:
            raise self.error
        for name, content in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return Checkout(folder, committed_at=1_700_000_000)
