"""What an exception of the HTTP library means to whoever owns the endpoint."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError, LineTooLong

from boatyard.shared.egress import BlockedAddress
from boatyard.webhook_dispatcher.outcome import ErrorClass

_BY_TYPE: tuple[tuple[type[BaseException], ErrorClass], ...] = (
    (BlockedAddress, ErrorClass.BLOCKED_ADDRESS),
    # The library refuses hosts such as 2130706433, which other resolvers take for an address.
    (aiohttp.InvalidURL, ErrorClass.BLOCKED_ADDRESS),
    (aiohttp.ClientConnectorDNSError, ErrorClass.DNS_ERROR),
    (socket.gaierror, ErrorClass.DNS_ERROR),
    (ssl.SSLError, ErrorClass.TLS_ERROR),
    (ConnectionRefusedError, ErrorClass.CONNECTION_REFUSED),
    (ConnectionResetError, ErrorClass.CONNECTION_RESET),
    (BrokenPipeError, ErrorClass.CONNECTION_RESET),
    (TimeoutError, ErrorClass.TIMEOUT),
    (aiohttp.ServerDisconnectedError, ErrorClass.CONNECTION_RESET),
    (aiohttp.ClientPayloadError, ErrorClass.CONNECTION_RESET),
    (aiohttp.ClientResponseError, ErrorClass.PROTOCOL_ERROR),
    (HttpProcessingError, ErrorClass.PROTOCOL_ERROR),
    (ValueError, ErrorClass.PROTOCOL_ERROR),
)
"""The first type that one of the chained exceptions is."""
_UNREACHABLE = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN})


def classify(error: BaseException) -> ErrorClass:
    """The class of an exception, by itself and what caused it."""
    chain = list(_causes(error))
    if any(_is_too_large(link) for link in chain):
        return ErrorClass.TOO_LARGE
    for kind, error_class in _BY_TYPE:
        if any(isinstance(link, kind) for link in chain):
            return error_class
    if any(isinstance(link, OSError) and link.errno in _UNREACHABLE for link in chain):
        return ErrorClass.NETWORK_UNREACHABLE
    return ErrorClass.NETWORK_ERROR


def _is_too_large(link: BaseException) -> bool:
    return isinstance(link, LineTooLong) or (
        isinstance(link, HttpProcessingError) and "Too many headers" in link.message
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    link: BaseException | None = error
    while link is not None:
        yield link
        link = link.__cause__
