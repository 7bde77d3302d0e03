"""The one place that sends to users' endpoints: a port, and its implementation over real sockets."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError
from yarl import URL

from boatyard.shared.egress import PUBLIC_ONLY, EgressPolicy
from boatyard.webhook_dispatcher.connector import (
    GuardedConnector,
    Lookup,
    MeasuringTls,
    Stopwatch,
    SystemLookup,
    client_tls,
    current_attempt,
)
from boatyard.webhook_dispatcher.failures import classify
from boatyard.webhook_dispatcher.outcome import (
    MAX_BODY_KEPT,
    Answered,
    Body,
    ErrorClass,
    Failed,
    Outcome,
    Request,
    keep_headers,
)

OWN_HEADERS: Mapping[str, str] = {
    "User-Agent": "boatyard-webhooks/1",
    "Accept": "*/*",
    "Accept-Encoding": "identity",
}
"""Sent with every request that does not say otherwise itself."""

_RFC3986 = re.compile(r"[\w\-.~:/?#\[\]@!$&'()*+,;=%]+", re.ASCII)


@dataclass(frozen=True)
class Limits:
    """How long an attempt may take, and how long what was learnt of a host is used; in seconds."""

    deadline: float = 15.0
    """From the lookup of the name to the last byte of the answer."""
    connect: float = 5.0
    """Lookup, connection and TLS handshake."""
    keep_alive: float = 15.0
    """How long a connection may idle before it is not used again."""
    dns: int = 10
    """How long the addresses of a name are remembered."""


class Sender(Protocol):
    """Sends requests. Nothing that an endpoint does makes it raise or exceed the deadline."""

    async def send(self, request: Request) -> Outcome:
        """Send one request once, and say what came of it."""
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...


class AiohttpSender:
    """Sends over the network. Make it inside the event loop that uses it, and `close` it at the end."""

    def __init__(
        self,
        policy: EgressPolicy = PUBLIC_ONLY,
        *,
        limits: Limits | None = None,
        lookup: Lookup | None = None,
        tls: MeasuringTls | None = None,
    ) -> None:
        self._limits = limits or Limits()
        self._system_lookup = SystemLookup()
        self._session = aiohttp.ClientSession(
            connector=GuardedConnector(
                policy,
                lookup or self._system_lookup,
                tls or client_tls(),
                keep_alive=self._limits.keep_alive,
                dns=self._limits.dns,
            ),
            timeout=aiohttp.ClientTimeout(total=None, connect=self._limits.connect),
            headers=OWN_HEADERS,
            cookie_jar=aiohttp.DummyCookieJar(),  # a cookie of one webhook is no other's
            auto_decompress=False,
            trust_env=False,
            read_bufsize=MAX_BODY_KEPT,
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()
        self._system_lookup.close()

    async def send(self, request: Request) -> Outcome:
        """Send one request once, and say what came of it."""
        exchange = _Exchange()
        token = current_attempt.set(exchange.watch)
        try:
            async with asyncio.timeout(self._limits.deadline):
                return await exchange.run(self._session, request)
        except (aiohttp.ClientError, HttpProcessingError, OSError, ValueError) as error:
            return exchange.failed(error)
        finally:
            current_attempt.reset(token)


class _Exchange:
    """One request on its way, and what is known of it so far."""

    def __init__(self) -> None:
        self.watch = Stopwatch()
        self._status: int | None = None

    async def run(self, session: aiohttp.ClientSession, request: Request) -> Answered:
        # A URL that is one already goes out byte by byte as it was given: some are signed.
        url = URL(request.url, encoded=bool(_RFC3986.fullmatch(request.url)))
        body = aiohttp.BytesPayload(request.body)  # else the library looks for what may suit it
        response = await session.post(
            url, data=body, headers=request.headers, allow_redirects=False
        )
        self.watch.answering()
        self._status = response.status
        try:
            answer = await _read(response.content)
        finally:
            response.close()  # what was read to its end is back in the pool already
        return Answered(
            status=response.status,
            headers=keep_headers(response.raw_headers),
            body_head=answer.head,
            body_length=answer.length,
            truncated=answer.full,
            peer_ip=self.watch.peer_ip,
            reused=self.watch.reused,
            timings=self.watch.read(),
        )

    def failed(self, error: BaseException) -> Failed:
        error_class = classify(error)
        if error_class is ErrorClass.CONNECTION_RESET and self.watch.shaking_hands:
            error_class = ErrorClass.TLS_ERROR  # many servers refuse a handshake by hanging up
        return Failed(
            error_class=error_class,
            peer_ip=self.watch.peer_ip,
            reused=self.watch.reused,
            timings=self.watch.read(),
            status=self._status,
        )


async def _read(content: aiohttp.StreamReader) -> Body:
    body = Body()
    while not body.full:
        chunk = await content.readany()
        if not chunk:
            break
        body.feed(chunk)
    return body
