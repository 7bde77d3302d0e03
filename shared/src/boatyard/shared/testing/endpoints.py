"""Endpoints that misbehave below HTTP: raw servers whose bytes a test writes itself."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

Behaviour = Callable[[StreamReader, StreamWriter], Awaitable[None]]
"""What an endpoint does once the head of a request has arrived; it is cancelled at the end of the test."""


class RawEndpoint:
    """A listening server, and what happened to it."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.port = 0
        self.url = ""
        self.heads: list[bytes] = []
        """The request line and headers of each request."""
        self.connections = 0
        """How many were accepted."""
        self.left = asyncio.Event()
        """Set when a sender closed its connection while the endpoint behaved."""
        self._behaviour = behaviour
        self._running: set[asyncio.Task[None]] = set()

    async def accept(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Serve one connection."""
        self.connections += 1
        task = asyncio.create_task(self._serve(reader, writer))
        self._running.add(task)
        await asyncio.wait({task})
        writer.close()

    async def stop(self) -> None:
        """End every connection."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                self.heads.append(await reader.readuntil(b"\r\n\r\n"))
                try:
                    await self._behaviour(reader, writer)
                    await writer.drain()
                except ConnectionError:
                    self.left.set()
                    return
                if writer.is_closing():
                    return


@asynccontextmanager
async def serving(
    behaviour: Behaviour, *, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> AsyncIterator[RawEndpoint]:
    """Run an endpoint on a free port for the length of a block."""
    endpoint = RawEndpoint(behaviour)
    server = await asyncio.start_server(endpoint.accept, host, 0, ssl=tls)
    endpoint.port = server.sockets[0].getsockname()[1]
    name = f"[{host}]" if ":" in host else host
    endpoint.url = f"{'https' if tls else 'http'}://{name}:{endpoint.port}/hook"
    try:
        yield endpoint
    finally:
        server.close()
        await endpoint.stop()
        await server.wait_closed()


def sends(*pieces: bytes, pause: float = 0.02) -> Behaviour:
    """Send some bytes, piece by piece, and keep the connection open."""

    async def behave(reader: StreamReader, writer: StreamWriter) -> None:
        for number, piece in enumerate(pieces):
            if number:
                await asyncio.sleep(pause)
            writer.write(piece)
            await writer.drain()

    return behave


def sends_and_closes(*pieces: bytes) -> Behaviour:
    """Send some bytes, piece by piece, and close the connection."""

    async def behave(reader: StreamReader, writer: StreamWriter) -> None:
        await sends(*pieces)(reader, writer)
        writer.close()

    return behave


def sends_and_resets(*pieces: bytes) -> Behaviour:
    """Send some bytes, piece by piece, and break the connection off (RST)."""

    async def behave(reader: StreamReader, writer: StreamWriter) -> None:
        await sends(*pieces, b"")(reader, writer)
        linger = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.transport.abort()

    return behave


def sends_forever(beginning: bytes, piece: bytes, *, pause: float = 0) -> Behaviour:
    """Send a beginning, and then the same piece over and over, as fast as it is taken or with pauses."""

    async def behave(reader: StreamReader, writer: StreamWriter) -> None:
        writer.write(beginning)
        while True:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)

    return behave


async def hangs(reader: StreamReader, writer: StreamWriter) -> None:
    """Never answer, until the sender leaves."""
    while await reader.read(65536):
        pass
    raise ConnectionResetError("the sender left")
