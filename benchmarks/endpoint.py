"""An endpoint in a process of its own: answers every POST after a while, with as little work as possible.

python -m benchmarks.endpoint 8080 0.02
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from boatyard.shared.testing.processes import ServerProcess, accepts, free_port

BODY = b"x" * 500
HEADERS = {
    "content-type": "application/json",
    "webhook-id": "0" * 36,
    "webhook-timestamp": "1" * 10,
    "webhook-signature": "v1," + "0" * 44,
}
"""With the body: what senders of others send that our own are compared with."""
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
LENGTH = b"content-length:"


class Endpoint(asyncio.Protocol):
    """One connection. It understands just what senders of ours write."""

    def __init__(self, delay: float) -> None:
        self._delay = delay
        self._received = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            whole = end + 4 + _length(self._received[:end].lower())
            if len(self._received) < whole:
                return
            self._received = self._received[whole:]
            asyncio.get_running_loop().call_later(self._delay, self._answer)

    def _answer(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(ANSWER)


def _length(head: bytes) -> int:
    at = head.find(LENGTH)
    return int(head[at + len(LENGTH) :].split(b"\r\n", 1)[0]) if at >= 0 else 0


@contextmanager
def running(folder: Path, *, delay: float) -> Iterator[str]:
    """Run one for the length of a block; gives its address."""
    port = free_port()
    process = ServerProcess(
        [sys.executable, "-m", "benchmarks.endpoint", str(port), str(delay)],
        log=folder / f"endpoint-{port}.log",
    )
    process.start(lambda: accepts(port))
    try:
        yield f"http://127.0.0.1:{port}/hook"
    finally:
        process.kill()


async def _serve(port: int, delay: float) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Endpoint(delay), "127.0.0.1", port, backlog=1024)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), float(sys.argv[2])))
