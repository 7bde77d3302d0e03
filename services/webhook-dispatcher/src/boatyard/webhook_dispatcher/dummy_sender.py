"""A sender without a network: endpoints are scripted, everything else is decided as the real one decides it."""

from __future__ import annotations

import asyncio
import socket
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from boatyard.shared.egress import PUBLIC_ONLY, EgressPolicy, literal_address
from boatyard.webhook_dispatcher.connector import Lookup, Stopwatch
from boatyard.webhook_dispatcher.failures import classify
from boatyard.webhook_dispatcher.outcome import (
    Answered,
    Body,
    ErrorClass,
    Failed,
    Headers,
    Outcome,
    Request,
    keep_headers,
)
from boatyard.webhook_dispatcher.sender import Limits

SOMEWHERE = "1.1.1.1"
"""What names resolve to if no lookup is given: a public address."""


@dataclass(frozen=True)
class Reply:
    """What a scripted endpoint answers, so many seconds after the request."""

    status: int = 200
    headers: Headers = ()
    body: bytes = b""
    after: float = 0.0


Step = Reply | ErrorClass
"""How a scripted endpoint takes one request: with an answer, or with a failure, at once.

Names that don't resolve and addresses that are not allowed come from the lookup and the policy.
"""


async def _somewhere(host: str, port: int) -> Sequence[str]:
    return (SOMEWHERE,)


class DummySender:
    """Delivers to scripts. Where no script is, nobody listens, and the connection is refused."""

    def __init__(
        self,
        policy: EgressPolicy = PUBLIC_ONLY,
        *,
        limits: Limits | None = None,
        lookup: Lookup = _somewhere,
    ) -> None:
        self.sent: list[Request] = []
        """The requests that a script took, in their order."""
        self._policy, self._lookup = policy, lookup
        self._limits = limits or Limits()
        self._scripts: dict[str, deque[Step]] = defaultdict(deque)

    def script(self, url: str, *steps: Step) -> None:
        """Take the next requests to a URL so, one after the other; the last step stays."""
        self._scripts[url] = deque(steps)

    async def close(self) -> None:
        """Nothing is open."""

    async def send(self, request: Request) -> Outcome:
        """Send one request once, and say what came of it."""
        watch = Stopwatch()
        try:
            async with asyncio.timeout(self._limits.deadline):
                async with asyncio.timeout(self._limits.connect):
                    await self._dial(request.url, watch)
                step = self._next_step(request)
                if isinstance(step, Reply):
                    return await _answered(step, watch)
        except OSError as error:
            step = classify(error)
        return Failed(step, watch.peer_ip, watch.reused, watch.read())

    async def _dial(self, url: str, watch: Stopwatch) -> None:
        parts = urlsplit(url)
        host = parts.hostname or ""
        literal = literal_address(host)
        found = (str(literal),) if literal else await self._resolve(host, parts.port or 0)
        for ip in found:
            self._policy.check(ip_address(ip))
        watch.dialling(found[0])

    async def _resolve(self, host: str, port: int) -> Sequence[str]:
        try:
            found = await self._lookup(host, port)
        except OSError:
            found = ()
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, "the lookup found no address")
        return found

    def _next_step(self, request: Request) -> Step:
        steps = self._scripts.get(request.url)
        if not steps:
            return ErrorClass.CONNECTION_REFUSED
        self.sent.append(request)
        return steps.popleft() if len(steps) > 1 else steps[0]


async def _answered(reply: Reply, watch: Stopwatch) -> Answered:
    watch.connecting_ended(watch.peer_ip)
    await asyncio.sleep(reply.after)
    watch.answering()
    body = Body()
    body.feed(reply.body)
    return Answered(
        status=reply.status,
        headers=keep_headers((name.encode(), value.encode()) for name, value in reply.headers),
        body_head=body.head,
        body_length=body.length,
        truncated=body.full,
        peer_ip=watch.peer_ip,
        reused=watch.reused,
        timings=watch.read(),
    )
