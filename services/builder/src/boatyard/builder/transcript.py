"""Writes down what happens in a build, as people read it: our own lines, and each step's by its number."""

from __future__ import annotations

import asyncio

from boatyard.builder.logs import LogWriter
from boatyard.builder.masking import Masker

MAX_TITLE = 300


class Transcript:
    """The log of one attempt; an engine's Output. Secrets are masked before anything is written."""

    def __init__(self, writer: LogWriter, masker: Masker) -> None:
        self._writer, self.masker = writer, masker
        self._open: int | None = None
        """The step whose line has not ended yet."""
        self._loop = asyncio.get_running_loop()
        self.last_at = self._loop.time()
        """When something was printed last, by the loop's clock."""

    def heading(self, text: str) -> None:
        """A new phase begins."""
        self.say(f"==> {text}")

    def say(self, line: str) -> None:
        """A line of our own."""
        self._end_line()
        self._write(f"{line}\n")

    def step(self, number: int, title: str) -> None:
        """A step begins."""
        self.say(f"#{number} {' '.join(title.split())[:MAX_TITLE]}")

    def text(self, number: int, text: str) -> None:
        """A step prints something; another step's open line is ended first."""
        if self._open not in (None, number):
            self._end_line()
        text = text.replace("\r\n", "\n")
        if not text:
            return
        prefix, ended = f"#{number} ", text.endswith("\n")
        shown = text.removesuffix("\n").replace("\n", f"\n{prefix}")
        if self._open is None:
            shown = prefix + shown
        self._open = None if ended else number
        self._write(f"{shown}\n" if ended else shown)

    def done(self, number: int, *, cached: bool, seconds: float | None, error: str = "") -> None:
        """A step ended."""
        if error:
            self.say(f"#{number} ERROR: {' '.join(error.split())}")
        elif cached:
            self.say(f"#{number} CACHED")
        elif seconds is not None:
            self.say(f"#{number} DONE {seconds:.1f}s")

    def close(self) -> None:
        """Nothing follows."""
        self._end_line()
        self._writer.write(self.masker.flush())
        self._writer.close()

    def _end_line(self) -> None:
        if self._open is not None:
            self._open = None
            self._write("\n")

    def _write(self, text: str) -> None:
        self.last_at = self._loop.time()
        shown = self.masker.feed(text)
        if shown:
            self._writer.write(shown)
