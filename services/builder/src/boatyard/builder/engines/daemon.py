"""The Docker Engine's own HTTP interface over its unix socket, as far as builds need it streamed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx

from boatyard.builder.engines.base import EngineDown, EngineFacts

CHUNK = 256 * 1024
MAX_LINE = 16 * 1024 * 1024
"""Bytes of one message of a stream; the largest seen has 0.2 MB."""
CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 30.0


class Refused(Exception):
    """The engine answered a request with an error; the text is its own."""


class Daemon:
    """One engine, reached at a unix socket."""

    def __init__(self, host: str) -> None:
        self.host = host
        self.path = host.removeprefix("unix://")
        self._client: httpx.AsyncClient | None = None

    async def facts(self) -> EngineFacts:
        """What the engine is; EngineDown if it does not answer."""
        try:
            answer = await self._http().get("/version", timeout=CONNECT_SECONDS)
            answer.raise_for_status()
            version = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise EngineDown(
                f"no Docker engine answers at {self.host}: {_words(error, self.path)}"
            ) from error
        return EngineFacts(
            version=str(version.get("Version", "unknown")),
            has_buildkit=_has_buildkit(version),
        )

    async def build(
        self, params: Mapping[str, str], context: Path, headers: Mapping[str, str]
    ) -> AsyncIterator[dict[str, Any]]:
        """The messages of a build. It is stopped when the iteration is; Refused or EngineDown if it fails."""
        try:
            async with self._http().stream(
                "POST",
                "/build",
                params=dict(params),
                content=_read(context),
                headers={"Content-Type": "application/x-tar", **headers},
                timeout=httpx.Timeout(None, connect=CONNECT_SECONDS),
            ) as response:
                if response.status_code != 200:
                    raise Refused(_message(await response.aread()))
                async for message in _messages(response.aiter_bytes()):
                    yield message
        except httpx.HTTPError as error:
            raise EngineDown(f"the engine broke off: {type(error).__name__}") from error

    async def cancel_build(self, id: str) -> None:
        """Make sure that a build is not going on."""
        with suppress(httpx.HTTPError):
            await self._http().post("/build/cancel", params={"id": id}, timeout=CONNECT_SECONDS)

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def _http(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = httpx.AsyncClient(
                transport=httpx.AsyncHTTPTransport(
                    uds=self.path, limits=httpx.Limits(max_connections=None)
                ),
                base_url="http://docker",
                timeout=ANSWER_SECONDS,
                trust_env=False,
            )
        return self._client


def _has_buildkit(version: dict[str, Any]) -> bool:
    """Whether `POST /build?version=2` is BuildKit's: since API 1.39, of Docker on Linux."""
    components = {str(part.get("Name")) for part in version.get("Components") or ()}
    major, _, minor = str(version.get("ApiVersion", "0.0")).partition(".")
    recent = (int(major), int(minor)) >= (1, 39) if major.isdigit() and minor.isdigit() else False
    return recent and version.get("Os") == "linux" and "Podman Engine" not in components


async def _read(path: Path) -> AsyncIterator[bytes]:
    file = await asyncio.to_thread(path.open, "rb")
    try:
        while chunk := await asyncio.to_thread(file.read, CHUNK):
            yield chunk
    finally:
        file.close()


async def _messages(chunks: AsyncIterator[bytes]) -> AsyncIterator[dict[str, Any]]:
    """The JSON objects of a stream, one a line; a last line without its end counts, too."""
    rest = bytearray()
    async for chunk in chunks:
        rest += chunk
        if b"\n" not in chunk:
            if len(rest) > MAX_LINE:
                raise EngineDown("the engine sent a message that is too long")
            continue
        *lines, last = bytes(rest).split(b"\n")
        rest = bytearray(last)
        for line in lines:
            if line.strip():
                yield _object(line)
    if rest.strip():
        yield _object(bytes(rest))


def _object(line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError as error:
        raise EngineDown("the engine sent something that is no message") from error
    return found if isinstance(found, dict) else {}


def _message(body: bytes) -> str:
    try:
        return str(json.loads(body)["message"])
    except (ValueError, KeyError, TypeError):
        return body[:500].decode(errors="replace") or "no reason given"


def _words(error: Exception, path: str) -> str:
    if not Path(path).exists():
        return "there is no such socket"
    return str(error) or type(error).__name__
