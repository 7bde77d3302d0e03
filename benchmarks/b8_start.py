"""B8: how long the embedded installation takes to start, and how much memory it takes then."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

import psutil

from benchmarks.results import AtMost, Row
from boatyard.shared.testing.installation import Installation

STARTS = 5
SETTLE_SECONDS = 3.0
"""After the start the sweep of the registry and first connections still take memory."""
MEGABYTE = 1e6
# Whatever the caller's Python does, ours compiles what it imports once, as it does for everybody.
ENVIRONMENT = {"PYTHONDONTWRITEBYTECODE": ""}


def measure(folder: Path) -> list[Row]:
    """Start it in empty folders, and again and again in one, after a start that isn't counted."""
    _starts(folder, "unmeasured", count=1)
    first, memory = zip(
        *(_starts(folder, f"first-{n}", count=1)[0] for n in range(STARTS)), strict=True
    )
    again = [seconds for seconds, _ in _starts(folder, "again", count=STARTS + 1)[1:]]
    ours, servers = zip(*memory, strict=True)
    return [
        Row(
            what="first start to ready", value=statistics.median(first), unit="s", budget=AtMost(5)
        ),
        Row(what="later starts", value=statistics.median(again), unit="s", budget=AtMost(5)),
        Row(
            what="resident memory of our process",
            value=statistics.median(ours),
            unit="MB",
            budget=AtMost(250),
        ),
        Row(what="of NATS and the registry", value=statistics.median(servers), unit="MB"),
    ]


def _starts(folder: Path, name: str, *, count: int) -> list[tuple[float, tuple[float, float]]]:
    """Seconds to ready, and the memory of our process and of its servers, of each start in one data folder."""
    place = folder / name
    place.mkdir()
    boatyard = Installation(place, **ENVIRONMENT)
    seen = []
    try:
        for _ in range(count):
            began = time.monotonic()
            boatyard.start()
            seconds = time.monotonic() - began
            time.sleep(SETTLE_SECONDS)
            seen.append((seconds, _memory(boatyard.process.pid)))
            boatyard.stop()
    finally:
        boatyard.remove()
    return seen


def _memory(pid: int) -> tuple[float, float]:
    process = psutil.Process(pid)
    servers = sum(child.memory_info().rss for child in process.children(recursive=True))
    return process.memory_info().rss / MEGABYTE, servers / MEGABYTE
