"""Tests, redelivery, replay and the catch-up feed."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from boatyard.shared.events import RepositoryUpdated, Verb
from boatyard.shared.testing.receiver import Receiver, Reply
from tests.integration.webhook_dispatcher.kit import (
    REPOSITORY,
    Dispatcher,
    ago,
    dispatching,
    eventually,
    id_of,
)


@pytest.fixture
async def endpoint() -> AsyncIterator[Receiver]:
    async with Receiver() as receiver:
        yield receiver


@pytest.fixture
async def dispatcher(database_url: str, tmp_path: Path) -> AsyncIterator[Dispatcher]:
    async with dispatching(database_url, tmp_path) as running:
        yield running


async def accepted(dispatcher: Dispatcher, hook: dict[str, Any], rest: str, **wish: Any) -> Any:
    answer = await dispatcher.call("POST", hook, rest, json=wish)
    assert answer.status_code == 202, answer.text
    return answer.json()


async def test_a_test_is_sent_once_whatever_the_state_and_the_filters(
    dispatcher: Dispatcher, endpoint: Receiver
) -> None:
    endpoint.always(Reply(500))
    hook = await dispatcher.hook(f"{endpoint.url}/hook", events=["tag.deleted"])
    await dispatcher.call("PATCH", hook, json={"state": "paused"})
    queued = await accepted(dispatcher, hook, "/test", event="tag.pushed")
    (delivery,) = await dispatcher.delivered(hook, ["exhausted"])
    (attempt,) = await dispatcher.log(hook, delivery["id"])
    assert delivery["id"] == queued["delivery_id"]
    assert delivery["event"]["test"] is True
    assert attempt["trigger"] == "test"
    assert json.loads(endpoint.requests[0].body)["data"]["test"] is True
    health = (await dispatcher.call("GET", hook)).json()["health"]
    assert health["fail_streak"] == 0


async def test_a_format_without_words_for_it_can_not_be_tested_with_it(
    dispatcher: Dispatcher, endpoint: Receiver
) -> None:
    hook = await dispatcher.hook(endpoint.url, format="dockerhub")
    answer = await dispatcher.call("POST", hook, "/test", json={"event": "tag.deleted"})
    assert answer.status_code == 409


async def test_a_delivery_is_sent_again_under_the_same_id(
    dispatcher: Dispatcher, endpoint: Receiver
) -> None:
    hook = await dispatcher.hook(f"{endpoint.url}/hook")
    await dispatcher.push()
    (delivery,) = await dispatcher.delivered(hook, ["succeeded"])
    await accepted(dispatcher, hook, f"/deliveries/{delivery['id']}/redeliver")
    first, second = await endpoint.wait_for(2)
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    await dispatcher.delivered(hook, ["succeeded"])
    log = await dispatcher.log(hook, delivery["id"])
    assert [(each["number"], each["trigger"]) for each in log] == [
        (2, "manual"),
        (1, "automatic"),
    ]


async def test_a_delivery_that_waits_is_sent_at_once_by_hand(
    database_url: str, tmp_path: Path, endpoint: Receiver
) -> None:
    endpoint.then(Reply(500))
    async with dispatching(database_url, tmp_path, ladder_scale=100) as dispatcher:
        hook = await dispatcher.hook(f"{endpoint.url}/hook")
        await dispatcher.push()
        await endpoint.wait_for(1)

        async def waits() -> Any:
            (delivery,) = await dispatcher.deliveries(hook)
            return delivery if delivery["last_status"] == 500 else None

        delivery = await eventually(waits)
        assert delivery["next_attempt_at"] > delivery["created_at"]
        await accepted(dispatcher, hook, f"/deliveries/{delivery['id']}/redeliver")
        await dispatcher.delivered(hook, ["succeeded"])


async def test_what_is_not_sent_to_can_not_be_redelivered(
    dispatcher: Dispatcher, endpoint: Receiver
) -> None:
    hook = await dispatcher.hook(f"{endpoint.url}/hook")
    await dispatcher.push()
    (delivery,) = await dispatcher.delivered(hook, ["succeeded"])
    await dispatcher.call("PATCH", hook, json={"state": "paused"})
    answer = await dispatcher.call("POST", hook, f"/deliveries/{delivery['id']}/redeliver")
    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:boatyard:problem:webhook-not-active"
    missing = await dispatcher.call("POST", hook, f"/deliveries/{hook['id']}/redeliver")
    assert missing.status_code == 404


async def test_a_replay_sends_what_failed_and_what_was_missed(
    dispatcher: Dispatcher, endpoint: Receiver
) -> None:
    other = await dispatcher.hook(f"{endpoint.url}/other")
    for tag in ("v1", "latest"):
        await dispatcher.push(tag)
    await dispatcher.delivered(other, ["succeeded", "succeeded"])
    hook = await dispatcher.hook(f"{endpoint.url}/hook", include_tags=["v*"])
    replayed = await accepted(dispatcher, hook, "/replay", since=ago(hours=1))
    assert replayed == {"count": 1, "more": False, "next_since": None}
    (delivery,) = await dispatcher.delivered(hook, ["succeeded"])
    assert delivery["event"]["tag"] == "v1"
    (attempt,) = await dispatcher.log(hook, delivery["id"])
    assert attempt["trigger"] == "replay"
    again = await accepted(dispatcher, hook, "/replay", since=ago(hours=1))
    assert again["count"] == 0
    everything = await accepted(dispatcher, hook, "/replay", since=ago(hours=1), deliveries="all")
    assert everything["count"] == 1
    await endpoint.wait_for(lambda got: sum(r.path == "/hook" for r in got) == 2)


async def test_a_replay_from_the_future_sends_nothing(
    dispatcher: Dispatcher, endpoint: Receiver
) -> None:
    hook = await dispatcher.hook(f"{endpoint.url}/hook")
    await dispatcher.push()
    await dispatcher.delivered(hook, ["succeeded"])
    replayed = await accepted(dispatcher, hook, "/replay", since=ago(hours=-1), deliveries="all")
    assert replayed["count"] == 0


@pytest.mark.parametrize("since", ["yesterday", "2026-01-01T00:00:00", None, 10**40, {}])
async def test_a_replay_since_no_moment_is_refused(
    tmp_path: Path, endpoint: Receiver, since: Any
) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/x.db"
    async with dispatching(url, tmp_path) as dispatcher:
        hook = await dispatcher.hook(endpoint.url)
        answer = await dispatcher.call("POST", hook, "/replay", json={"since": since})
        assert answer.status_code == 422


async def test_a_receiver_catches_up_by_asking(dispatcher: Dispatcher, endpoint: Receiver) -> None:
    hook = await dispatcher.hook(f"{endpoint.url}/hook", include_tags=["v*"])
    pushed = [await dispatcher.push(tag) for tag in ("v1", "latest", "v2", "v3")]
    await dispatcher.delivered(hook, ["succeeded"] * 3)
    await accepted(dispatcher, hook, "/test")
    dispatcher.door.verbs = frozenset({Verb.PULL})
    first = (await dispatcher.call("GET", hook, "/events", params={"limit": 2})).json()
    rest = (
        await dispatcher.call("GET", hook, "/events", params={"after": first["next_cursor"]})
    ).json()
    nothing = (
        await dispatcher.call("GET", hook, "/events", params={"after": rest["next_cursor"]})
    ).json()
    told = [each["id"] for each in first["items"] + rest["items"]]
    assert told == [str(pushed[at].id) for at in (0, 2, 3)]
    assert nothing == {"items": [], "next_cursor": rest["next_cursor"]}
    assert first["items"][0]["data"]["tag"] == "v1"
    unknown = await dispatcher.call("GET", hook, "/events", params={"after": hook["id"]})
    assert unknown.status_code == 404


async def test_other_events_reach_the_endpoint_too(
    dispatcher: Dispatcher, endpoint: Receiver
) -> None:
    hook = await dispatcher.hook(f"{endpoint.url}/hook", events=["repository.updated"])
    await dispatcher.push()
    await dispatcher.publish(
        RepositoryUpdated(
            repository_id=id_of(REPOSITORY),
            repository=REPOSITORY,
            public=True,
            changed=("summary",),
        )
    )
    await dispatcher.delivered(hook, ["succeeded"])
    assert json.loads(endpoint.requests[0].body)["type"] == "repository.updated"
