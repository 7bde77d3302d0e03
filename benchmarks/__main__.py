"""Measures the budgets and prints a table; see README.md beside this file."""

from __future__ import annotations

import argparse
import platform
import signal
import sys
import tempfile
from pathlib import Path

import psutil

from benchmarks.measures import MEASURES
from benchmarks.results import Measure, Row
from benchmarks.table import document, plain, section

DOCUMENT = Path(__file__).parents[1] / "docs" / "reference" / "benchmarks.md"


def main() -> None:
    """Measure what is asked for, or everything; exit code 1 if a budget is missed."""
    signal.signal(signal.SIGTERM, _end)
    asked = _arguments()
    sections: dict[str, str] = {}
    missed = False
    for measure in _chosen(asked.measures):
        print(f"\n{measure.name}  {measure.title}", flush=True)
        rows = _run(measure)
        print(plain(rows), flush=True)
        missed |= any(row.kept is False for row in rows)
        sections[measure.name] = section(measure, rows, machine=machine())
    if asked.write:
        existing = DOCUMENT.read_text() if DOCUMENT.exists() else ""
        DOCUMENT.write_text(document(existing, sections))
    sys.exit(int(missed))


def _end(_number: int, _frame: object) -> None:
    """End as an exception does, so that a measure stops what it started."""
    raise SystemExit(1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    names = [measure.name for measure in MEASURES]
    parser.add_argument(
        "measures", nargs="*", metavar="MEASURE", help=f"some of {', '.join(names)}"
    )
    parser.add_argument("--write", action="store_true", help=f"put the tables into {DOCUMENT.name}")
    asked = parser.parse_args()
    if unknown := set(asked.measures) - set(names):
        parser.error(f"there is no {', '.join(sorted(unknown))}: choose from {', '.join(names)}")
    return asked


def _chosen(names: list[str]) -> list[Measure]:
    return [measure for measure in MEASURES if not names or measure.name in names]


def _run(measure: Measure) -> list[Row]:
    # A registry that is just ending may still write a last file.
    with tempfile.TemporaryDirectory(
        prefix="boatyard-bench-", ignore_cleanup_errors=True
    ) as folder:
        return list(measure.run(Path(folder)))


def machine() -> str:
    """What ran the measures, in words: enough to judge the numbers, nothing that names the machine."""
    memory = psutil.virtual_memory().total / 1024**3
    return (
        f"{psutil.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}"
    )


if __name__ == "__main__":
    main()
