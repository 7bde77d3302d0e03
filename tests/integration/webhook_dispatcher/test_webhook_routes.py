"""The routes of webhooks: what they take, what they refuse, what they never show."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from boatyard.shared.events import Verb
from boatyard.webhook_dispatcher.dummy_sender import DummySender
from tests.integration.webhook_dispatcher.kit import Dispatcher, dispatching

URL = "https://hooks.example.com/boatyard"


@pytest.fixture
async def dispatcher(tmp_path: Path) -> AsyncIterator[Dispatcher]:
    url = f"sqlite+aiosqlite:///{tmp_path}/test.db"
    async with dispatching(url, tmp_path, sender=DummySender(), allow_networks="") as running:
        yield running


async def test_a_webhook_is_made_and_read(dispatcher: Dispatcher) -> None:
    made = await dispatcher.hook(URL, name="Deploy", events=["tag.pushed"], include_tags=["v*"])
    read = (await dispatcher.call("GET", made)).json()
    assert made.pop("secret").startswith("whsec_")
    assert read == made
    assert (read["state"], read["format"], read["max_in_flight"]) == ("active", "standard", 4)
    assert read["created_by"] == "ann"


async def test_the_secret_is_shown_once_and_never_again(dispatcher: Dispatcher) -> None:
    made = await dispatcher.hook(URL, robot_secret="SECrobot")
    listed = await dispatcher.http.get(dispatcher.path())
    read = await dispatcher.call("GET", made)
    changed = await dispatcher.call("PATCH", made, json={"name": "x"})
    for answer in (listed, read, changed):
        assert answer.status_code == 200
        assert "whsec_" not in answer.text
        assert "SECrobot" not in answer.text
    assert read.json()["has_robot_secret"] is True


async def test_a_key_pair_shows_its_public_half_and_never_the_other(
    dispatcher: Dispatcher,
) -> None:
    made = await dispatcher.hook(URL, scheme="v1a")
    assert made["secret"] is None
    assert made["public_key"].startswith("whpk_")
    rotated = (await dispatcher.call("POST", made, "/rotate-secret", json={})).json()
    assert rotated["public_key"] != made["public_key"]
    assert "whsk_" not in str(made) + str(rotated)


async def test_a_secret_of_ones_own_is_taken(dispatcher: Dispatcher) -> None:
    secret = "whsec_" + "QUFB" * 10
    assert (await dispatcher.hook(URL, secret=secret))["secret"] == secret


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"url": "ftp://example.com"}, "body.url"),
        ({"url": "http://127.0.0.1/x"}, "body.url"),
        ({"url": "http://[64:ff9b::a9fe:a9fe]/x"}, "body.url"),
        ({"url": "https://ann:secret@example.com"}, "body.url"),
        ({"url": "x" * 3000}, "body.url"),
        ({"url": "https://example.com/\x00"}, "body.url"),
        ({"url": ""}, "body.url"),
        ({}, "body.url"),
        ({"url": URL, "events": ["tag.moved"]}, "body.events.0"),
        ({"url": URL, "format": "dockerhub", "events": ["tag.deleted"]}, "body.events"),
        ({"url": URL, "format": "fax"}, "body.format"),
        ({"url": URL, "include_tags": ["a b"]}, "body.include_tags.0"),
        ({"url": URL, "include_tags": ["x"] * 21}, "body.include_tags"),
        ({"url": URL, "origins": ["moon"]}, "body.origins.0"),
        ({"url": URL, "max_in_flight": 0}, "body.max_in_flight"),
        ({"url": URL, "max_in_flight": 10**30}, "body.max_in_flight"),
        ({"url": URL, "name": "a\x00b"}, "body.name"),
        ({"url": URL, "name": "x" * 101}, "body.name"),
        ({"url": URL, "secret": "whsec_short"}, "body.secret"),
        ({"url": URL, "secret": "hunter2"}, "body.secret"),
        ({"url": URL, "secret": "whsec_" + "QUFB" * 10, "scheme": "v1a"}, "body.secret"),
        ({"url": URL, "secert": "x"}, "body.secert"),
        ({"url": URL, "ordered": "perhaps"}, "body.ordered"),
    ],
)
async def test_what_is_wrong_is_refused_by_name(
    dispatcher: Dispatcher, wish: dict[str, Any], field: str
) -> None:
    answer = await dispatcher.http.post(dispatcher.path(), json=wish)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


async def test_a_refusal_does_not_repeat_a_secret(dispatcher: Dispatcher) -> None:
    wish = {"url": URL, "secret": "whsec_hunter2hunter2"}
    answer = await dispatcher.http.post(dispatcher.path(), json=wish)
    assert answer.status_code == 422
    assert "hunter2" not in answer.text


async def test_whoever_does_not_administer_sees_nothing(dispatcher: Dispatcher) -> None:
    made = await dispatcher.hook(URL)
    dispatcher.door.verbs = frozenset({Verb.PULL, Verb.PUSH})
    for method, rest in [
        ("GET", ""),
        ("PATCH", ""),
        ("DELETE", ""),
        ("POST", "/test"),
        ("POST", "/enable"),
        ("POST", "/rotate-secret"),
        ("POST", "/replay"),
        ("GET", "/deliveries"),
    ]:
        assert (await dispatcher.call(method, made, rest)).status_code == 403
    assert (await dispatcher.http.get(dispatcher.path())).status_code == 403
    dispatcher.door.authenticated = False
    assert (await dispatcher.call("GET", made, "/events")).status_code == 401


async def test_a_webhook_is_found_in_its_own_repository_alone(dispatcher: Dispatcher) -> None:
    made = await dispatcher.hook(URL)
    elsewhere = f"{dispatcher.path('other/app')}/{made['id']}"
    assert (await dispatcher.http.get(elsewhere)).status_code == 404
    assert (await dispatcher.http.delete(elsewhere)).status_code == 404
    assert (await dispatcher.http.get(f"{elsewhere}/deliveries")).status_code == 404


async def test_a_change_keeps_what_it_does_not_name(dispatcher: Dispatcher) -> None:
    made = await dispatcher.hook(URL, include_tags=["v*"], events=["tag.pushed"], ordered=True)
    changed = (
        await dispatcher.call("PATCH", made, json={"include_tags": [], "name": "New"})
    ).json()
    assert (changed["include_tags"], changed["name"]) == ([], "New")
    assert (changed["events"], changed["ordered"], changed["url"]) == (["tag.pushed"], True, URL)


async def test_a_change_is_checked_as_a_whole(dispatcher: Dispatcher) -> None:
    made = await dispatcher.hook(URL, events=["tag.deleted"])
    answer = await dispatcher.call("PATCH", made, json={"format": "dockerhub"})
    assert answer.status_code == 422
    assert "tag.deleted" in answer.json()["detail"]


async def test_a_deleted_webhook_is_gone_for_everybody(dispatcher: Dispatcher) -> None:
    made = await dispatcher.hook(URL)
    assert (await dispatcher.call("DELETE", made)).status_code == 204
    assert (await dispatcher.call("GET", made)).status_code == 404
    assert (await dispatcher.call("DELETE", made)).status_code == 404
    assert (await dispatcher.http.get(dispatcher.path())).json()["items"] == []


async def test_the_list_comes_in_pages(dispatcher: Dispatcher) -> None:
    made = [(await dispatcher.hook(URL))["id"] for _ in range(5)]
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    while True:
        page = (await dispatcher.http.get(dispatcher.path(), params=query)).json()
        seen += [each["id"] for each in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert seen == made


@pytest.mark.parametrize("cursor", ["x", "WyJ4Il0", "WzFd", "bnVsbA", "WzFlOTldCg", "4oKs"])
async def test_a_cursor_that_is_none_is_refused(dispatcher: Dispatcher, cursor: str) -> None:
    made = await dispatcher.hook(URL)
    listed = await dispatcher.http.get(dispatcher.path(), params={"cursor": cursor})
    assert listed.status_code == 422
    deliveries = await dispatcher.call("GET", made, "/deliveries", params={"cursor": cursor})
    assert deliveries.status_code in (200, 422)


async def test_a_repository_has_only_so_many_webhooks(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/few.db"
    async with dispatching(url, tmp_path, sender=DummySender(), max_webhooks=1) as dispatcher:
        await dispatcher.hook(URL)
        answer = await dispatcher.http.post(dispatcher.path(), json={"url": URL})
    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:boatyard:problem:too-many-webhooks"


@pytest.mark.parametrize(
    "format",
    [
        "standard",
        "dockerhub",
        "harbor",
        "quay",
        "cloudevents",
        "slack",
        "feishu",
        "dingtalk",
        "wecom",
    ],
)
async def test_every_format_can_be_previewed(dispatcher: Dispatcher, format: str) -> None:
    answer = await dispatcher.http.post(
        f"{dispatcher.path()}/preview", json={"format": format, "url": URL}
    )
    assert answer.status_code == 200, answer.text
    preview = answer.json()
    assert "app" in preview["body"]
    assert preview["headers"]["webhook-signature"].startswith("v1,")


async def test_a_preview_of_what_a_format_has_no_words_for_is_refused(
    dispatcher: Dispatcher,
) -> None:
    answer = await dispatcher.http.post(
        f"{dispatcher.path()}/preview", json={"format": "quay", "event": "tag.deleted"}
    )
    assert answer.status_code == 422


async def test_no_secret_and_no_address_reaches_the_log(
    dispatcher: Dispatcher, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO), structlog.testing.capture_logs() as logged:
        made = await dispatcher.hook(f"{URL}?token=hunter2", robot_secret="SECrobot")
        await dispatcher.push()
        await dispatcher.delivered(made, ["pending"])
    text = caplog.text + str(logged)
    for secret in ("whsec_", "hunter2", "SECrobot"):
        assert secret not in text
