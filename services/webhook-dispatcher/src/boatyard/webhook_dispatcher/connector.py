"""The way out of Boatyard: name resolution, sockets and connections that only lead where the policy permits."""

from __future__ import annotations

import asyncio
import functools
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass, field
from ipaddress import ip_address
from time import monotonic, perf_counter
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_proto import ResponseHandler
from aiohttp.client_reqrep import ConnectionKey
from aiohttp.connector import Connection
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.http_parser import RawResponseMessage
from aiohttp.tracing import Trace

from boatyard.shared.egress import EgressPolicy
from boatyard.webhook_dispatcher.outcome import Timings

IDLE_PER_ORIGIN = 4
"""So many connections to one origin are kept for later."""
IDLE_ORIGINS = 128
"""Connections to so many origins are kept for later."""
TRIM_SECONDS = 1.0
LOOKUPS_AT_ONCE = 64
MAX_INTERIM = 16
MAX_RECEIVED = 1024 * 1024
"""So many bytes are taken of one answer, head and framing too: what is read of a body is far less."""

Lookup = Callable[[str, int], Awaitable[Sequence[str]]]
"""Resolves a host name and a port to addresses; OSError if there are none."""


@dataclass
class Stopwatch:
    """When the phases of one attempt began (seconds of the performance counter), and whom it reached."""

    began: float = field(default_factory=perf_counter)
    dialled: float | None = None
    handshake: float | None = None
    connected: float | None = None
    answered: float | None = None
    peer_ip: str | None = None

    @property
    def reused(self) -> bool:
        """Whether the attempt got a connection that was open already."""
        return self.connected is not None and self.dialled is None

    @property
    def shaking_hands(self) -> bool:
        """Whether the attempt is, or ended, in a TLS handshake."""
        return self.handshake is not None and self.connected is None

    def dialling(self, ip: str) -> None:
        """A socket is about to be connected. Of several addresses the first begins the phase."""
        self.dialled = self.dialled or perf_counter()
        self.peer_ip = ip

    def connecting_ended(self, peer_ip: str | None) -> None:
        """There is a connection, new or used."""
        self.connected = perf_counter()
        self.peer_ip = peer_ip or self.peer_ip

    def answering(self) -> None:
        """The head of the answer is here."""
        self.answered = perf_counter()

    def read(self) -> Timings:
        """The durations so far."""
        now = perf_counter()
        if self.reused:
            dns = connect = tls = None
        else:
            dns = _span(self.began, self.dialled or now)
            connect = _span(self.dialled, self.handshake or self.connected or now)
            tls = _span(self.handshake, self.connected or now)
        first_byte = _span(self.connected, self.answered or now)
        return Timings(dns, connect, tls, first_byte, round((now - self.began) * 1000, 2))


def _span(start: float | None, end: float) -> float | None:
    return None if start is None else round((end - start) * 1000, 2)


current_attempt: ContextVar[Stopwatch] = ContextVar("current_attempt")
"""The attempt on whose behalf this task works: a connection is made deep inside the HTTP library."""


class Resolver(AbstractResolver):
    """Resolves names, and refuses one of which any address is not permitted."""

    def __init__(self, policy: EgressPolicy, lookup: Lookup) -> None:
        self._policy, self._lookup = policy, lookup

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of a host; BlockedAddress, or the OSError of the lookup."""
        found = await self._lookup(host, port)
        if not found:
            raise OSError("the lookup found no address")
        for ip in found:
            self._policy.check(ip_address(ip))
        return [
            ResolveResult(
                hostname=host,
                host=ip,
                port=port,
                family=socket.AF_INET6 if ":" in ip else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for ip in found
        ]

    async def close(self) -> None:
        """Nothing is open."""


class SystemLookup:
    """Resolves as the machine does, in threads of its own.

    A name server that does not answer holds a thread for many seconds. These are not the threads of the event
    loop, so nothing but lookups waits behind such names.
    """

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(LOOKUPS_AT_ONCE, thread_name_prefix="lookup")

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """The addresses of a host, in the order in which they should be tried."""
        found = await asyncio.get_running_loop().run_in_executor(
            self._threads, _getaddrinfo, host, port
        )
        return list(dict.fromkeys(str(entry[4][0]) for entry in found))

    def close(self) -> None:
        """Drop what waits; who is asking the DNS already is not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _getaddrinfo(host: str, port: int) -> Any:
    try:
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    except UnicodeError as error:  # a label is empty or too long
        raise socket.gaierror(socket.EAI_NONAME, "not a host name") from error


class MeasuringTls(ssl.SSLContext):
    """A TLS context that notes when a handshake begins."""

    def wrap_bio(self, *args: Any, **kwargs: Any) -> ssl.SSLObject:
        """Begin a handshake."""
        current_attempt.get().handshake = perf_counter()
        return super().wrap_bio(*args, **kwargs)


