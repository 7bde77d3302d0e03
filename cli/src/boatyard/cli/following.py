"""A build's log while it is written, over as many connections as it takes."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from boatyard.cli.errors import CommandError
from boatyard.cli.output import note, write_log

if TYPE_CHECKING:
    from boatyard.cli.client import Api, Item
    from boatyard.cli.sse import Event

PAUSES = (0.2, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Seconds before each try to go on; a minute in all, which a restart or an upgrade of Boatyard takes."""
STEADY_SECONDS = 90.0
"""A connection that lasted so long was well, though it brought nothing: the build waits, and a proxy cut it.
Longer than a server that is away can keep us, by being slow to connect and then silent."""


def follow(boatyard: Api, path: str, *, pauses: Sequence[float] = PAUSES) -> bool:
    """Print the log until the build has ended; whether it succeeded. CommandError if it can't be followed."""
    for event in events(boatyard, path, pauses=pauses):
        told = json.loads(event.data)
        if event.name == "log":
            if told["left_out"]:
                note(f"({told['left_out']:,} bytes are left out here, since the log is so long)")
            write_log(told["text"])
        elif event.name == "end":
            note(_ending(told))
            return bool(told["status"] == "succeeded")
    raise CommandError("the log has no end")


def events(
    boatyard: Api,
    path: str,
    *,
    pauses: Sequence[float],
    steady_seconds: float = STEADY_SECONDS,
) -> Iterator[Event]:
    """The events up to `end`, each once: where one connection broke off the next goes on.

    It gives up when as many connections in a row as there are pauses brought nothing and did not last.
    """
    from boatyard.cli.client import Interrupted

    after: str | None = None
    left = list(pauses)
    while True:
        began, broke = time.monotonic(), Interrupted("the log breaks off again and again")
        try:
            for event in boatyard.events(path, after=after):
                after, left = event.id or after, list(pauses)
                yield event
                if event.name == "end":
                    return
        except Interrupted as error:
            broke = error
        if time.monotonic() - began >= steady_seconds:
            left = list(pauses)
        if not left:
            raise broke
        time.sleep(left.pop(0))


def _ending(told: Item) -> str:
    """Such as `Build failed: the step RUN make ended with exit code 2`."""
    status = str(told["status"] or "deleted").replace("_", " ")
    return f"Build {status}: {told['detail']}" if told["detail"] else f"Build {status}"
