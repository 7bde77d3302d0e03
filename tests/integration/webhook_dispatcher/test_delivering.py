"""From an event to the endpoint, on real parts, on SQLite and on PostgreSQL."""

from __future__ import annotations

from pathlib import Path

from boatyard.shared.testing.receiver import Receiver, Reply
from tests.integration.webhook_dispatcher.kit import dispatching


async def test_a_push_reaches_the_endpoint_and_is_recorded(
    database_url: str, tmp_path: Path
) -> None:
    async with Receiver() as endpoint, dispatching(database_url, tmp_path) as dispatcher:
        hook = await dispatcher.hook(f"{endpoint.url}/hook")
        event = await dispatcher.push("v1")
        (request,) = await endpoint.wait_for(1)
        (delivery,) = await dispatcher.delivered(hook, ["succeeded"])
        (attempt,) = await dispatcher.log(hook, delivery["id"])
    assert request.headers["webhook-id"] == str(event.id)
    assert attempt["outcome"] == "ok"
    assert attempt["response"]["status"] == 200
    assert attempt["peer_ip"] == "127.0.0.1"
    assert attempt["request"]["body"]["text"].encode() == request.body


async def test_a_failed_attempt_is_made_again_under_the_same_id(
    database_url: str, tmp_path: Path
) -> None:
    async with Receiver() as endpoint, dispatching(database_url, tmp_path) as dispatcher:
        endpoint.then(Reply(500), Reply(500))
        hook = await dispatcher.hook(f"{endpoint.url}/hook")
        await dispatcher.push()
        requests = await endpoint.wait_for(3)
        (delivery,) = await dispatcher.delivered(hook, ["succeeded"])
        log = await dispatcher.log(hook, delivery["id"])
    assert len({request.headers["webhook-id"] for request in requests}) == 1
    assert [attempt["outcome"] for attempt in log] == ["ok", "http_error", "http_error"]
