"""What is refused at the door leaves nothing behind, so all of it is sent to one gateway."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from boatyard.github_gateway.inbound.api import MAX_BODY
from boatyard.shared.testing.github import FakeGithub
from boatyard.shared.testing.github.courier import signature_headers
from tests.integration.github_gateway.harness import Gateway, Sender, connect

pytestmark = pytest.mark.asyncio(loop_scope="module")
FORM = "application/x-www-form-urlencoded"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def door(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Gateway]:
    folder: Path = tmp_path_factory.mktemp("door")
    github = FakeGithub(folder / "github")
    github.start()
    gateway = Gateway(github, folder / "gateway")
    await gateway.start()
    await connect(gateway)
    yield gateway
    assert await recorded(gateway) == []
    await gateway.stop()
    github.stop()


@pytest_asyncio.fixture(loop_scope="module")
async def send(door: Gateway) -> AsyncIterator[Sender]:
    sender = Sender(door)
    yield sender
    await sender.http.aclose()


async def recorded(gateway: Gateway) -> list[dict[str, Any]]:
    async with gateway.client("root") as root:
        answer = await root.get("/api/v1/github/deliveries")
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


@pytest.mark.parametrize(
    "headers",
    [
        {"X_Hub_Signature_256": ""},
        {"X_Hub_Signature_256": "sha256=" + "0" * 64},
        {"X_Hub_Signature_256": "sha1=" + "0" * 40},
        {"X_Hub_Signature_256": "sha256=zz"},
    ],
)
async def test_a_forged_delivery_is_refused(send: Sender, headers: dict[str, Any]) -> None:
    answer = await send({"ref": "refs/heads/main"}, **headers)
    assert answer.status_code == 401
    assert answer.json()["type"].endswith(":signature-refused")


async def test_a_secret_of_somebody_elses_signs_nothing(send: Sender) -> None:
    assert (await send({}, secret="guessed")).status_code == 401


async def test_a_truncated_delivery_is_refused(send: Sender) -> None:
    body = json.dumps({"ref": "refs/heads/main"}).encode()
    signed = signature_headers(body, send.secret)
    answer = await send(raw=body[:-1], X_Hub_Signature_256=signed["X-Hub-Signature-256"])
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("raw", "headers"),
    [
        (b"{", {}),
        (b"[]", {}),
        (b"\xff", {}),
        (b"[" * 100_000, {}),
        (b"payload=%7B", {"Content_Type": FORM}),
        (b"other=1", {"Content_Type": FORM}),
        (b"{}", {"X_GitHub_Delivery": "a b"}),
        (b"{}", {"X_GitHub_Event": ""}),
        (b"{}", {"X_GitHub_Event": "Push!"}),
    ],
)
async def test_what_is_signed_and_broken_is_refused_in_words(
    send: Sender, raw: bytes, headers: dict[str, Any]
) -> None:
    answer = await send(raw=raw, **headers)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_body_that_github_would_not_send_is_too_large(send: Sender) -> None:
    assert (await send(raw=b"{" + b" " * MAX_BODY)).status_code == 413
