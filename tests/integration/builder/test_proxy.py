"""The builds' way to the internet: where it leads, and where it does not."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence

import httpx
import pytest

from boatyard.builder.engines.private.proxy import Proxy
from boatyard.builder.engines.private.relay import Listener
from boatyard.shared.egress import PUBLIC_ONLY, EgressPolicy
from boatyard.shared.testing.receiver import Receiver, Reply

LOOPBACK = EgressPolicy.parse("127.0.0.1/32")
NAMES = {
    "here.example": ["127.0.0.1"],
    "both.example": ["10.0.0.1", "127.0.0.1"],
    "inside.example": ["10.0.0.1"],
    "mapped.example": ["::ffff:10.0.0.1"],
}


async def lookup(host: str, port: int) -> Sequence[str]:
    if host[0].isdigit() or ":" in host:
        return [host]
    if host not in NAMES:
        raise OSError("no such name")
    return NAMES[host]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with Receiver() as receiver:
        yield receiver


class Served:
    """A proxy that listens."""

    def __init__(self, policy: EgressPolicy, *, always: frozenset[str] = frozenset()) -> None:
        self._proxy = Proxy(policy=policy, always=always, lookup=lookup)

    async def __aenter__(self) -> Served:
        listening = socket.create_server(("127.0.0.1", 0))
        self.port = listening.getsockname()[1]
        self._listener = Listener(self._proxy.serve, listening)
        await self._listener.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._listener.close()

    async def get(self, url: str) -> httpx.Response:
        async with httpx.AsyncClient(proxy=f"http://127.0.0.1:{self.port}", timeout=20) as client:
            return await client.get(url)

    async def ask(self, head: str) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(head.encode())
        answer = await asyncio.wait_for(reader.read(65536), 20)
        writer.close()
        await writer.wait_closed()
        return answer


@pytest.mark.parametrize("host", ["here.example", "both.example", "127.0.0.1"])
async def test_what_is_permitted_is_fetched(receiver: Receiver, host: str) -> None:
    receiver.always(Reply(body=b"a package"))
    async with Served(LOOPBACK) as proxy:
        answer = await proxy.get(f"http://{host}:{receiver.port}/a?b=c")
    assert (answer.status_code, answer.content) == (200, b"a package")
    assert receiver.requests[0].path == "/a?b=c"
    assert "proxy-connection" not in receiver.requests[0].headers


async def test_a_tunnel_leads_to_what_is_permitted(receiver: Receiver) -> None:
    async with Served(LOOPBACK) as proxy:
        tunnel = f"CONNECT here.example:{receiver.port} HTTP/1.1\r\nHost: x\r\n\r\n"
        request = "GET /through HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        answer = await proxy.ask(tunnel + request)
        assert answer.startswith(b"HTTP/1.1 200 Connection established")
        await receiver.wait_for(1)
    assert receiver.requests[0].path == "/through"


@pytest.mark.parametrize(
    "host",
    ["here.example", "127.0.0.1", "inside.example", "mapped.example", "169.254.169.254"],
)
async def test_what_is_not_permitted_is_not_dialled(receiver: Receiver, host: str) -> None:
    async with Served(PUBLIC_ONLY) as proxy:
        answer = await proxy.get(f"http://{host}:{receiver.port}/")
        assert answer.status_code == 403
        assert "not allowed" in answer.text
        tunnel = await proxy.ask(f"CONNECT {host}:{receiver.port} HTTP/1.1\r\n\r\n")
        assert tunnel.startswith(b"HTTP/1.1 403")
    assert receiver.requests == []
    assert receiver.connections == 0


async def test_the_registry_is_reached_wherever_it_is(receiver: Receiver) -> None:
    always = frozenset({f"here.example:{receiver.port}"})
    async with Served(PUBLIC_ONLY, always=always) as proxy:
        assert (await proxy.get(f"http://here.example:{receiver.port}/v2/")).status_code == 200


@pytest.mark.parametrize("port", [25, 465, 587])
async def test_no_mail_is_sent_from_builds(port: int) -> None:
    async with Served(LOOPBACK) as proxy:
        answer = await proxy.ask(f"CONNECT here.example:{port} HTTP/1.1\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 403")


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ("GET / HTTP/1.1\r\n\r\n", b"400"),
        ("GET https://here.example/ HTTP/1.1\r\n\r\n", b"400"),
        ("GET ftp://here.example/ HTTP/1.1\r\n\r\n", b"400"),
        ("nonsense\r\n\r\n", b"400"),
        ("CONNECT here.example:x HTTP/1.1\r\n\r\n", b"400"),
        ("CONNECT :80 HTTP/1.1\r\n\r\n", b"400"),
        ("CONNECT nowhere.example:443 HTTP/1.1\r\n\r\n", b"502"),
        ("CONNECT here.example:1 HTTP/1.1\r\n\r\n", b"502"),
    ],
)
async def test_nonsense_is_answered(head: str, status: bytes) -> None:
    async with Served(LOOPBACK) as proxy:
        assert (await proxy.ask(head)).startswith(b"HTTP/1.1 " + status)
