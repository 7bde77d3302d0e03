"""Endpoints that break off, or answer something that is not quite HTTP."""

from __future__ import annotations

import pytest

from boatyard.shared.testing.endpoints import (
    sends,
    sends_and_closes,
    sends_and_resets,
    sends_forever,
    serving,
)
from boatyard.webhook_dispatcher.outcome import ErrorClass
from tests.integration.webhook_dispatcher.sending.conftest import answered, failed, send

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
BEGINNINGS = {
    "nothing": (b"", None),
    "half a status line": (b"HTTP/1.1 2", None),
    "half a head": (OK + b"X-Half", None),
    "a counted body's half": (OK + b"Content-Length: 10\r\n\r\nhello", 200),
    "a chunk's half": (CHUNKED + b"a\r\nhello", 200),
    "no last chunk": (CHUNKED + b"5\r\nhello\r\n", 200),
}


@pytest.mark.parametrize(("sent", "status"), BEGINNINGS.values(), ids=BEGINNINGS)
async def test_a_connection_that_is_closed_too_early_is_a_reset(
    sent: bytes, status: int | None
) -> None:
    async with serving(sends_and_closes(sent)) as endpoint:
        failure = failed(await send(endpoint.url), ErrorClass.CONNECTION_RESET)
    assert failure.status == status


@pytest.mark.parametrize(("sent", "status"), BEGINNINGS.values(), ids=BEGINNINGS)
async def test_a_connection_that_is_broken_off_is_a_reset(sent: bytes, status: int | None) -> None:
    async with serving(sends_and_resets(sent)) as endpoint:
        failure = failed(await send(endpoint.url), ErrorClass.CONNECTION_RESET)
    assert failure.status in (status, None), "a reset may overtake what was sent before it"


@pytest.mark.parametrize(
    "sent",
    [
        b"hello, this is no HTTP\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"<html>HTTP/0.9</html>\r\n\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\n\r\n",
        OK + b"no colon\r\n\r\n",
        OK + b"Content-Length: ten\r\n\r\n",
        OK + b"Content-Length: -1\r\n\r\n",
        OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        OK + b"X-Null: a\0b\r\n\r\n",
        b"\0" * 1000,
        b"\x15\x03\x01\x00\x02\x02\x46",
    ],
)
async def test_what_is_not_http_is_a_protocol_error(sent: bytes) -> None:
    async with serving(sends_and_closes(sent)) as endpoint:
        failure = failed(await send(endpoint.url), ErrorClass.PROTOCOL_ERROR)
    assert failure.status is None


@pytest.mark.parametrize("body", [b"zz\r\nhello\r\n", b"5\r\nhelloXX", b"-1\r\n"])
async def test_a_malformed_body_ends_the_attempt_at_once(body: bytes) -> None:
    async with serving(sends(CHUNKED, body)) as endpoint:
        failure = failed(await send(endpoint.url), ErrorClass.PROTOCOL_ERROR)
    assert failure.status == 200


async def test_framing_without_an_end_is_ended() -> None:
    async with serving(sends_forever(CHUNKED + b"5;", b"x" * 65536)) as endpoint:
        failure = failed(await send(endpoint.url), ErrorClass.PROTOCOL_ERROR)
    assert failure.status == 200


@pytest.mark.parametrize(
    "sent",
    [
        b"HTTP/1.1 200 " + b"x" * 200_000 + b"\r\n\r\n",
        OK + b"X-Big: " + b"x" * 200_000 + b"\r\n\r\n",
        OK + b"X" * 200_000 + b": 1\r\n\r\n",
        OK + b"X-Many: 1\r\n" * 20_000 + b"\r\n",
    ],
    ids=["status line", "value", "name", "many"],
)
async def test_a_head_that_is_too_large_is_told(sent: bytes) -> None:
    async with serving(sends(sent)) as endpoint:
        failed(await send(endpoint.url), ErrorClass.TOO_LARGE)


async def test_a_head_without_an_end_is_not_collected() -> None:
    endless = sends_forever(OK, b"X-More: " + b"x" * 4000 + b"\r\n")
    async with serving(endless) as endpoint:
        failed(await send(endpoint.url), ErrorClass.TOO_LARGE)


@pytest.mark.parametrize("status", [204, 205, 304])
@pytest.mark.parametrize("pieces", ["together", "apart"])
async def test_a_body_where_none_belongs_does_not_undo_the_answer(status: int, pieces: str) -> None:
    head = b"HTTP/1.1 %d Fine\r\nContent-Length: 5\r\n\r\n" % status
    sent = (head + b"hello",) if pieces == "together" else (head, b"hello")
    async with serving(sends(*sent)) as endpoint:
        answered(await send(endpoint.url), status)


async def test_bytes_after_the_answer_do_not_undo_it() -> None:
    answer = OK + b"Content-Length: 2\r\n\r\nok" + b"and then some"
    async with serving(sends(answer)) as endpoint:
        assert answered(await send(endpoint.url)).body_head == b"ok"


async def test_two_answers_to_one_request_count_as_the_first() -> None:
    first = OK + b"Content-Length: 2\r\n\r\nok"
    second = b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n"
    async with serving(sends(first + second)) as endpoint:
        assert answered(await send(endpoint.url)).body_head == b"ok"


async def test_a_change_of_protocol_is_no_way_in() -> None:
    upgrade = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: tunnel\r\nConnection: upgrade\r\n\r\n"
    async with serving(sends_and_closes(upgrade + b"\0tunnel")) as endpoint:
        outcome = await send(endpoint.url)
    assert getattr(outcome, "status", None) in (None, 101)


async def test_an_answer_before_the_request_was_read_counts() -> None:
    refusal = b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    async with serving(sends_and_closes(refusal)) as endpoint:
        answered(await send(endpoint.url), 413)


async def test_strange_bytes_in_headers_and_bodies_are_kept_as_databases_take_them() -> None:
    head = OK + b"X-Latin: gr\xfc\xdfe\r\nContent-Length: 4\r\n\r\n"
    async with serving(sends(head + b"\0\xff\xfe\n")) as endpoint:
        answer = answered(await send(endpoint.url))
    assert ("X-Latin", "gr\ufffd\ufffde") in answer.headers
    assert answer.body_head == b"\0\xff\xfe\n"
