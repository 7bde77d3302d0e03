"""A BuildKit session: the engine asks over it for what one build may use, and asks nobody else.

The connection is opened by us (`POST /session`, upgraded to HTTP/2) and then turned round: the engine calls
gRPC methods, and this is the server. Only the credentials of base images are served (moby/buildkit's
`session/auth/auth.proto`). A registry's token is fetched here and not by the engine, so that the engine never
holds more than a token for just the images that the Dockerfile names. BuildKit shares such tokens between
sessions of one token authority: the key is new for each build, so no other build can use them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from types import TracebackType
from typing import Self
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, Event, RequestReceived, StreamEnded, StreamReset
from h2.exceptions import ProtocolError

from boatyard.builder.engines.base import BaseTokens, EngineDown
from boatyard.builder.engines.protobuf import Malformed, field, fields, strings
from boatyard.shared.logging import get_logger

HANDSHAKE_SECONDS = 10.0
TOKEN_SECONDS = 60
MAX_REQUEST = 64 * 1024
_OK, _UNKNOWN, _UNIMPLEMENTED = "0", "2", "12"
_AUTH = "/moby.filesync.v1.Auth/"
METHODS = tuple(
    _AUTH + name
    for name in ("Credentials", "FetchToken", "GetTokenAuthority", "VerifyTokenAuthority")
)
_log = get_logger("builder")


class NotServed(Exception):
    """This method, or this host, is not ours to answer for."""


class AuthService:
    """The answers to what BuildKit asks about credentials."""

    def __init__(self, tokens: BaseTokens, *, registries: tuple[str, ...]) -> None:
        self._tokens, self._registries = tokens, registries
        self._key = Ed25519PrivateKey.generate()
        self._methods: dict[str, Callable[[bytes], Awaitable[bytes]]] = {
            "/grpc.health.v1.Health/Check": self._health,
            _AUTH + "Credentials": self._credentials,
            _AUTH + "FetchToken": self._fetch_token,
            _AUTH + "GetTokenAuthority": self._authority,
            _AUTH + "VerifyTokenAuthority": self._verify,
        }

    async def answer(self, method: str, request: bytes) -> bytes:
        """The answer to one call; NotServed if it is none of ours."""
        handler = self._methods.get(method)
        if handler is None:
            raise NotServed
        return await handler(request)

    async def _health(self, _request: bytes) -> bytes:
        return field(1, 1)  # SERVING

    async def _credentials(self, _request: bytes) -> bytes:
        return b""  # no name and no password: anonymous

    async def _fetch_token(self, request: bytes) -> bytes:
        asked = strings(request)
        host = self._ours(asked)
        names = tuple(
            parts[1]
            for scope in " ".join(asked.get(5, [])).split()
            if len(parts := scope.split(":")) == 3 and parts[0] == "repository"
        )
        token = await self._tokens.pull_token(host, names)
        if token is None:
            raise NotServed
        return field(1, token) + field(2, TOKEN_SECONDS)

    async def _authority(self, request: bytes) -> bytes:
        self._ours(strings(request))
        return field(1, self._key.public_key().public_bytes_raw())

    async def _verify(self, request: bytes) -> bytes:
        self._ours(strings(request))
        payload = next((value for number, value in _raw(request) if number == 2), b"")
        return field(1, self._key.sign(payload) + payload)

    def _ours(self, asked: dict[int, list[str]]) -> str:
        """Answer for our registry only: for another one the engine is anonymous. Returns its name."""
        named = (*asked.get(2, []), *asked.get(1, []))
        for host in self._registries:
            if host in named:
                return host
        raise NotServed


def _raw(request: bytes) -> list[tuple[int, bytes]]:
    return [(number, value) for number, value in fields(request) if isinstance(value, bytes)]


class Session:
    """One build's session. `async with Session(…) as session`, then build with `session.id`."""

    def __init__(self, socket_path: str, service: AuthService) -> None:
        self.id = uuid4().hex
        self._path, self._service = socket_path, service
        self._connection = H2Connection(config=H2Configuration(client_side=False))
        self._requests: dict[int, tuple[str, bytearray]] = {}
        self._answers: set[asyncio.Task[None]] = set()
        self._serving: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Open it; EngineDown if the engine does not have sessions."""
        try:
            async with asyncio.timeout(HANDSHAKE_SECONDS):
                self._reader, self._writer = await asyncio.open_unix_connection(self._path)
                await self._upgrade()
        except (OSError, EOFError, TimeoutError) as error:
            raise EngineDown(f"the engine opens no session: {type(error).__name__}") from error
        self._connection.initiate_connection()
        await self._flush()
        self._serving = asyncio.create_task(self._serve())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        tasks = [*self._answers, *([self._serving] if self._serving else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._writer.close()
        with suppress(OSError):
            await self._writer.wait_closed()

    async def _upgrade(self) -> None:
        lines = [
            "POST /session HTTP/1.1",
            "Host: docker",
            "Connection: Upgrade",
            "Upgrade: h2c",
            f"X-Docker-Expose-Session-Uuid: {self.id}",
            "X-Docker-Expose-Session-Name: boatyard",
            *(f"X-Docker-Expose-Session-Grpc-Method: {method}" for method in METHODS),
        ]
        self._writer.write("\r\n".join([*lines, "", ""]).encode())
        await self._writer.drain()
        head = await self._reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 101"):
            raise EngineDown("the engine opens no session: it is too old")

    async def _serve(self) -> None:
        while data := await self._reader.read(65536):
            try:
                events = self._connection.receive_data(data)
            except ProtocolError as error:
                _log.warning("session_broken", reason=str(error))
                return
            for event in events:
                self._take(event)
            await self._flush()

    def _take(self, event: Event) -> None:
        if isinstance(event, RequestReceived):
            headers = {_text(name): _text(value) for name, value in event.headers}
            self._requests[event.stream_id] = (headers.get(":path", ""), bytearray())
        elif isinstance(event, DataReceived):
            _, body = self._requests.get(event.stream_id, ("", bytearray()))
            if len(body) < MAX_REQUEST:
                body.extend(event.data)
            self._connection.acknowledge_received_data(
                event.flow_controlled_length, event.stream_id
            )
        elif isinstance(event, StreamEnded):
            path, body = self._requests.pop(event.stream_id, ("", bytearray()))
            task = asyncio.create_task(self._answer(event.stream_id, path, bytes(body[5:])))
            self._answers.add(task)
            task.add_done_callback(self._answers.discard)
        elif isinstance(event, StreamReset):
            self._requests.pop(event.stream_id, None)

    async def _answer(self, stream_id: int, path: str, request: bytes) -> None:
        status, message = _OK, b""
        try:
            message = await self._service.answer(path, request)
        except NotServed:
            status = _UNIMPLEMENTED
        except Malformed:
            status = _UNKNOWN
        except Exception as error:
            _log.warning("session_call_failed", method=path, exc_info=error)
            status = _UNKNOWN
        with suppress(ProtocolError, OSError):
            self._respond(stream_id, status, message)
            await self._flush()

    def _respond(self, stream_id: int, status: str, message: bytes) -> None:
        head = [(":status", "200"), ("content-type", "application/grpc")]
        trailers = [("grpc-status", status)]
        if status != _OK:
            self._connection.send_headers(stream_id, [*head, *trailers], end_stream=True)
            return
        self._connection.send_headers(stream_id, head)
        framed = b"\x00" + len(message).to_bytes(4, "big") + message
        self._connection.send_data(stream_id, framed)
        self._connection.send_headers(stream_id, trailers, end_stream=True)

    async def _flush(self) -> None:
        self._writer.write(self._connection.data_to_send())
        await self._writer.drain()


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
