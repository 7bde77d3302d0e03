"""Connections that are kept, and what must not be carried over them."""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable

import pytest

from boatyard.shared.testing.endpoints import Behaviour, hangs, sends, sends_and_resets, serving
from boatyard.shared.testing.receiver import Receiver, Reply
from boatyard.webhook_dispatcher.connector import IDLE_PER_ORIGIN
from boatyard.webhook_dispatcher.outcome import Answered, ErrorClass, Request
from boatyard.webhook_dispatcher.sender import Limits
from tests.integration.webhook_dispatcher.sending.conftest import (
    BODY,
    answered,
    failed,
    send,
    sender,
)

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
FINE = sends(OK)


def in_turn(*behaviours: Behaviour) -> Behaviour:
    """Behave differently at each request, at last always the same."""
    remaining = list(behaviours)

    async def behave(reader: StreamReader, writer: StreamWriter) -> None:
        await (remaining.pop(0) if len(remaining) > 1 else remaining[0])(reader, writer)

    return behave


async def becomes(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.02)


async def test_a_connection_is_used_again_and_its_phases_are_not_told_twice() -> None:
    async with serving(FINE) as endpoint, sender() as made:
        request = Request(endpoint.url, {}, b"")
        first, second = answered(await made.send(request)), answered(await made.send(request))
        assert endpoint.connections == 1
    assert (first.reused, second.reused) == (False, True)
    assert first.timings.connect is not None
    assert (second.timings.dns, second.timings.connect, second.timings.tls) == (None, None, None)
    assert second.peer_ip == "127.0.0.1"


async def test_a_used_connection_that_breaks_is_told_and_nothing_is_sent_twice() -> None:
    async with serving(in_turn(FINE, sends_and_resets(b""))) as endpoint, sender() as made:
        request = Request(endpoint.url, {}, b"")
        answered(await made.send(request))
        failure = failed(await made.send(request), ErrorClass.CONNECTION_RESET)
        assert len(endpoint.heads) == 2, "every request has a record of its own, so none is hidden"
    assert failure.reused


async def test_a_connection_that_an_endpoint_closed_while_idle_is_not_used() -> None:
    async with Receiver() as endpoint, sender() as made:
        request = Request(f"{endpoint.url}/hook", {}, b"")
        answered(await made.send(request))
        await endpoint.stop()
        await endpoint.start()
        answer = answered(await made.send(request))
    assert not answer.reused


@pytest.mark.parametrize(
    "left_over",
    [
        b"HTTP/1.1 500 Of another\r\nContent-Length: 0\r\n\r\n",
        b"garbage",
        b"HTTP/1.1 100 Continue\r\n\r\n",
    ],
)
async def test_what_is_left_over_from_one_answer_is_never_taken_for_another(
    left_over: bytes,
) -> None:
    async with serving(in_turn(sends(OK + left_over), FINE)) as endpoint, sender() as made:
        request = Request(endpoint.url, {}, b"")
        for _ in range(3):
            assert answered(await made.send(request)).body_head == b"ok"


async def test_an_answer_that_comes_too_late_is_never_taken_for_another() -> None:
    late = asyncio.Event()

    async def wait(reader: StreamReader, writer: StreamWriter) -> None:
        await late.wait()
        writer.write(b"HTTP/1.1 500 Late\r\nContent-Length: 0\r\n\r\n")

    limits = Limits(deadline=0.5, connect=0.4)
    async with serving(in_turn(wait, FINE)) as endpoint, sender(limits=limits) as made:
        request = Request(endpoint.url, {}, b"")
        failed(await made.send(request), ErrorClass.TIMEOUT)
        late.set()
        assert not answered(await made.send(request)).reused


async def test_a_connection_of_which_the_answer_was_cut_is_not_used_again() -> None:
    big = b"HTTP/1.1 200 OK\r\nContent-Length: 500000\r\n\r\n" + b"x" * 500_000
    async with serving(in_turn(sends(big), FINE)) as endpoint, sender() as made:
        request = Request(endpoint.url, {}, b"")
        assert answered(await made.send(request)).truncated
        assert not answered(await made.send(request)).reused
        assert endpoint.connections == 2


async def test_a_connection_is_used_for_its_own_origin_alone() -> None:
    async with serving(FINE) as endpoint, sender() as made:
        for host in ("hook.example", "other.example", "127.0.0.1"):
            answer = answered(await made.send(Request(f"http://{host}:{endpoint.port}/", {}, b"")))
            assert not answer.reused
        assert endpoint.connections == 3


async def test_after_a_burst_a_few_connections_stay() -> None:
    async with Receiver() as endpoint, sender() as made:
        endpoint.always(Reply(after=0.2))
        request = Request(endpoint.url, {}, b"")
        await asyncio.gather(*(made.send(request) for _ in range(20)))
        await becomes(lambda: endpoint.connections <= IDLE_PER_ORIGIN)
        endpoint.always(Reply())
        assert answered(await made.send(request)).reused


async def test_an_idle_connection_is_given_up_after_its_time() -> None:
    limits = Limits(deadline=20, connect=20, keep_alive=0.1)
    async with Receiver() as endpoint, sender(limits=limits) as made:
        request = Request(endpoint.url, {}, b"")
        answered(await made.send(request))
        await becomes(lambda: endpoint.connections == 0)
        assert not answered(await made.send(request)).reused


async def test_a_canceled_attempt_leaves_its_endpoint() -> None:
    async with serving(hangs) as endpoint, sender() as made:
        attempt = asyncio.create_task(made.send(Request(endpoint.url, {}, b"")))
        await becomes(lambda: len(endpoint.heads) == 1)
        attempt.cancel()
        with pytest.raises(asyncio.CancelledError):
            await attempt
        await asyncio.wait_for(endpoint.left.wait(), 10)


async def test_no_cookie_is_kept() -> None:
    cookie = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b; Path=/\r\nContent-Length: 0\r\n\r\n"
    async with serving(sends(cookie)) as endpoint, sender() as made:
        for _ in range(2):
            answered(await made.send(Request(endpoint.url, {}, b"")))
        assert b"cookie" not in endpoint.heads[1].lower()


async def test_no_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(FINE) as endpoint, serving(FINE) as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        answered(await send(f"http://hook.example:{endpoint.port}/"))
        assert (endpoint.connections, proxy.connections) == (1, 0)


@pytest.mark.parametrize(
    "target",
    [
        "/hook?sign=a%2Bb%3D&t=1",
        "/a%2Fb/%C3%A9?x=%20&&=",
        "/a;b=c,d/(e)/'f'?q=%7B%7D",
        "/%7Euser/~user?a=b?c=d",
        "//double//slash",
        "/a/../b/./c",
    ],
)
async def test_the_target_arrives_byte_by_byte_as_it_was_entered(target: str) -> None:
    async with serving(FINE) as endpoint:
        answered(await send(f"http://127.0.0.1:{endpoint.port}{target}"))
        assert endpoint.heads[0].startswith(f"POST {target} HTTP/1.1\r\n".encode())


async def test_a_header_can_not_smuggle_another_one_in() -> None:
    async with serving(FINE) as endpoint, sender() as made:
        outcome = await made.send(Request(endpoint.url, {"X-A": "1\r\nX-Evil: 1"}, BODY))
        assert not isinstance(outcome, Answered)
        assert endpoint.heads == []
