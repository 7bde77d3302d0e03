import datetime as dt
import json
from collections.abc import Callable

import httpx
import pytest

from boatyard.shared.mendable import StartError
from boatyard.standalone.tokens import make_token


def client(answer: Callable[[httpx.Request], httpx.Response]) -> httpx.Client:
    return httpx.Client(base_url="http://boatyard", transport=httpx.MockTransport(answer))


def make(api: httpx.Client, *, expires_at: dt.datetime | None = None) -> str:
    return make_token(
        api, username="ada", password="secret", name="terminal", expires_at=expires_at
    )


def test_it_signs_in_makes_a_token_and_signs_out() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        match request.method, request.url.path:
            case "POST", "/api/v1/session":
                return httpx.Response(201, json={"csrf_token": "c5rf"})
            case "POST", "/api/v1/account/tokens":
                return httpx.Response(201, json={"secret": "byt_new"})
        return httpx.Response(204)

    end = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
    assert make(client(answer), expires_at=end) == "byt_new"
    assert [request.method for request in asked] == ["POST", "POST", "DELETE"]
    assert asked[1].headers["X-CSRF-Token"] == "c5rf"
    assert json.loads(asked[1].content) == {
        "name": "terminal",
        "expires_at": "2030-01-01T00:00:00+00:00",
    }


def test_a_refusal_is_told_in_the_words_of_the_api() -> None:
    refusal = {"title": "Unauthenticated", "detail": "This username and password don't match."}
    with pytest.raises(StartError, match="don't match"):
        make(client(lambda request: httpx.Response(401, json=refusal)))


def test_an_answer_that_is_not_boatyards_is_told() -> None:
    with pytest.raises(StartError, match="answered 502"):
        make(client(lambda request: httpx.Response(502, text="<html>")))


def test_a_server_that_does_not_answer_is_named() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    with pytest.raises(StartError, match="does not answer at http://boatyard"):
        make(client(refuse))
