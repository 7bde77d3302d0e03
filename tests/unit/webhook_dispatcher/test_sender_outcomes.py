"""What is kept of an answer, and what an exception means to whoever owns the endpoint."""

import errno
import socket
import ssl

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey
from aiohttp.http_exceptions import BadHttpMessage, LineTooLong
from hypothesis import given
from hypothesis import strategies as st

from boatyard.shared.egress import BlockedAddress
from boatyard.webhook_dispatcher.failures import classify
from boatyard.webhook_dispatcher.outcome import (
    MAX_BODY_KEPT,
    MAX_BODY_READ,
    MAX_HEADERS_KEPT,
    Body,
    ErrorClass,
    keep_headers,
)

KEY = ConnectionKey("hook.example", 443, True, True, None, None, None)


def because(error: Exception, cause: BaseException) -> Exception:
    error.__cause__ = cause
    return error


def connecting(cause: OSError) -> Exception:
    return because(aiohttp.ClientConnectorError(KEY, cause), cause)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (TimeoutError(), ErrorClass.TIMEOUT),
        (aiohttp.ConnectionTimeoutError(), ErrorClass.TIMEOUT),
        (ConnectionRefusedError(), ErrorClass.CONNECTION_REFUSED),
        (connecting(ConnectionRefusedError()), ErrorClass.CONNECTION_REFUSED),
        (connecting(ConnectionResetError()), ErrorClass.CONNECTION_RESET),
        (BrokenPipeError(), ErrorClass.CONNECTION_RESET),
        (aiohttp.ServerDisconnectedError(), ErrorClass.CONNECTION_RESET),
        (aiohttp.ClientPayloadError(), ErrorClass.CONNECTION_RESET),
        (connecting(OSError(errno.ENETUNREACH, "")), ErrorClass.NETWORK_UNREACHABLE),
        (connecting(OSError(errno.EHOSTUNREACH, "")), ErrorClass.NETWORK_UNREACHABLE),
        (connecting(OSError(errno.EMFILE, "")), ErrorClass.NETWORK_ERROR),
        (connecting(ssl.SSLCertVerificationError()), ErrorClass.TLS_ERROR),
        (ssl.SSLError(), ErrorClass.TLS_ERROR),
        (aiohttp.ClientConnectorDNSError(KEY, OSError()), ErrorClass.DNS_ERROR),
        (socket.gaierror(), ErrorClass.DNS_ERROR),
        (connecting(BlockedAddress()), ErrorClass.BLOCKED_ADDRESS),
        (
            because(aiohttp.ClientConnectorDNSError(KEY, OSError()), BlockedAddress()),
            ErrorClass.BLOCKED_ADDRESS,
        ),
        (aiohttp.InvalidURL("http://2130706433"), ErrorClass.BLOCKED_ADDRESS),
        (because(aiohttp.ClientError(), LineTooLong(b"", 1)), ErrorClass.TOO_LARGE),
        (BadHttpMessage("Too many headers received"), ErrorClass.TOO_LARGE),
        (BadHttpMessage("no"), ErrorClass.PROTOCOL_ERROR),
        (ValueError(), ErrorClass.PROTOCOL_ERROR),
        (aiohttp.ClientError(), ErrorClass.NETWORK_ERROR),
    ],
)
def test_an_exception_has_its_class(error: Exception, expected: ErrorClass) -> None:
    assert classify(error) is expected


@given(st.lists(st.integers(1, 40_000), max_size=10))
def test_a_body_keeps_its_beginning_however_it_comes(sizes: list[int]) -> None:
    body, whole = Body(), b""
    for number, size in enumerate(sizes):
        chunk = bytes([number]) * size
        body.feed(chunk)
        whole += chunk
    assert body.length == len(whole)
    assert body.head == whole[:MAX_BODY_KEPT]
    assert body.full is (len(whole) > MAX_BODY_READ)


@given(st.lists(st.tuples(st.binary(max_size=3000), st.binary(max_size=3000)), max_size=20))
def test_headers_are_kept_whole_and_in_their_order(raw: list[tuple[bytes, bytes]]) -> None:
    kept = keep_headers(raw)
    size = sum(len(name) + len(value) + 4 for name, value in raw[: len(kept)])
    assert size <= MAX_HEADERS_KEPT
    assert "\x00" not in "".join(name + value for name, value in kept)
    if len(kept) < len(raw):
        name, value = raw[len(kept)]
        assert size + len(name) + len(value) + 4 > MAX_HEADERS_KEPT
