"""Certificates and handshakes that are not right, and those that are."""

from __future__ import annotations

import asyncio
import datetime as dt
import ssl
import warnings
from asyncio import StreamReader, StreamWriter

import pytest
import trustme

from boatyard.shared.clock import SystemClock
from boatyard.shared.testing.endpoints import hangs, sends, serving
from boatyard.webhook_dispatcher.connector import client_tls
from boatyard.webhook_dispatcher.outcome import ErrorClass, Failed, Outcome
from tests.integration.webhook_dispatcher.sending.conftest import (
    SHORT,
    answered,
    failed,
    send,
    timed_out,
)

FINE = sends(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA(key_type=trustme.KeyType.ECDSA)


def server_tls(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


async def send_to(
    server: ssl.SSLContext, authority: trustme.CA, host: str = "hook.example"
) -> Outcome:
    """Send to a server of this TLS; the sender trusts the authority."""
    trusting = client_tls(authority.cert_pem.bytes().decode())
    async with serving(FINE, tls=server) as endpoint:
        outcome = await send(f"https://{host}:{endpoint.port}/hook", tls=trusting)
        if isinstance(outcome, Failed):
            assert endpoint.heads == [], "nothing is said to whom is not trusted"
    return outcome


async def test_a_good_certificate_is_accepted_and_its_handshake_timed(
    authority: trustme.CA,
) -> None:
    server = server_tls(authority.issue_cert("hook.example"))
    answer = answered(await send_to(server, authority))
    assert answer.timings.dns is not None
    assert answer.timings.connect is not None
    assert answer.timings.tls is not None
    assert answer.timings.tls > 0


async def test_a_certificate_for_an_address_is_accepted(authority: trustme.CA) -> None:
    server = server_tls(authority.issue_cert("127.0.0.1"))
    answered(await send_to(server, authority, host="127.0.0.1"))


async def test_an_expired_certificate_is_not_trusted(authority: trustme.CA) -> None:
    yesterday = SystemClock().now() - dt.timedelta(days=1)
    expired = authority.issue_cert(
        "hook.example", not_before=yesterday - dt.timedelta(days=1), not_after=yesterday
    )
    failure = failed(await send_to(server_tls(expired), authority), ErrorClass.TLS_ERROR)
    assert failure.timings.first_byte is None


@pytest.mark.parametrize("name", ["other.example", "*.hook.example", "127.0.0.1", "example"])
async def test_a_certificate_for_another_host_is_not_trusted(
    authority: trustme.CA, name: str
) -> None:
    server = server_tls(authority.issue_cert(name))
    failed(await send_to(server, authority), ErrorClass.TLS_ERROR)


async def test_a_certificate_that_vouches_for_itself_is_not_trusted(
    authority: trustme.CA,
) -> None:
    stranger = server_tls(trustme.CA().issue_cert("hook.example"))
    failed(await send_to(stranger, authority), ErrorClass.TLS_ERROR)


async def test_an_old_version_of_tls_is_not_spoken(authority: trustme.CA) -> None:
    server = server_tls(authority.issue_cert("hook.example"))
    server.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that it is old is the point
        server.minimum_version = ssl.TLSVersion.TLSv1
        server.maximum_version = ssl.TLSVersion.TLSv1_1
    failed(await send_to(server, authority), ErrorClass.TLS_ERROR)


@pytest.mark.parametrize(
    "greeting",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"220 hi\r\n",
        b"\0" * 100,
        b"\x15\x03\x01\x00\x02\x02\x46",  # the alert "protocol version"
    ],
)
async def test_what_is_not_a_handshake_is_a_tls_error(greeting: bytes) -> None:
    async def greet(reader: StreamReader, writer: StreamWriter) -> None:
        writer.write(greeting)
        await writer.drain()
        await reader.read()
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        failed(await send(f"https://127.0.0.1:{port}/"), ErrorClass.TLS_ERROR)


async def test_a_handshake_that_hangs_is_a_timeout() -> None:
    async with serving(hangs) as endpoint:
        outcome = await send(endpoint.url.replace("http:", "https:"), limits=SHORT)
        failure = timed_out(outcome)
    assert failure.timings.tls is not None
    assert failure.timings.tls > 100
    assert failure.timings.first_byte is None


async def test_a_connection_that_is_closed_during_the_handshake_is_told_so() -> None:
    async def leave(reader: StreamReader, writer: StreamWriter) -> None:
        await reader.read(10)
        writer.close()

    server = await asyncio.start_server(leave, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        failed(await send(f"https://127.0.0.1:{port}/"), ErrorClass.TLS_ERROR)
