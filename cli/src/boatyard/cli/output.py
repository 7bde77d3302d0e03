"""What commands print: tables for people, JSON for programs."""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from boatyard.cli.client import Item, Listing

GAP = 2
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_CONTROL_BUT_COLOUR = re.compile(
    r"\x1b(?!\[[0-9;]*m)|[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f]"
)


@dataclass(frozen=True)
class Column:
    """One thing that is shown of each item."""

    heading: str
    value: Callable[[Any], object]
    paint: Callable[[str], str] | None = None
    """Colours a text, where colours are wanted."""

    def cell(self, item: Any) -> str:
        """The text, without anything that a terminal would obey."""
        return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", _text(self.value(item)))


def print_list(found: Listing, columns: Sequence[Column], *, as_json: bool) -> None:
    """A list of the API. That there is more is said on standard error, so that nobody takes it for all."""
    if as_json:
        print_json(found.items)
    elif found.items:
        typer.echo(table(found.items, columns))
    else:
        note("There are none.")
    if found.more:
        note(f"There are more than these {len(found.items)}: --limit shows them.")


def print_item(item: Item, columns: Sequence[Column], *, as_json: bool) -> None:
    """One thing of the API."""
    if as_json:
        print_json(item)
    else:
        typer.echo(sheet(item, columns))


def print_json(document: object) -> None:
    """A document as the API gave it."""
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False))


def note(sentence: str) -> None:
    """A word to the person, which is no part of the answer."""
    typer.echo(sentence, err=True)


def table(items: Iterable[Any], columns: Sequence[Column]) -> str:
    """One line for each item, below the headings."""
    rows = [[column.cell(item).replace("\n", " ") for column in columns] for item in items]
    headings = [column.heading.upper() for column in columns]
    widths = [max(map(width, cells)) for cells in zip(headings, *rows, strict=True)]
    painters = [column.paint or str for column in columns]
    lines = [_line(headings, widths, [_bold] * len(columns))]
    return "\n".join(lines + [_line(row, widths, painters) for row in rows])


def sheet(item: Any, columns: Sequence[Column]) -> str:
    """One line for each column; what is not known is left out."""
    cells = [(column, column.cell(item)) for column in columns]
    shown = [(column, cell) for column, cell in cells if cell]
    indent = max((width(column.heading) for column, _ in shown), default=0) + GAP
    return "\n".join(
        _bold(column.heading)
        + " " * (indent - width(column.heading))
        + (column.paint or str)(cell.replace("\n", "\n" + " " * indent))
        for column, cell in shown
    )


def write_log(text: str) -> None:
    """A piece of a build's log, at once. On a terminal it can colour its words, and do nothing else to it."""
    if sys.stdout.isatty():
        text = _CONTROL_BUT_COLOUR.sub("\N{REPLACEMENT CHARACTER}", text)
    sys.stdout.write(text)
    sys.stdout.flush()


def width(text: str) -> int:
    """How many cells of a terminal a text takes: Chinese characters take two each."""
    return sum(
        0 if unicodedata.combining(char) else 1 + (unicodedata.east_asian_width(char) in "WF")
        for char in text
    )


def _line(
    cells: Sequence[str], widths: Sequence[int], painters: Sequence[Callable[[str], str]]
) -> str:
    padded = [
        paint(cell) + " " * (wide - width(cell) + GAP)
        for cell, wide, paint in zip(cells, widths, painters, strict=True)
    ]
    return "".join(padded).rstrip()


def _bold(text: str) -> str:
    return typer.style(text, bold=True)


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case list() | tuple():
            return ", ".join(map(_text, value))
        case _:
            return str(value)
