"""Prints results as a table, and keeps them in docs/reference/benchmarks.md, one section per measure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from benchmarks.results import Measure, Row, number

COLUMNS = ("measure", "value", "bare limit", "ratio", "budget", "verdict")
_VERDICT = {True: "kept", False: "MISSED", None: "-"}
_SECTION = re.compile(r"^(?=## B\d+ )", re.MULTILINE)
_HEADER = """\
# Benchmarks

Budgets are ratios against what the bare parts reach in the same run, so that they mean the same on every
machine. Written by `make bench ARGS="--write"`, which replaces the sections of the measures that ran;
[benchmarks/README.md](../../benchmarks/README.md) says how each is measured.
"""


def cells(row: Row) -> tuple[str, ...]:
    """A row as text, in the order of COLUMNS."""
    bare = "-" if row.bare is None else f"{number(row.bare)} {row.unit} ({row.bare_is})"
    ratio = "-" if row.ratio is None else f"{row.ratio:.2f}"
    budget = "-" if row.budget is None else str(row.budget)
    if row.budget is not None and row.ratio is None:
        budget += f" {row.unit}"
    value = f"{number(row.value)} {row.unit}"
    return (row.what, value, bare, ratio, budget, _VERDICT[row.kept])


def plain(rows: Sequence[Row]) -> str:
    """The table for a terminal."""
    table = [COLUMNS, *map(cells, rows)]
    widths = [max(len(line[column]) for line in table) for column in range(len(COLUMNS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in table
    )


def section(measure: Measure, rows: Sequence[Row], *, machine: str) -> str:
    """The section of one measure in the document."""
    lines = [COLUMNS, ("---",) * len(COLUMNS), *map(cells, rows)]
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"## {measure.name} {measure.title}\n\n{table}\n\nMeasured on {machine}.\n"


def document(existing: str, sections: Mapping[str, str]) -> str:
    """The document with these sections in it, by the measure's name; sections of others stay."""
    kept = {part.split()[1]: part.strip() + "\n" for part in _SECTION.split(existing)[1:]}
    merged = {**kept, **sections}
    ordered = sorted(merged, key=lambda name: int(name.removeprefix("B")))
    return "\n".join([_HEADER, *(merged[name] for name in ordered)])
