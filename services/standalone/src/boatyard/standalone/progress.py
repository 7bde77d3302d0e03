"""How far something long is, told to the person who typed the command."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

EVERY_SECONDS = 0.2
"""On a terminal, where a line is written over."""
SELDOM_SECONDS = 10.0
"""Elsewhere, where each line stays."""


class Progress:
    """Counts the items and bytes of one step after the other, on standard error."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._what, self._items, self._bytes = "", 0, 0
        self._began = self._told = 0.0

    @contextmanager
    def step(self, what: str) -> Iterator[Progress]:
        """Count what is done in a block, and sum it up at its end."""
        self._what, self._items, self._bytes = what, 0, 0
        self._began = self._told = time.monotonic()
        yield self
        self._print(final=True)

    def count(self, *, items: int = 0, size: int = 0) -> None:
        """That so much more is done."""
        self._items += items
        self._bytes += size
        now = time.monotonic()
        if now - self._told >= (EVERY_SECONDS if self._terminal else SELDOM_SECONDS):
            self._told = now
            self._print(final=False)

    def _print(self, *, final: bool) -> None:
        seconds = time.monotonic() - self._began
        items = f"{self._items}" if self._items or not self._bytes else ""
        parts = [items, human(self._bytes) if self._bytes else "", f"{seconds:.1f} s"]
        line = f"{self._what}: {', '.join(part for part in parts if part)}"
        start, end = ("\r\x1b[K", "\n" if final else "") if self._terminal else ("", "\n")
        sys.stderr.write(f"{start}{line}{end}")
        sys.stderr.flush()


def human(size: float) -> str:
    """So many bytes as people say it: `1.5 GiB`."""
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} TiB"
