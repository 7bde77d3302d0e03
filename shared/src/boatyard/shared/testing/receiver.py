"""A real HTTP server for tests: what a webhook reaches. It records requests and answers as it is told."""

from __future__ import annotations

import asyncio
import datetime as dt
import socket
import struct
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from aiohttp import web

from boatyard.shared.clock import Clock, SystemClock


@dataclass(frozen=True)
class Received:
    """One request as it arrived."""

    method: str
    path: str
    """With the query, byte by byte as it was sent."""
    headers: Mapping[str, str]
    """The names are in lower case; of a repeated header the last value counts."""
    raw_headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    at: dt.datetime
    """When its last byte had arrived."""


@dataclass(frozen=True)
class Reply:
    """An ordinary answer."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    after: float = 0.0
    """Seconds until it is sent."""


Behaviour = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
"""Answers a request that was recorded already, in whatever way."""


async def silence(request: web.BaseRequest) -> web.StreamResponse:
    """Never answer; the connection stays open until the sender or the receiver ends it."""
    await asyncio.Event().wait()
    return web.Response()


async def reset(request: web.BaseRequest) -> web.StreamResponse:
    """Break the connection off (RST) instead of answering."""
    transport = request.transport
    if transport is not None:
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response()


class Receiver:
    """Listens on a port of `host` that it keeps over `stop` and `start`. Use it as `async with`.

    It answers with 200 until told otherwise: `then` says how the next requests are answered, one each, and
    `always` how all others are.
    """

    def __init__(self, *, clock: Clock | None = None, host: str = "127.0.0.1") -> None:
        self.requests: list[Received] = []
        self.host, self.port = host, 0
        self._clock = clock or SystemClock()
        self._next: deque[Reply | Behaviour] = deque()
        self._always: Reply | Behaviour = Reply()
        self._changed = asyncio.Condition()
        self._server: web.Server | None = None
        self._runner: web.ServerRunner | None = None

    @property
    def url(self) -> str:
        """Where it listens, without a trailing slash."""
        return f"http://{self.host}:{self.port}"

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return len(self._server.connections) if self._server else 0

    async def __aenter__(self) -> Self:
        """Start it."""
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop it."""
        await self.stop()

    async def start(self) -> None:
        """Listen."""
        self._server = web.Server(self._handle, handler_cancellation=True, access_log=None)
        self._runner = web.ServerRunner(self._server, shutdown_timeout=0)
        await self._runner.setup()
        await web.TCPSite(self._runner, self.host, self.port, reuse_address=True).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Close the port and every connection; what was recorded stays."""
        if self._runner is not None:
            await self._runner.cleanup()
        self._runner = self._server = None

    def then(self, *answers: Reply | Behaviour) -> None:
        """Answer the next requests so, one after the other."""
        self._next.extend(answers)

    def always(self, answer: Reply | Behaviour) -> None:
        """Answer every request so for which nothing else was said."""
        self._always = answer

    async def wait_for(
        self, wanted: int | Callable[[Sequence[Received]], bool], *, seconds: float = 20
    ) -> list[Received]:
        """Wait until so many requests arrived, or a condition on them holds; AssertionError if it does not."""

        def reached() -> bool:
            if isinstance(wanted, int):
                return len(self.requests) >= wanted
            return wanted(self.requests)

        try:
            async with asyncio.timeout(seconds), self._changed:
                await self._changed.wait_for(reached)
        except TimeoutError:
            raise AssertionError(
                f"after {seconds} s only {len(self.requests)} requests had arrived: "
                f"{[f'{request.method} {request.path}' for request in self.requests[-10:]]}"
            ) from None
        return list(self.requests)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        body = await request.read()
        self.requests.append(
            Received(
                method=request.method,
                path=request.raw_path,
                headers={name.lower(): value for name, value in request.headers.items()},
                raw_headers=request.raw_headers,
                body=body,
                at=self._clock.now(),
            )
        )
        answer = self._next.popleft() if self._next else self._always
        async with self._changed:
            self._changed.notify_all()
        if not isinstance(answer, Reply):
            return await answer(request)
        await asyncio.sleep(answer.after)
        return web.Response(status=answer.status, headers=answer.headers, body=answer.body)
