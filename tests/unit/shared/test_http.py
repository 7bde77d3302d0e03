from collections.abc import AsyncIterator
from typing import Annotated

import httpx
import pytest
from fastapi import Body
from pydantic import Field

from boatyard.shared.errors import Conflict, Invalid, TooMany
from boatyard.shared.http import MAX_BODY, Router, make_app
from boatyard.shared.schemas import Input
from boatyard.shared.text import Line

router = Router()


class Boat(Input):
    name: Line = Field(max_length=10)
    seats: int = Field(ge=1, le=100)


@router.post("/boats")
async def create_boat(boat: Annotated[Boat, Body()]) -> Boat:
    if boat.name == "taken":
        raise Conflict("boat-taken", "There is one of that name.")
    if boat.name == "slow":
        raise TooMany("too-fast", "Wait.", retry_after=7)
    if boat.name == "leak":
        raise RuntimeError("the password is s3cret")
    if boat.name == "odd":
        raise Invalid.field("body.name", "is odd")
    return boat


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    app = make_app(title="t", description="t", routers=[router])
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


async def problem(client: httpx.AsyncClient, status: int, **request: object) -> dict[str, object]:
    answer = await client.request("POST", "/boats", **request)  # type: ignore[arg-type]
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, object] = answer.json()
    assert body["status"] == status
    return body


async def test_an_error_of_ours_is_a_problem_document(client: httpx.AsyncClient) -> None:
    body = await problem(client, 409, json={"name": "taken", "seats": 1})
    assert body == {
        "type": "urn:boatyard:problem:boat-taken",
        "title": "Conflict",
        "status": 409,
        "detail": "There is one of that name.",
        "errors": [],
    }


async def test_wrong_fields_are_named_with_their_reasons(client: httpx.AsyncClient) -> None:
    body = await problem(client, 422, json={"name": "a\x00b", "seats": 0, "sails": 2})
    assert body["errors"] == [
        {"field": "body.name", "reason": "must not contain the control character '\\x00'"},
        {"field": "body.seats", "reason": "Input should be greater than or equal to 1"},
        {"field": "body.sails", "reason": "is not a field that is known here"},
    ]


async def test_broken_json_is_said_to_be_broken(client: httpx.AsyncClient) -> None:
    headers = {"content-type": "application/json"}
    body = await problem(client, 400, content=b'{"name": ', headers=headers)
    assert body["type"] == "urn:boatyard:problem:broken-json"


@pytest.mark.parametrize("content", [b"\xff\xfe", b'{"name": "\\ud800", "seats": 1}', b"[" * 5000])
async def test_bytes_that_are_no_json_text_are_the_clients_fault(
    client: httpx.AsyncClient, content: bytes
) -> None:
    answer = await client.post(
        "/boats", content=content, headers={"content-type": "application/json"}
    )
    assert answer.status_code in (400, 422)


async def test_a_body_that_is_announced_too_large_is_refused(client: httpx.AsyncClient) -> None:
    body = await problem(client, 413, content=b"x" * (MAX_BODY + 1))
    assert body["type"] == "urn:boatyard:problem:body-too-large"


async def test_a_body_that_turns_out_too_large_is_refused(client: httpx.AsyncClient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b"x" * 65536

    await problem(client, 413, content=endless(), headers={"content-type": "application/json"})


async def test_a_path_may_take_larger_bodies_than_the_others() -> None:
    app = make_app(
        title="t", description="t", routers=[router], body_limits={"/boats": 2 * MAX_BODY}
    )
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        large = {"name": "a", "seats": 1, "more": "x" * MAX_BODY}
        assert (await client.post("/boats", json=large)).status_code == 422
        await problem(client, 413, content=b"x" * (2 * MAX_BODY + 1))


async def test_too_many_tries_say_when_to_come_back(client: httpx.AsyncClient) -> None:
    answer = await client.post("/boats", json={"name": "slow", "seats": 1})
    assert answer.headers["retry-after"] == "7"


async def test_an_error_of_the_program_tells_a_client_nothing(client: httpx.AsyncClient) -> None:
    answer = await client.post("/boats", json={"name": "leak", "seats": 1})
    assert answer.status_code == 500
    assert "s3cret" not in answer.text


async def test_unknown_paths_and_methods_are_problems_too(client: httpx.AsyncClient) -> None:
    missing, wrong = await client.get("/nowhere"), await client.delete("/boats")
    assert (missing.status_code, missing.json()["status"]) == (404, 404)
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "POST")


async def test_a_request_id_is_kept_if_it_is_harmless_and_made_if_not(
    client: httpx.AsyncClient,
) -> None:
    kept = await client.get("/nowhere", headers={"X-Request-Id": "abc-1"})
    made = await client.get("/nowhere", headers={"X-Request-Id": "a b\x7f"})
    assert kept.headers["x-request-id"] == "abc-1"
    assert len(made.headers["x-request-id"]) == 36
