"""What every sender must do, the one over real sockets and the scripted one alike."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Protocol

import pytest

from boatyard.shared.egress import PUBLIC_ONLY, REFUSAL, EgressPolicy
from boatyard.shared.testing import receiver
from boatyard.shared.testing.processes import free_port
from boatyard.shared.testing.receiver import Receiver
from boatyard.webhook_dispatcher.dummy_sender import DummySender, Reply
from boatyard.webhook_dispatcher.outcome import (
    MAX_BODY_KEPT,
    MAX_BODY_READ,
    MAX_HEADERS_KEPT,
    MESSAGES,
    Answered,
    ErrorClass,
    Failed,
    Request,
)
from boatyard.webhook_dispatcher.sender import AiohttpSender, Limits, Sender
from tests.integration.webhook_dispatcher.sending.conftest import usual_tls

LOOPBACK = EgressPolicy.parse("127.0.0.1/32")
LIMITS = Limits(deadline=1.5, connect=0.5)
NAMES = {
    "inside.example": ["10.0.0.1"],
    "both.example": ["1.1.1.1", "127.0.0.2"],
    "mapped.example": ["::ffff:10.0.0.1"],
    "here.example": ["127.0.0.1"],
}


async def lookup(host: str, port: int) -> Sequence[str]:
    if host == "slow.example":
        await asyncio.sleep(60)
    if host not in NAMES:
        raise OSError("no such name")
    return NAMES[host]


class World(Protocol):
    """A sender, and one endpoint that does what it is told."""

    sender: Sender
    url: str

    def answer(self, *replies: Reply) -> None: ...

    def reset(self) -> None: ...

    def arrived(self) -> list[Request]: ...


class RealWorld:
    def __init__(self, policy: EgressPolicy, endpoint: Receiver) -> None:
        self.sender: Sender = AiohttpSender(policy, limits=LIMITS, lookup=lookup, tls=usual_tls())
        self.url = f"{endpoint.url}/hook"
        self._endpoint = endpoint

    def answer(self, *replies: Reply) -> None:
        self._endpoint.then(
            *(
                receiver.Reply(reply.status, dict(reply.headers), reply.body, reply.after)
                for reply in replies
            )
        )

    def reset(self) -> None:
        self._endpoint.always(receiver.reset)

    def arrived(self) -> list[Request]:
        return [Request(self.url, got.headers, got.body) for got in self._endpoint.requests]


class ScriptedWorld:
    def __init__(self, policy: EgressPolicy, endpoint: Receiver) -> None:
        self._dummy = DummySender(policy, limits=LIMITS, lookup=lookup)
        self.sender: Sender = self._dummy
        self.url = f"{endpoint.url}/hook"
        self._dummy.script(self.url, Reply())

    def answer(self, *replies: Reply) -> None:
        self._dummy.script(self.url, *replies)

    def reset(self) -> None:
        self._dummy.script(self.url, ErrorClass.CONNECTION_RESET)

    def arrived(self) -> list[Request]:
        return self._dummy.sent


@pytest.fixture
def policy() -> EgressPolicy:
    return LOOPBACK


@pytest.fixture(params=[RealWorld, ScriptedWorld])
async def world(request: pytest.FixtureRequest, policy: EgressPolicy) -> AsyncIterator[World]:
    async with Receiver() as endpoint:
        world: World = request.param(policy, endpoint)
        yield world
        await world.sender.close()


async def answered(world: World, body: bytes = b"{}") -> Answered:
    outcome = await world.sender.send(Request(world.url, {"webhook-id": "msg_1"}, body))
    assert isinstance(outcome, Answered), outcome
    return outcome


async def failed(world: World, url: str) -> Failed:
    outcome = await world.sender.send(Request(url, {}, b"{}"))
    assert isinstance(outcome, Failed), outcome
    return outcome


async def test_an_answer_is_told_with_its_status_headers_and_body(world: World) -> None:
    world.answer(Reply(503, (("Retry-After", "7"),), b"come later"))
    answer = await answered(world)
    assert (answer.status, answer.body_head, answer.body_length) == (503, b"come later", 10)
    assert ("Retry-After", "7") in answer.headers
    assert not answer.truncated
    assert answer.peer_ip == "127.0.0.1"


async def test_the_request_arrives_with_its_headers_and_exact_bytes(world: World) -> None:
    body = '{"größe": "\\u00e9\\n" }\r\n'.encode() + bytes(range(256))
    await answered(world, body)
    [request] = world.arrived()
    assert request.body == body
    assert request.headers["webhook-id"] == "msg_1"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_an_answer_and_is_not_followed(world: World, status: int) -> None:
    world.answer(Reply(status, (("Location", "http://169.254.169.254/latest/meta-data"),)))
    answer = await answered(world)
    assert answer.status == status
    assert len(world.arrived()) == 1


async def test_the_first_16_kib_of_a_body_are_kept(world: World) -> None:
    world.answer(Reply(body=b"a" * MAX_BODY_KEPT + b"b"))
    answer = await answered(world)
    assert answer.body_head == b"a" * MAX_BODY_KEPT
    assert answer.body_length == MAX_BODY_KEPT + 1
    assert not answer.truncated


async def test_a_body_of_64_kib_is_read_to_its_end(world: World) -> None:
    world.answer(Reply(body=b"a" * MAX_BODY_READ))
    answer = await answered(world)
    assert (answer.body_length, answer.truncated) == (MAX_BODY_READ, False)


async def test_more_than_64_kib_of_a_body_are_not_waited_for(world: World) -> None:
    world.answer(Reply(body=b"a" * (MAX_BODY_READ + 1)))
    answer = await answered(world)
    assert answer.truncated
    assert answer.body_head == b"a" * MAX_BODY_KEPT
    assert answer.body_length > MAX_BODY_READ


async def test_headers_are_kept_up_to_8_kib(world: World) -> None:
    world.answer(Reply(headers=tuple((f"X-{n}", "y" * 1000) for n in range(20))))
    answer = await answered(world)
    assert sum(len(name) + len(value) + 4 for name, value in answer.headers) <= MAX_HEADERS_KEPT
    assert [name for name, _ in answer.headers if name.startswith("X-")] == [
        f"X-{n}" for n in range(8)
    ]


async def test_an_answer_that_does_not_come_in_time_is_a_timeout(world: World) -> None:
    world.answer(Reply(after=30))
    failure = await failed(world, world.url)
    assert failure.error_class is ErrorClass.TIMEOUT
    assert failure.peer_ip == "127.0.0.1"
    assert 1400 < failure.timings.total < 20_000
    assert failure.timings.first_byte is not None
    assert failure.timings.first_byte > 500


async def test_an_answer_that_comes_just_in_time_counts(world: World) -> None:
    world.answer(Reply(202, after=0.05))
    answer = await answered(world)
    assert answer.status == 202
    assert answer.timings.first_byte is not None
    assert answer.timings.total >= answer.timings.first_byte >= 45


async def test_a_connection_that_breaks_off_is_a_reset(world: World) -> None:
    world.reset()
    failure = await failed(world, world.url)
    assert failure.error_class is ErrorClass.CONNECTION_RESET
    assert failure.status is None


async def test_a_port_where_nobody_listens_refuses(world: World) -> None:
    failure = await failed(world, f"http://127.0.0.1:{free_port()}/")
    assert failure.error_class is ErrorClass.CONNECTION_REFUSED
    assert failure.peer_ip == "127.0.0.1"
    assert failure.timings.first_byte is None


async def test_a_name_that_does_not_exist_is_told(world: World) -> None:
    failure = await failed(world, "http://nowhere.example/")
    assert failure.error_class is ErrorClass.DNS_ERROR
    assert failure.peer_ip is None
    assert failure.timings.connect is None


async def test_a_name_server_that_hangs_is_a_timeout(world: World) -> None:
    failure = await failed(world, "http://slow.example/")
    assert failure.error_class is ErrorClass.TIMEOUT
    assert 400 < failure.timings.total < 20_000


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.2",
        "10.0.0.1",
        "169.254.169.254",
        "2130706434",
        "127.2",
        "[::1]",
        "[::ffff:10.0.0.1]",
        "[64:ff9b::7f00:1]",
        "inside.example",
        "both.example",
        "mapped.example",
    ],
)
async def test_an_address_that_is_not_allowed_is_refused_and_not_shown(
    world: World, host: str
) -> None:
    failure = await failed(world, f"http://{host}/hook")
    assert failure.error_class is ErrorClass.BLOCKED_ADDRESS
    assert failure.message == REFUSAL
    assert failure.peer_ip is None
    assert world.arrived() == []


@pytest.mark.parametrize("policy", [PUBLIC_ONLY])
async def test_nothing_inside_is_reached_unless_the_operator_allows_it(world: World) -> None:
    failure = await failed(world, world.url)
    assert failure.error_class is ErrorClass.BLOCKED_ADDRESS
    assert world.arrived() == []


async def test_every_class_of_failure_has_its_message(world: World) -> None:
    assert set(MESSAGES) == set(ErrorClass)
    failure = await failed(world, "http://nowhere.example/")
    assert failure.message == MESSAGES[ErrorClass.DNS_ERROR]


async def test_many_requests_are_under_way_at_once(world: World) -> None:
    world.answer(*[Reply(after=0.1)] * 40)
    await asyncio.gather(*(answered(world) for _ in range(40)))  # one by one takes too long
    assert len(world.arrived()) == 40
