"""Endpoints that take forever, each in its own way: the deadline ends all of it."""

from __future__ import annotations

import asyncio
import gzip
from asyncio import StreamReader, StreamWriter

import pytest

from boatyard.shared.testing.endpoints import hangs, sends, sends_forever, serving
from boatyard.webhook_dispatcher.outcome import MAX_BODY_KEPT, MAX_BODY_READ, ErrorClass, Request
from tests.integration.webhook_dispatcher.sending.conftest import (
    SHORT,
    answered,
    failed,
    send,
    sender,
    timed_out,
)

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


async def test_an_endpoint_that_never_answers_is_left() -> None:
    async with serving(hangs) as endpoint:
        failure = timed_out(await send(endpoint.url, limits=SHORT))
        await asyncio.wait_for(endpoint.left.wait(), 10)
    assert failure.status is None
    assert failure.timings.first_byte is not None


@pytest.mark.parametrize(
    ("beginning", "piece"),
    [
        (b"HTTP/1.1 200 O", b"K"),
        (OK, b"X-Drip: 1\r\n"),
        (OK + b"X-Long: ", b"x"),
    ],
    ids=["status line", "headers", "one header"],
)
async def test_a_head_that_drips_does_not_extend_the_deadline(
    beginning: bytes, piece: bytes
) -> None:
    async with serving(sends_forever(beginning, piece, pause=0.02)) as endpoint:
        failure = timed_out(await send(endpoint.url, limits=SHORT))
        await asyncio.wait_for(endpoint.left.wait(), 10)
    assert failure.status is None


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (OK + b"Content-Length: 1000000\r\n\r\n", b"x"),
        (CHUNKED, b"1\r\nx\r\n"),
        (OK + b"Connection: close\r\n\r\n", b"x"),
    ],
    ids=["counted", "chunked", "until closed"],
)
async def test_a_body_that_drips_does_not_extend_the_deadline(head: bytes, piece: bytes) -> None:
    async with serving(sends_forever(head, piece, pause=0.02)) as endpoint:
        failure = timed_out(await send(endpoint.url, limits=SHORT))
        await asyncio.wait_for(endpoint.left.wait(), 10)
    assert failure.status == 200, "what was learnt of the answer is told"


async def test_a_body_that_stops_in_the_middle_is_left() -> None:
    async with serving(sends(OK + b"Content-Length: 10\r\n\r\nhello")) as endpoint:
        failure = timed_out(await send(endpoint.url, limits=SHORT))
    assert failure.status == 200


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (OK + b"Content-Length: 1099511627776\r\n\r\n", b"x" * 65536),
        (CHUNKED, b"10000\r\n" + b"x" * 65536 + b"\r\n"),
        (CHUNKED, b"1\r\nx\r\n" * 10000),
        (OK + b"Connection: close\r\n\r\n", b"x" * 65536),
    ],
    ids=["counted", "chunked", "tiny chunks", "until closed"],
)
async def test_an_endless_body_is_cut_and_the_endpoint_left(head: bytes, piece: bytes) -> None:
    async with serving(sends_forever(head, piece)) as endpoint:
        answer = answered(await send(endpoint.url))
        await asyncio.wait_for(endpoint.left.wait(), 10)
    assert answer.truncated
    assert answer.body_head == b"x" * MAX_BODY_KEPT
    assert MAX_BODY_READ < answer.body_length < 1024 * 1024


async def test_a_compressed_bomb_is_not_unpacked() -> None:
    bomb = gzip.compress(b"\0" * 16 * 1024 * 1024)
    assert len(bomb) < MAX_BODY_READ
    head = OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    async with serving(sends(head, bomb)) as endpoint:
        answer = answered(await send(endpoint.url))
    assert answer.body_head == bomb[:MAX_BODY_KEPT]
    assert (answer.body_length, answer.truncated) == (len(bomb), False)


async def test_no_compression_is_asked_for() -> None:
    async with serving(sends(OK + b"Content-Length: 0\r\n\r\n")) as endpoint:
        answered(await send(endpoint.url))
    assert b"\r\naccept-encoding: identity\r\n" in endpoint.heads[0].lower()


async def test_a_flood_of_interim_answers_is_ended() -> None:
    flood = sends_forever(b"", b"HTTP/1.1 102 Processing\r\n\r\n" * 100)
    async with serving(flood) as endpoint:
        failed(await send(endpoint.url), ErrorClass.PROTOCOL_ERROR)
        await asyncio.wait_for(endpoint.left.wait(), 10)


async def test_interim_answers_that_drip_do_not_extend_the_deadline() -> None:
    drip = sends_forever(b"", b"HTTP/1.1 102 Processing\r\n\r\n", pause=0.1)
    async with serving(drip) as endpoint:
        timed_out(await send(endpoint.url, limits=SHORT))


async def test_a_few_interim_answers_are_passed_over() -> None:
    interim = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
    final = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok"
    async with serving(sends(interim, interim + final)) as endpoint:
        answer = answered(await send(endpoint.url), 201)
    assert answer.body_head == b"ok"


async def test_an_endpoint_that_reads_nothing_is_left() -> None:
    async def deaf(reader: StreamReader, writer: StreamWriter) -> None:
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        await asyncio.Event().wait()

    async with serving(deaf) as endpoint, sender(limits=SHORT) as made:
        timed_out(await made.send(Request(endpoint.url, {}, b"x" * 1_000_000)))


async def test_what_one_endpoint_holds_up_no_other_waits_for() -> None:
    async with (
        serving(hangs) as stuck,
        serving(sends(OK + b"Content-Length: 0\r\n\r\n")) as healthy,
        sender() as made,
    ):
        waiting = [asyncio.create_task(made.send(Request(stuck.url, {}, b""))) for _ in range(50)]
        while stuck.connections < 50:
            await asyncio.sleep(0.01)
        for _ in range(20):
            answered(await made.send(Request(healthy.url, {}, b"")))
        assert not any(task.done() for task in waiting)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