def client_tls(more_authorities: str = "") -> MeasuringTls:
    """The TLS of outgoing requests: 1.2 or newer, certificates and host names checked.

    `more_authorities` are certificates in PEM that are trusted besides the machine's.
    """
    context = MeasuringTls(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    if more_authorities:
        context.load_verify_locations(cadata=more_authorities)
    return context


class AnswerParser(ResponseHandler):
    """Parses what an endpoint sends, forgiving it what comes after a complete answer."""

    _interim = 0
    _received = 0

    def set_response_params(self, **params: Any) -> None:
        """Begin to parse the answer to one request."""
        self._interim = self._received = 0
        super().set_response_params(**params)

    def data_received(self, data: bytes) -> None:
        """Take the head by itself.

        The library drops an answer that came in one piece with bytes that should not be there, such as the body
        of a 204. The endpoint has accepted the delivery all the same, and must not get it again.
        """
        self._received += len(data)
        if self._received > MAX_RECEIVED:
            self._break_off("too many bytes for one answer")
            return
        head = data.find(b"\r\n\r\n") + 4
        if 4 <= head < len(data):
            super().data_received(data[:head])
            data = data[head:]
        super().data_received(data)

    def feed_data(
        self, data: tuple[RawResponseMessage, aiohttp.StreamReader], size: int = 0
    ) -> None:
        """Take an answer; one that only announces another (1xx) may come a few times."""
        self._interim = self._interim + 1 if data[0].code < 200 else 0
        if self._interim <= MAX_INTERIM:
            super().feed_data(data, size)
        else:
            self._break_off("too many interim answers")

    def _break_off(self, why: str) -> None:
        if self.transport is not None:
            self.set_exception(HttpProcessingError(message=why))
            self.transport.abort()

    def set_exception(self, exc: BaseException, exc_cause: BaseException | None = None) -> None:
        """Take the end of the connection; the library leaves who reads a malformed body waiting."""
        super().set_exception(exc, exc_cause or exc)
        body = self._payload
        if body is not None and not body.is_eof() and body.exception() is None:
            malformed = aiohttp.ClientError("malformed body")
            malformed.__cause__ = exc
            body.set_exception(malformed)


class GuardedConnector(aiohttp.TCPConnector):
    """Makes and keeps connections. Every socket is checked on the address that it will connect to.

    The resolver refuses names, `_open` refuses what reaches it otherwise: a literal address, or an answer that
    was changed on the way. Nothing is resolved again after a check, so rebinding has no moment to use.
    """

    allowed_protocol_schema_set = frozenset({"http", "https"})

    def __init__(
        self,
        policy: EgressPolicy,
        lookup: Lookup,
        tls: MeasuringTls,
        *,
        keep_alive: float,
        dns: int,
    ) -> None:
        super().__init__(
            resolver=Resolver(policy, lookup),
            ssl=tls,
            socket_factory=self._open,
            keepalive_timeout=keep_alive,
            ttl_dns_cache=dns,
            limit=0,  # who sends decides how much is under way at once
        )
        self._factory = functools.partial(AnswerParser, loop=self._loop)  # type: ignore[assignment]
        self._policy = policy
        self._trim_handle: asyncio.TimerHandle | None = None

    def _open(self, info: aiohttp.AddrInfoType) -> socket.socket:
        family, kind, protocol, _, address = info
        ip = str(address[0])
        self._policy.check(ip_address(ip))
        current_attempt.get().dialling(ip)
        return socket.socket(family, kind, protocol)

    async def connect(
        self, req: aiohttp.ClientRequest, traces: list[Trace], timeout: aiohttp.ClientTimeout
    ) -> Connection:
        """A connection for a request, new or used; the current attempt notes which, and to whom."""
        connection = await super().connect(req, traces, timeout)
        peer = connection.transport and connection.transport.get_extra_info("peername")
        current_attempt.get().connecting_ended(peer[0] if peer else None)
        return connection

    async def close(self, *, abort_ssl: bool = False) -> None:
        """Close every connection."""
        if self._trim_handle is not None:
            self._trim_handle.cancel()
        await super().close(abort_ssl=abort_ssl)

    def _release(
        self, key: ConnectionKey, protocol: ResponseHandler, *, should_close: bool = False
    ) -> None:
        """Take a connection back; the library itself has no limit to what it keeps idle."""
        crowded = key not in self._conns and len(self._conns) >= IDLE_ORIGINS
        super()._release(key, protocol, should_close=should_close or crowded)
        if self._trim_handle is None and len(self._conns.get(key, ())) > IDLE_PER_ORIGIN:
            self._trim_later()

    def _trim_later(self) -> None:
        self._trim_handle = self._loop.call_later(TRIM_SECONDS, self._trim)

    def _trim(self) -> None:
        """Close what has idled for a while, beyond the limit: a busy pool is idle for moments."""
        self._trim_handle = None
        idle_since = monotonic() - TRIM_SECONDS
        for connections in self._conns.values():
            while len(connections) > IDLE_PER_ORIGIN and connections[0][1] <= idle_since:
                protocol, _ = connections.popleft()
                protocol.close()
        if any(len(connections) > IDLE_PER_ORIGIN for connections in self._conns.values()):
            self._trim_later()
