"""Server-sent events, as the HTML standard writes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Event:
    """One event. The id is the last one that the stream gave: what to go on from if it breaks off."""

    name: str
    data: str
    id: str | None


def events(chunks: Iterable[bytes]) -> Iterator[Event]:
    """The events in a stream, each as soon as it is whole; one that breaks off is none."""
    name, data, id = "", list[str](), None
    for line in _lines(chunks):
        if not line:
            if data:
                yield Event(name or "message", "\n".join(data), id)
            name, data = "", []
            continue
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match field:
            case "event":
                name = value
            case "data":
                data.append(value)
            case "id":
                id = value


def _lines(chunks: Iterable[bytes]) -> Iterator[str]:
    """The whole lines. Split by hand: `splitlines` would also split at U+2028 and its like, inside of data."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line.removesuffix(b"\r").decode(errors="replace")
