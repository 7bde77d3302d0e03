"""What people and endpoints decide counts from the next attempt on."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook

from boatyard.shared.events import RepositoryDeleted, WebhookDisabled
from boatyard.shared.testing.bus import Collector, consuming
from boatyard.shared.testing.receiver import Receiver, Reply
from tests.integration.webhook_dispatcher.kit import (
    REPOSITORY,
    Dispatcher,
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


async def tried(dispatcher: Dispatcher, hook: dict[str, Any], status: int) -> dict[str, Any]:
    """Wait until a webhook's one delivery was tried and answered so."""

    async def answered() -> Any:
        found = await dispatcher.deliveries(hook)
        return found[0] if found and found[0]["last_status"] == status else None

    delivery: dict[str, Any] = await eventually(answered)
    return delivery


async def test_a_paused_webhook_keeps_its_deliveries_until_it_is_resumed(
    dispatcher: Dispatcher, endpoint: Receiver
) -> None:
    hook = await dispatcher.hook(f"{endpoint.url}/hook")
    await dispatcher.call("PATCH", hook, json={"state": "paused"})
    other = await dispatcher.hook(f"{endpoint.url}/other")
    for _ in range(3):
        await dispatcher.push()
    await dispatcher.delivered(other, ["succeeded"] * 3)
    await dispatcher.delivered(hook, ["pending"] * 3)
    assert all(request.path == "/other" for request in endpoint.requests)
    resumed = await dispatcher.call("PATCH", hook, json={"state": "active"})
    assert resumed.json()["state"] == "active"
    await dispatcher.delivered(hook, ["succeeded"] * 3)


async def test_what_waits_goes_to_the_new_address(
    database_url: str, tmp_path: Path, endpoint: Receiver
) -> None:
    endpoint.then(Reply(500))
    async with dispatching(database_url, tmp_path, ladder_scale=100) as dispatcher:
        hook = await dispatcher.hook(f"{endpoint.url}/old")
        await dispatcher.push()
        delivery = await tried(dispatcher, hook, 500)
        await dispatcher.call("PATCH", hook, json={"url": f"{endpoint.url}/new"})
        await dispatcher.call("POST", hook, f"/deliveries/{delivery['id']}/redeliver")
        await dispatcher.delivered(hook, ["succeeded"])
    assert [request.path for request in endpoint.requests] == ["/old", "/new"]


async def test_nothing_goes_to_a_deleted_webhook(
    dispatcher: Dispatcher, endpoint: Receiver
) -> None:
    endpoint.then(Reply(500))
    hook = await dispatcher.hook(f"{endpoint.url}/gone")
    await dispatcher.push()
    await endpoint.wait_for(1)
    assert (await dispatcher.call("DELETE", hook)).status_code == 204
    sent = len(endpoint.requests)
    other = await dispatcher.hook(f"{endpoint.url}/other")
    await dispatcher.push()
    await dispatcher.delivered(other, ["succeeded"])
    late = [request for request in endpoint.requests[sent:] if request.path == "/gone"]
    assert len(late) <= 1, "only an attempt that had begun may still arrive"


async def test_an_endpoint_that_is_gone_is_disabled_announced_and_enabled_in_one_call(
    dispatcher: Dispatcher, endpoint: Receiver
) -> None:
    endpoint.then(Reply(410))
    collector = Collector()
    async with consuming(dispatcher.bus, collector, WebhookDisabled):
        hook = await dispatcher.hook(f"{endpoint.url}/hook")
        await dispatcher.push()
        await dispatcher.delivered(hook, ["exhausted"])
        read = (await dispatcher.call("GET", hook)).json()
        await collector.wait_for(lambda: collector.total == 1)
    assert (read["state"], read["disabled_reason"]) == ("disabled", "gone")
    await dispatcher.push("missed")
    missed, _ = await dispatcher.delivered(hook, ["skipped", "exhausted"])
    enabled = (await dispatcher.call("POST", hook, "/enable")).json()
    assert (enabled["state"], enabled["disabled_reason"]) == ("active", None)
    await dispatcher.call("POST", hook, "/replay", json={"since": missed["created_at"]})
    await dispatcher.delivered(hook, ["succeeded", "exhausted"])


async def test_a_disabled_webhook_can_not_be_paused(
    dispatcher: Dispatcher, endpoint: Receiver
) -> None:
    endpoint.then(Reply(410))
    hook = await dispatcher.hook(f"{endpoint.url}/hook")
    await dispatcher.push()
    await dispatcher.delivered(hook, ["exhausted"])
    answer = await dispatcher.call("PATCH", hook, json={"state": "paused"})
    assert answer.status_code == 409


