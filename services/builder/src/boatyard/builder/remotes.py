"""From where source may be fetched: judged before git is told of it, and not another place afterwards."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from boatyard.builder.reasons import BuildError, Reason
from boatyard.shared.egress import EgressPolicy


@dataclass(frozen=True)
class Remote:
    """A URL that may be fetched from, and the address that its host was found to have."""

    url: str
    scheme: str
    origin: str
    """`scheme://host`, as git names it when it asks for a password."""
    resolve: str
    """`host:port:address`, which curl dials without looking it up again."""


@dataclass(frozen=True, kw_only=True)
class Remotes:
    """What may be fetched from: public addresses and allowed ones, over https, or http to named hosts."""

    policy: EgressPolicy
    http_hosts: frozenset[str] = frozenset()

    async def remote(self, url: str) -> Remote:
        """A URL that may be fetched from; BuildError says why another one may not."""
        parts, port = _split(url)
        host = parts.hostname or ""
        named = host if port is None else f"{host}:{port}"
        plain = parts.scheme == "http" and named in self.http_hosts
        if parts.scheme != "https" and not plain:
            raise BuildError(Reason.SOURCE_REFUSED, detail=f"{named or url[:100]} is not https")
        if parts.username or parts.password or not host or any(c in url for c in "\0\n\r "):
            raise BuildError(Reason.SOURCE_REFUSED, detail="its URL is malformed")
        port = port or (443 if parts.scheme == "https" else 80)
        address = await self._address(host, port)
        return Remote(url, parts.scheme, f"{parts.scheme}://{named}", f"{host}:{port}:{address}")

    async def _address(self, host: str, port: int) -> str:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            detail = f"there is no host {host}"
            raise BuildError(Reason.SOURCE_UNREACHABLE, detail=detail) from error
        for entry in found:
            address = str(entry[4][0])
            if self.policy.permits(ip_address(address.partition("%")[0])):
                return f"[{address}]" if ":" in address else address
        detail = f"{host} has no address that may be fetched from"
        raise BuildError(Reason.SOURCE_REFUSED, detail=detail)


def _split(url: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(url)
        return parts, parts.port
    except ValueError as error:
        raise BuildError(Reason.SOURCE_REFUSED, detail="its URL is malformed") from error


def join(base: str, url: str) -> str:
    """The URL of a submodule, which may be relative to that of the project."""
    if not url.startswith(("./", "../")):
        return url
    parts = urlsplit(base)
    segments = parts.path.rstrip("/").split("/")
    for step in url.split("/"):
        if step == "..":
            segments = segments[:-1]
        elif step not in (".", ""):
            segments.append(step)
    return f"{parts.scheme}://{parts.netloc}{'/'.join(segments)}"
