"""B8: how long the embedded installation takes to start, and how much memory it takes then."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Start:
    """What one start took: seconds on the clock and of the processor, then memory in MB."""

    seconds: float
    cpu_seconds: float
    ours: float
    servers: float


def measure(folder: Path) -> list[Row]:
    """Start it in empty folders, and again and again in one, after a start that isn't counted."""
    _starts(folder, "unmeasured", count=1)
    first = [_starts(folder, f"first-{n}", count=1)[0] for n in range(STARTS)]
    again = _starts(folder, "again", count=STARTS + 1)[1:]
    both = [*first, *again]
    return [
        Row(
            what="first start to ready",
            value=_median(first, lambda start: start.seconds),
            unit="s",
            budget=AtMost(5),
        ),
        Row(
            what="later starts",
            value=_median(again, lambda start: start.seconds),
            unit="s",
            budget=AtMost(5),
        ),
        Row(
            what="processor time of a start",
            value=_median(both, lambda start: start.cpu_seconds),
            unit="s",
        ),
        Row(
            what="resident memory of our process",
            value=_median(both, lambda start: start.ours),
            unit="MB",
            budget=AtMost(250),
        ),
        Row(
            what="of NATS and the registry",
            value=_median(both, lambda start: start.servers),
            unit="MB",
        ),
    ]


def _median(starts: Sequence[Start], figure: Callable[[Start], float]) -> float:
    return statistics.median(map(figure, starts))


def _starts(folder: Path, name: str, *, count: int) -> list[Start]:
    place = folder / name
    place.mkdir()
    boatyard = Installation(place, **ENVIRONMENT)
    try:
        return [_start(boatyard) for _ in range(count)]
    finally:
        boatyard.remove()


def _start(boatyard: Installation) -> Start:
    began = time.monotonic()
    boatyard.start()
    seconds = time.monotonic() - began
    process = psutil.Process(boatyard.process.pid)
    spent = process.cpu_times()
    time.sleep(SETTLE_SECONDS)
    servers = sum(child.memory_info().rss for child in process.children(recursive=True))
    start = Start(
        seconds,
        spent.user + spent.system,
        process.memory_info().rss / MEGABYTE,
        servers / MEGABYTE,
    )
    boatyard.stop()
    return start