async def test_after_a_rotation_both_secrets_verify_until_the_grace_period_ends(
    dispatcher: Dispatcher, endpoint: Receiver
) -> None:
    hook = await dispatcher.hook(f"{endpoint.url}/hook")
    rotated = (await dispatcher.call("POST", hook, "/rotate-secret", json={})).json()
    await dispatcher.push()
    (request,) = await endpoint.wait_for(1)
    for secret in (hook["secret"], rotated["secret"]):
        Webhook(secret).verify(request.body, dict(request.headers))
    await dispatcher.call("POST", hook, "/rotate-secret", json={"grace_hours": 0})
    await dispatcher.push()
    _, request = await endpoint.wait_for(2)
    assert len(request.headers["webhook-signature"].split(" ")) == 2


async def test_an_ordered_webhook_hears_of_one_event_after_the_other(
    dispatcher: Dispatcher, endpoint: Receiver
) -> None:
    endpoint.then(Reply(500), Reply(500, after=0.1))
    hook = await dispatcher.hook(f"{endpoint.url}/hook", ordered=True)
    for tag in ("v1", "v2", "v3"):
        await dispatcher.push(tag)
    await dispatcher.delivered(hook, ["succeeded"] * 3)
    tags = [json.loads(request.body)["data"]["tag"] for request in endpoint.requests]
    assert tags == ["v1", "v1", "v1", "v2", "v3"]


async def test_an_outage_holds_deliveries_without_using_up_their_attempts(
    database_url: str, tmp_path: Path, endpoint: Receiver
) -> None:
    endpoint.always(Reply(500))
    async with dispatching(database_url, tmp_path, ladder_scale=0.005) as dispatcher:
        hook = await dispatcher.hook(f"{endpoint.url}/hook")
        for _ in range(12):
            await dispatcher.push()

        async def opened() -> bool:
            health = (await dispatcher.call("GET", hook)).json()["health"]
            return bool(health["breaker"] != "closed")

        await eventually(opened)
        endpoint.always(Reply(200))
        deliveries = await dispatcher.delivered(hook, ["succeeded"] * 12)
        triggers = [
            attempt["trigger"]
            for delivery in deliveries
            for attempt in await dispatcher.log(hook, delivery["id"])
        ]
        health = (await dispatcher.call("GET", hook)).json()["health"]
    assert "probe" in triggers
    assert max(delivery["attempt_count"] for delivery in deliveries) < 8
    assert (health["breaker"], health["fail_streak"]) == ("closed", 0)


async def test_endpoints_that_hang_delay_nobody_else(
    database_url: str, tmp_path: Path, endpoint: Receiver
) -> None:
    async with (
        Receiver() as hanging,
        dispatching(
            database_url, tmp_path, concurrency=8, lease_seconds=300, deadline_seconds=100
        ) as dispatcher,
    ):
        hanging.always(Reply(after=90))
        for _ in range(4):
            await dispatcher.hook(f"{hanging.url}/hook")
        for _ in range(4):
            await dispatcher.push()
        await hanging.wait_for(6)
        healthy = await dispatcher.hook(f"{endpoint.url}/hook")
        for _ in range(20):
            await dispatcher.push()
        await dispatcher.delivered(healthy, ["succeeded"] * 20, seconds=60)
        await dispatcher.crash()


async def test_webhooks_of_a_deleted_repository_are_told_and_then_hear_nothing_more(
    dispatcher: Dispatcher, endpoint: Receiver
) -> None:
    hook = await dispatcher.hook(f"{endpoint.url}/hook")
    deleted = RepositoryDeleted(repository_id=id_of(REPOSITORY), repository=REPOSITORY)
    await dispatcher.publish(deleted)
    await endpoint.wait_for(1)
    assert json.loads(endpoint.requests[0].body)["type"] == "repository.deleted"
    await eventually(lambda: _is_gone(dispatcher, hook))
    again = await dispatcher.hook(f"{endpoint.url}/again")
    await dispatcher.push()
    await dispatcher.delivered(again, ["succeeded"])
    assert [request.path for request in endpoint.requests] == ["/hook", "/again"]


async def _is_gone(dispatcher: Dispatcher, hook: dict[str, Any]) -> bool:
    return (await dispatcher.call("GET", hook)).status_code == 404
