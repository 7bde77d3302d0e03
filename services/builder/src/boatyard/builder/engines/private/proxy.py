"""The builds' way to the internet: an HTTP proxy that dials what the policy permits, or says that it does not.

A name is looked up here, judged, and dialled by the address that was judged. Builds are told of the proxy by
the usual variables (`https_proxy`), which package managers, git and curl read; what knows no proxies reaches
nothing.
"""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from boatyard.builder.engines.private.relay import carry, close
from boatyard.shared.egress import REFUSAL, EgressPolicy

HEAD_SECONDS = 30.0
DIAL_SECONDS = 20.0
MAX_HEAD = 64 * 1024
MAIL_PORTS = frozenset({25, 465, 587})
"""Nothing that is built needs to send mail; spam would be sent from our address."""
_HOP = (b"proxy-", b"connection:", b"keep-alive:")
Lookup = Callable[[str, int], Awaitable[Sequence[str]]]


async def lookup(host: str, port: int) -> list[str]:
    """The addresses of a host."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=1)
    return [str(entry[4][0]) for entry in found]


class Refused(Exception):
    """This is not dialled; the text says why, for whoever reads the build's log."""

    def __init__(self, status: str, why: str) -> None:
        super().__init__(why)
        self.status = status


@dataclass(frozen=True)
class _Wish:
    """What a client wants: a tunnel, or one request."""

    host: str
    port: int
    request: bytes | None
    """What to send first; None for a tunnel."""


class Proxy:
    """An HTTP proxy. `serve` serves one connection."""

    def __init__(
        self,
        *,
        policy: EgressPolicy,
        always: frozenset[str] = frozenset(),
        lookup: Lookup = lookup,
    ) -> None:
        self._policy, self._always, self._lookup = policy, always, lookup

    async def serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Read what is wanted, and do it or say why not."""
        try:
            async with asyncio.timeout(HEAD_SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
            wish = _read(head)
            there = await self._dial(wish.host, wish.port)
        except Refused as refusal:
            await _answer(writer, refusal.status, str(refusal))
            return
        except (OSError, EOFError, TimeoutError, asyncio.LimitOverrunError):
            await close(writer)
            return
        if wish.request is None:
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            there[1].write(wish.request)
        await carry((reader, writer), there)

    async def _dial(self, host: str, port: int) -> tuple[StreamReader, StreamWriter]:
        always = host in self._always or f"{host}:{port}" in self._always
        if port in MAIL_PORTS:
            raise Refused("403 Forbidden", f"builds may not use port {port}")
        try:
            addresses = await self._lookup(host, port)
        except OSError as error:
            raise Refused("502 Bad Gateway", f"there is no host {host}") from error
        allowed = [a for a in addresses if always or self._permits(a)]
        if not allowed:
            raise Refused("403 Forbidden", f"{host}: {REFUSAL}")
        for address in allowed:
            try:
                async with asyncio.timeout(DIAL_SECONDS):
                    return await asyncio.open_connection(address, port)
            except (OSError, TimeoutError):
                continue
        raise Refused("502 Bad Gateway", f"{host} port {port} can't be reached")

    def _permits(self, address: str) -> bool:
        try:
            return self._policy.permits(ip_address(address.partition("%")[0]))
        except ValueError:
            return False


def _read(head: bytes) -> _Wish:
    """What a client wants; Refused if it can't be understood."""
    line, _, headers = head.partition(b"\r\n")
    try:
        method, target, version = line.decode("latin-1").split(" ")
        if method == "CONNECT":
            parts = urlsplit(f"//{target}")
            if not parts.hostname:
                raise ValueError("no host")
            return _Wish(parts.hostname, parts.port or 443, None)
        parts = urlsplit(target)
        port = parts.port or 80
    except ValueError as error:
        raise Refused("400 Bad Request", "this is not a request to a proxy") from error
    if parts.scheme != "http" or not parts.hostname:
        raise Refused("400 Bad Request", "only http:// goes through here without a tunnel")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    kept = [h for h in headers.split(b"\r\n") if h and not h.lower().startswith(_HOP)]
    first = f"{method} {path} {version}".encode("latin-1")
    request = b"\r\n".join([first, *kept, b"Connection: close", b"", b""])
    return _Wish(parts.hostname, port, request)


async def _answer(writer: StreamWriter, status: str, why: str) -> None:
    body = f"Boatyard: {why}\n".encode()
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\n"
        "Connection: close\r\n\r\n"
    )
    writer.write(head.encode() + body)
    await close(writer)
