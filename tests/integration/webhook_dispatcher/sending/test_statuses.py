"""Answers as whoever decides on the next attempt reads them: every status, every header, nothing followed."""

from __future__ import annotations

import pytest

from boatyard.shared.testing.endpoints import sends, serving
from tests.integration.webhook_dispatcher.sending.conftest import answered, send

METADATA = "http://169.254.169.254/latest/meta-data/"


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
@pytest.mark.parametrize("location", [METADATA, "//10.0.0.1/", "file:///etc/passwd", "/again", ""])
async def test_a_redirect_is_told_and_never_followed(
    status: int, location: str, dialled: list[str]
) -> None:
    head = f"HTTP/1.1 {status} Elsewhere\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"
    async with serving(sends(head.encode())) as endpoint:
        answer = answered(await send(endpoint.url), status)
        assert len(endpoint.heads) == 1
    assert ("Location", location) in answer.headers
    assert dialled == ["127.0.0.1"]


async def test_other_ways_to_lead_elsewhere_lead_nowhere(dialled: list[str]) -> None:
    head = (
        f"HTTP/1.1 200 OK\r\nRefresh: 0; url={METADATA}\r\nContent-Location: {METADATA}\r\n"
        f'Alt-Svc: h2="169.254.169.254:80"\r\nLink: <{METADATA}>; rel=preload\r\n'
        "Content-Length: 0\r\n\r\n"
    )
    async with serving(sends(head.encode())) as endpoint:
        answered(await send(endpoint.url))
    assert dialled == ["127.0.0.1"]


@pytest.mark.parametrize(
    "status", [200, 201, 202, 299, 400, 401, 404, 410, 418, 429, 500, 503, 599]
)
async def test_a_status_is_told_as_it_is(status: int) -> None:
    head = b"HTTP/1.1 %d\r\nContent-Length: 4\r\n\r\nbody" % status
    async with serving(sends(head)) as endpoint:
        assert answered(await send(endpoint.url), status).body_head == b"body"


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    "value",
    [
        "120",
        "1.5",
        "0",
        "-1",
        "9999999999999999999999",
        "Fri, 31 Dec 2027 23:59:59 GMT",
        "Fri, 31 Dec 1999 23:59:59 GMT",
        "soon",
        "nan",
        "inf",
        "1e9",
        "",
        "12,34",
        "\u0663",
    ],
)
async def test_what_retry_after_says_is_kept_word_by_word(status: int, value: str) -> None:
    head = f"HTTP/1.1 {status} Later\r\nRetry-After: {value}\r\nContent-Length: 0\r\n\r\n"
    async with serving(sends(head.encode())) as endpoint:
        answer = answered(await send(endpoint.url), status)
    assert ("Retry-After", value) in answer.headers


async def test_a_repeated_header_is_kept_as_often_as_it_came() -> None:
    head = b"HTTP/1.1 200 OK\r\nX-A: 1\r\nX-A: 2\r\nContent-Length: 0\r\n\r\n"
    async with serving(sends(head)) as endpoint:
        answer = answered(await send(endpoint.url))
    assert [value for name, value in answer.headers if name == "X-A"] == ["1", "2"]
