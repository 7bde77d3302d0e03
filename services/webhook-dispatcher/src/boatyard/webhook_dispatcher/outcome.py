"""What is sent to an endpoint and what comes of it, as values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from boatyard.shared.egress import REFUSAL

MAX_BODY_READ = 64 * 1024
"""So many bytes of an answer's body are read, then the connection is closed."""
MAX_BODY_KEPT = 16 * 1024
"""So many bytes of an answer's body are kept, its first ones."""
MAX_HEADERS_KEPT = 8 * 1024
"""So many bytes of an answer's headers are kept: whole headers, in their order, as long as they fit."""

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Request:
    """One POST: where to, with which headers, and the exact bytes of its body."""

    url: str
    headers: Mapping[str, str]
    body: bytes


class ErrorClass(StrEnum):
    """Why there was no answer that counts. A user is told this and nothing closer."""

    DNS_ERROR = "dns_error"
    CONNECTION_REFUSED = "connection_refused"
    CONNECTION_RESET = "connection_reset"
    NETWORK_UNREACHABLE = "network_unreachable"
    TIMEOUT = "timeout"
    TLS_ERROR = "tls_error"
    BLOCKED_ADDRESS = "blocked_address"
    TOO_LARGE = "too_large"
    PROTOCOL_ERROR = "protocol_error"
    NETWORK_ERROR = "network_error"


MESSAGES: Mapping[ErrorClass, str] = {
    ErrorClass.DNS_ERROR: "the host name could not be resolved",
    ErrorClass.CONNECTION_REFUSED: "the connection was refused",
    ErrorClass.CONNECTION_RESET: "the connection was closed before the answer was complete",
    ErrorClass.NETWORK_UNREACHABLE: "the network or the host is unreachable",
    ErrorClass.TIMEOUT: "there was no complete answer in time",
    ErrorClass.TLS_ERROR: (
        "the TLS handshake failed: check the certificate, its host names, and that TLS is 1.2 or newer"
    ),
    ErrorClass.BLOCKED_ADDRESS: REFUSAL,
    ErrorClass.TOO_LARGE: "the headers of the answer are too large",
    ErrorClass.PROTOCOL_ERROR: "the answer was not HTTP/1.1",
    ErrorClass.NETWORK_ERROR: "the connection failed",
}


@dataclass(frozen=True)
class Timings:
    """How long the phases of an attempt took, in milliseconds; None for a phase that did not happen.

    On a connection that was used before there is no `dns`, `connect` and `tls`. `first_byte` is the wait from
    the connection to the head of the answer; `total` is everything, the body too. A phase that failed has the
    time until its failure.
    """

    dns: float | None = None
    connect: float | None = None
    tls: float | None = None
    first_byte: float | None = None
    total: float = 0.0


@dataclass(frozen=True)
class Answered:
    """The endpoint answered, with whatever status: a redirect is an answer, and is never followed."""

    status: int
    headers: Headers
    body_head: bytes
    """The first bytes of the body, as they came (still compressed, if the endpoint did that unasked)."""
    body_length: int
    """How many bytes of the body were read."""
    truncated: bool
    """Whether the body goes on after what was read."""
    peer_ip: str | None
    reused: bool
    """Whether the connection had been used before."""
    timings: Timings


@dataclass(frozen=True)
class Failed:
    """There was no complete answer."""

    error_class: ErrorClass
    peer_ip: str | None
    """The address that was dialled; None if it did not come to that."""
    reused: bool
    timings: Timings
    status: int | None = None
    """The status of an answer that began and did not end."""
    message: str = field(init=False)

    def __post_init__(self) -> None:
        """Fill in the one message of the class."""
        object.__setattr__(self, "message", MESSAGES[self.error_class])


Outcome = Answered | Failed


class Body:
    """Collects an answer's body up to the limits."""

    def __init__(self) -> None:
        self.length = 0
        self._head = bytearray()

    @property
    def head(self) -> bytes:
        """The bytes that are kept."""
        return bytes(self._head)

    @property
    def full(self) -> bool:
        """Whether more was fed than is read of any body."""
        return self.length > MAX_BODY_READ

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes."""
        self.length += len(chunk)
        if len(self._head) < MAX_BODY_KEPT:
            self._head += chunk[: MAX_BODY_KEPT - len(self._head)]


def keep_headers(raw: Iterable[tuple[bytes, bytes]]) -> Headers:
    """The headers that are kept of an answer, as text that every database takes."""
    kept, size = [], 0
    for name, value in raw:
        size += len(name) + len(value) + 4
        if size > MAX_HEADERS_KEPT:
            break
        kept.append((_text(name), _text(value)))
    return tuple(kept)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace").replace("\x00", "\ufffd")
