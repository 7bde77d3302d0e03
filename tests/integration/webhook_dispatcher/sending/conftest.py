"""A sender over real sockets with short limits, and a record of every address that this process dials."""

from __future__ import annotations

import functools
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from boatyard.shared.egress import EgressPolicy
from boatyard.webhook_dispatcher.connector import Lookup, MeasuringTls, client_tls
from boatyard.webhook_dispatcher.outcome import Answered, ErrorClass, Failed, Outcome, Request
from boatyard.webhook_dispatcher.sender import AiohttpSender, Limits, Sender

HERE = EgressPolicy.parse("127.0.0.1/32, ::1/128")
"""Where the endpoints of these tests are; everything else inside is as forbidden as it always is."""
SHORT = Limits(deadline=0.5, connect=0.4)
AMPLE = Limits(deadline=20, connect=20)
"""For a test about something else than time: a busy machine may take long."""
BODY = b'{"type":"tag.pushed"}'

NAMES = {
    "hook.example": ["127.0.0.1"],
    "other.example": ["127.0.0.1"],
    "six.example": ["::1"],
}

_recorders: list[list[str]] = []


def _record(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect" and _recorders and isinstance(arguments[1], tuple):
        for addresses in _recorders:
            addresses.append(str(arguments[1][0]))


sys.addaudithook(_record)  # it can't be removed again, so it does nothing while nobody records


@pytest.fixture(autouse=True)
def dialled() -> Iterator[list[str]]:
    """The addresses that were dialled, as the interpreter itself saw it; none may be elsewhere."""
    addresses: list[str] = []
    _recorders.append(addresses)
    yield addresses
    _recorders.remove(addresses)
    assert set(addresses) <= {"127.0.0.1", "::1"}


@functools.cache
def usual_tls() -> MeasuringTls:
    """Reading the machine's authorities takes longer than most of these tests."""
    return client_tls()


async def lookup(host: str, port: int) -> Sequence[str]:
    """A DNS that knows a few names."""
    if host not in NAMES:
        raise OSError("no such name")
    return NAMES[host]


@asynccontextmanager
async def sender(
    *,
    policy: EgressPolicy = HERE,
    limits: Limits = AMPLE,
    lookup: Lookup | None = lookup,
    tls: MeasuringTls | None = None,
) -> AsyncIterator[Sender]:
    made = AiohttpSender(policy, limits=limits, lookup=lookup, tls=tls or usual_tls())
    try:
        yield made
    finally:
        await made.close()


async def send(
    url: str,
    *,
    policy: EgressPolicy = HERE,
    limits: Limits = AMPLE,
    lookup: Lookup | None = lookup,
    tls: MeasuringTls | None = None,
) -> Outcome:
    """Send once with a sender of its own."""
    async with sender(policy=policy, limits=limits, lookup=lookup, tls=tls) as made:
        return await made.send(Request(url, {"webhook-id": "msg_1"}, BODY))


def answered(outcome: Outcome, status: int = 200) -> Answered:
    """The answer with everything that every answer has."""
    assert isinstance(outcome, Answered), outcome
    assert outcome.status == status
    assert outcome.peer_ip in ("127.0.0.1", "::1")
    assert outcome.timings.first_byte is not None
    assert outcome.timings.total >= outcome.timings.first_byte >= 0
    assert len(outcome.body_head) <= 16 * 1024
    assert sum(len(name) + len(value) for name, value in outcome.headers) <= 8 * 1024
    return outcome


def failed(
    outcome: Outcome, error_class: ErrorClass, *, peer_ip: str | None = "127.0.0.1"
) -> Failed:
    """The failure with everything that every failure has."""
    assert isinstance(outcome, Failed), outcome
    assert outcome.error_class is error_class
    assert outcome.peer_ip == peer_ip
    assert outcome.timings.total >= 0
    return outcome


def timed_out(outcome: Outcome, *, peer_ip: str | None = "127.0.0.1") -> Failed:
    """A failure by time. That it came at all is the point: the endpoint would have gone on forever."""
    failure = failed(outcome, ErrorClass.TIMEOUT, peer_ip=peer_ip)
    assert 300 < failure.timings.total < 10_000
    return failure
