"""Carries bytes between two connections, whatever they are."""

from __future__ import annotations

import asyncio
import socket
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

CHUNK = 256 * 1024


async def carry(
    one: tuple[StreamReader, StreamWriter], other: tuple[StreamReader, StreamWriter]
) -> None:
    """Carry bytes both ways until both sides have said that they are done, or one breaks off."""
    ways = [
        asyncio.create_task(_one_way(one[0], other[1])),
        asyncio.create_task(_one_way(other[0], one[1])),
    ]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        for writer in (one[1], other[1]):
            await close(writer)


async def _one_way(reader: StreamReader, writer: StreamWriter) -> None:
    while chunk := await reader.read(CHUNK):
        writer.write(chunk)
        await writer.drain()
    with suppress(OSError, RuntimeError):
        writer.write_eof()


async def close(writer: StreamWriter) -> None:
    """Close a connection, whatever state it is in."""
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


Serve = Callable[[StreamReader, StreamWriter], Coroutine[Any, Any, None]]


class Listener:
    """Serves the connections that come to a socket. `start`, and `close` to end them all."""

    def __init__(self, serve: Serve, socket: socket.socket) -> None:
        self._serve, self._socket = serve, socket
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Take connections."""
        self._server = await asyncio.start_server(self._take, sock=self._socket)

    async def close(self) -> None:
        """Take no more, and break off those that are."""
        if self._server is not None:
            self._server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _take(self, reader: StreamReader, writer: StreamWriter) -> None:
        connection = asyncio.create_task(self._serve(reader, writer))
        self._connections.add(connection)
        try:
            await asyncio.wait({connection})
        finally:
            self._connections.discard(connection)
            await close(writer)


class Relay:
    """Takes connections and carries them to one address."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port

    async def serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Serve one connection."""
        try:
            there = await asyncio.open_connection(self._host, self._port)
        except OSError:
            await close(writer)
            return
        await carry((reader, writer), there)
