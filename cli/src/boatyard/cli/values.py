"""How values of the API are written for people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

import typer

_COLOURS = {
    "active": "green",
    "succeeded": "green",
    "success": "green",
    "ok": "green",
    "building": "cyan",
    "queued": "cyan",
    "pending": "cyan",
    "failed": "red",
    "timed_out": "red",
    "exhausted": "red",
    "disabled": "red",
    "http_error": "red",
    "network_error": "red",
}


def field(name: str) -> Callable[[Any], object]:
    """The value of a field, as it is; `source.commit` is a field of a field."""
    names = name.split(".")

    def value(item: Any) -> object:
        for part in names:
            item = None if item is None else item[part]
        found: object = item
        return found

    return value


def moment(name: str) -> Callable[[Any], object]:
    """A moment in the time of this place."""
    value = field(name)
    return lambda item: local(value(item))


def local(text: object) -> str | None:
    """When it was, in the time of this place."""
    if text is None:
        return None
    return dt.datetime.fromisoformat(str(text)).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def seconds(begin: str | None, end: str | None) -> str | None:
    """How long it took; None if it has not ended."""
    if begin is None or end is None:
        return None
    took = dt.datetime.fromisoformat(end) - dt.datetime.fromisoformat(begin)
    return f"{took.total_seconds():.1f} s"


def days_from_now(days: int) -> str:
    """A moment to come, as the API reads it."""
    now = dt.datetime.now(dt.UTC)  # noqa: TID251 - the services' clock is not ours
    return (now + dt.timedelta(days=days)).isoformat()


def size(count: int | None) -> str | None:
    """Bytes of an image, as far as a person cares, as docker writes them."""
    return None if count is None else _scaled(count, 1000, ("B", "kB", "MB", "GB", "TB"))


def binary_size(count: int | None) -> str | None:
    """Bytes of a disk, of which quotas are given, as far as a person cares."""
    return None if count is None else _scaled(count, 1024, ("B", "KiB", "MiB", "GiB", "TiB"))


def _scaled(count: int, step: int, units: Sequence[str]) -> str:
    amount, unit = float(count), units[0]
    for unit in units:
        if amount < step or unit == units[-1]:
            break
        amount /= step
    return f"{count} B" if unit == units[0] else f"{amount:.1f} {unit}"


def short(digest: str | None) -> str | None:
    """A digest as far as it takes to tell it from others."""
    return digest[:19] if digest else None


def painted(word: str) -> str:
    """A state in its colour."""
    return typer.style(word, fg=_COLOURS[word]) if word in _COLOURS else word
