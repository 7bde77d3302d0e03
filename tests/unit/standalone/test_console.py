"""How the console is served: hashed files for a year, the page anew each time, and a strict policy."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from boatyard.standalone.console import NOT_BUILT, Console

PAGE = (
    '<meta property="csp-nonce" nonce="__CSP_NONCE__"><script src="/assets/main-abc.js"></script>'
)


async def api(scope: Scope, receive: Receive, send: Send) -> None:
    """What stands behind the console."""
    await send({"type": "http.response.start", "status": 418, "headers": []})
    await send({"type": "http.response.body", "body": b"the API"})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    assets = tmp_path / "assets"
    assets.mkdir()
    (tmp_path / "index.html").write_text(PAGE)
    (tmp_path / "favicon.svg").write_text("<svg/>")
    (assets / "main-abc.js").write_text("let everything = 1;")
    (assets / "main-abc.js.gz").write_bytes(b"compressed")
    (assets / "main-abc.js.br").write_bytes(b"compressed better")
    return tmp_path


@pytest.fixture
async def client(folder: Path) -> httpx.AsyncClient:
    console = Console(
        api, folder=folder, api=["/api/v1/x", "/healthz"], forms_to=["https://github.com"]
    )
    transport = httpx.ASGITransport(app=console)
    return httpx.AsyncClient(transport=transport, base_url="http://boatyard")


async def test_the_page_has_a_fresh_nonce_and_a_policy_without_anything_inline(
    client: httpx.AsyncClient,
) -> None:
    first, second = await client.get("/"), await client.get("/")
    nonces = [re.findall(r'nonce="([^"]+)"', answer.text)[0] for answer in (first, second)]
    assert nonces[0] != nonces[1]
    policy = first.headers["content-security-policy"]
    assert f"'nonce-{nonces[0]}'" in policy
    assert "default-src 'none'; script-src 'self';" in policy
    assert "form-action 'self' https://github.com" in policy
    assert "unsafe" not in policy
    assert first.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", ["/repositories/a/b", "/sign-in", "/repositories/a/b.js/tags"])
async def test_every_address_that_is_not_the_apis_is_the_page(
    client: httpx.AsyncClient, path: str
) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/api"), ("GET", "/api/docs"), ("GET", "/healthz"), ("POST", "/sign-in")],
)
async def test_what_is_the_apis_goes_to_the_api(
    client: httpx.AsyncClient, method: str, path: str
) -> None:
    assert (await client.request(method, path)).text == "the API"


@pytest.mark.parametrize(
    ("accepted", "body"),
    [
        ("gzip, deflate, br", b"compressed better"),
        ("gzip", b"compressed"),
        ("identity", b"let everything = 1;"),
    ],
)
async def test_a_hashed_file_is_kept_for_a_year_and_comes_as_small_as_it_may(
    client: httpx.AsyncClient, accepted: str, body: bytes
) -> None:
    async with client.stream(
        "GET", "/assets/main-abc.js", headers={"accept-encoding": accepted}
    ) as answer:
        assert b"".join([part async for part in answer.aiter_raw()]) == body
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers["content-type"].startswith("text/javascript")


async def test_a_file_without_a_hash_is_asked_for_each_time(client: httpx.AsyncClient) -> None:
    answer = await client.get("/favicon.svg")
    assert answer.headers["cache-control"] == "no-cache"


async def test_a_file_that_is_not_there_is_not_the_page(client: httpx.AsyncClient) -> None:
    assert (await client.get("/assets/gone.js")).status_code == 404


async def test_a_console_that_was_not_built_says_so(tmp_path: Path) -> None:
    console = Console(api, folder=tmp_path, api=["/api"])
    transport = httpx.ASGITransport(app=console)
    async with httpx.AsyncClient(transport=transport, base_url="http://boatyard") as client:
        answer = await client.get("/")
        assert (answer.status_code, answer.text) == (503, NOT_BUILT)
        assert (await client.get("/api/docs")).text == "the API"
