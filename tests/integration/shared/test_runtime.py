"""What a process listens with."""

from __future__ import annotations

import asyncio
import signal
import socket

import uvicorn
from fastapi import FastAPI

from boatyard.shared.runtime import _Server, listen


async def test_answers_do_not_wait_for_the_peers_acknowledgement() -> None:
    delays: list[int] = []

    async def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted = writer.get_extra_info("socket")
        delays.append(accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    listener = listen("127.0.0.1", 0)
    async with await asyncio.start_server(answer, sock=listener) as server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        await reader.read()
        writer.close()
        await writer.wait_closed()
    assert delays == [1]


async def test_who_was_connected_when_it_was_told_to_stop_may_still_ask() -> None:
    app = FastAPI()

    @app.get("/")
    async def answer() -> str:
        return "answered"

    listener = listen("127.0.0.1", 0)
    address = listener.getsockname()
    config = uvicorn.Config(app, log_config=None, lifespan="off")
    server = _Server(config, closing=asyncio.Event())
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    reader, writer = await asyncio.open_connection(*address)
    server.handle_exit(signal.SIGTERM, None)
    await _refuses(address)
    writer.write(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
    assert b"answered" in await reader.read()
    writer.close()
    await asyncio.wait_for(serving, 20)


async def _refuses(address: tuple[str, int]) -> None:
    async with asyncio.timeout(20):
        while True:
            try:
                _, writer = await asyncio.open_connection(*address)
            except ConnectionRefusedError:
                return
            writer.close()
            await asyncio.sleep(0.005)
