"""What becomes of a request when the connection that it was sent on drops."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from boatyard.github_gateway.github import GithubUnavailable
from boatyard.github_gateway.github.transport import Transport
from boatyard.shared.clock import SystemClock

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class Dropping:
    """A server that reads requests and closes the connection of the first `drops` without a word."""

    def __init__(self, drops: int) -> None:
        self.drops = drops
        self.requests: list[str] = []
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.requests.append(head.decode().partition(" ")[0])
        if len(self.requests) > self.drops:
            writer.write(OK)
        writer.close()


@asynccontextmanager
async def dropping(drops: int) -> AsyncIterator[Dropping]:
    server = Dropping(drops)
    async with await asyncio.start_server(server.serve, "127.0.0.1", 0) as listening:
        server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/"
        yield server


@pytest.fixture
async def transport() -> AsyncIterator[Transport]:
    transport = Transport(SystemClock())
    yield transport
    await transport.close()


async def test_a_question_is_asked_again_on_a_new_connection(transport: Transport) -> None:
    async with dropping(1) as server:
        assert await transport.json("GET", server.url) == {}
        assert await transport.json("POST", server.url, repeatable=True) == {}
    assert server.requests == ["GET", "GET", "POST"]


async def test_a_question_is_asked_twice_and_no_more(transport: Transport) -> None:
    async with dropping(9) as server:
        with pytest.raises(GithubUnavailable, match="dropped"):
            await transport.json("GET", server.url)
    assert server.requests == ["GET", "GET"]


async def test_what_changes_something_is_sent_once(transport: Transport) -> None:
    async with dropping(1) as server:
        with pytest.raises(GithubUnavailable, match="dropped"):
            await transport.json("POST", server.url)
    assert server.requests == ["POST"]
