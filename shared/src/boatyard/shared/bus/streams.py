"""The streams that keep messages, as data, and how they are made.

All have LIMITS retention: a work queue would forget, with the messages, which ids it has seen. Where a message
must not be lost a full stream refuses new ones (`discard=new`), so that the outbox keeps them, instead of
dropping the oldest in silence.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig, StreamInfo
from nats.js.errors import NotFoundError

from boatyard.shared.bus import BusError

DAY = 24 * 60 * 60
GIB = 1024**3
DUPLICATE_SECONDS = 600


class ServerTooOld(BusError):
    """The server does not keep a stream as it was asked to."""


@dataclass(frozen=True)
class Stream:
    """One stream: which subjects it keeps, for how many seconds, and what happens when it is full."""

    name: str
    subjects: tuple[str, ...]
    keep_seconds: int
    max_bytes: int
    refuse_when_full: bool = True

    def config(self, *, replicas: int) -> StreamConfig:
        """As JetStream wants it."""
        return StreamConfig(
            name=self.name,
            subjects=list(self.subjects),
            retention=RetentionPolicy.LIMITS,
            storage=StorageType.FILE,
            discard=DiscardPolicy.NEW if self.refuse_when_full else DiscardPolicy.OLD,
            max_age=self.keep_seconds,
            max_bytes=self.max_bytes,
            duplicate_window=min(DUPLICATE_SECONDS, self.keep_seconds),
            num_replicas=replicas,
        )


EVENTS = Stream("EVENTS", ("evt.>",), 7 * DAY, 4 * GIB)
COMMANDS = Stream("COMMANDS", ("cmd.>",), 7 * DAY, GIB)
LOGS = Stream("LOGS", ("log.>",), DAY, GIB, refuse_when_full=False)
DEAD_LETTERS = Stream("DEAD_LETTERS", ("dlq.>",), 30 * DAY, GIB, refuse_when_full=False)
STREAMS = (EVENTS, COMMANDS, LOGS, DEAD_LETTERS)


def stream_of(subject: str) -> Stream:
    """The stream that keeps a subject."""
    prefix = subject.split(".", 1)[0]
    return next(stream for stream in STREAMS if stream.subjects[0].startswith(f"{prefix}."))


def limited(streams: tuple[Stream, ...], *, max_bytes: int) -> tuple[Stream, ...]:
    """The same streams with less room, for small disks and for tests."""
    return tuple(replace(stream, max_bytes=min(stream.max_bytes, max_bytes)) for stream in streams)


async def ensure(js: JetStreamContext, stream: Stream, *, replicas: int) -> StreamInfo:
    """Make the stream, or bring it to what it should be; ServerTooOld if the server did not do as told."""
    wanted = stream.config(replicas=replicas)
    try:
        info = await js.stream_info(stream.name)
    except NotFoundError:
        info = await js.add_stream(wanted)
    if _differences(wanted, info):
        info = await js.update_stream(wanted)
    if wrong := _differences(wanted, info):
        raise ServerTooOld(
            f"NATS did not keep {', '.join(wrong)} of the stream {stream.name}: NATS 2.10 or newer is needed"
        )
    return info


def _differences(wanted: StreamConfig, info: StreamInfo) -> list[str]:
    fields = (
        "subjects",
        "retention",
        "storage",
        "discard",
        "max_age",
        "max_bytes",
        "duplicate_window",
        "num_replicas",
    )
    return [name for name in fields if getattr(wanted, name) != getattr(info.config, name)]
