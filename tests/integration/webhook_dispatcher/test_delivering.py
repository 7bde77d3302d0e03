"""From an event to the endpoint, on real parts, on SQLite and on PostgreSQL."""

from __future__ import annotations

import json
from pathlib import Path

from boatyard.shared.events import RepositoryUpdated
from boatyard.shared.testing.receiver import Receiver, Reply
from tests.integration.webhook_dispatcher.kit import REPOSITORY, dispatching, id_of


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


async def test_formats_that_tell_the_visibility_follow_the_repository(
    database_url: str, tmp_path: Path
) -> None:
    async with Receiver() as endpoint, dispatching(database_url, tmp_path) as dispatcher:
        hook = await dispatcher.hook(f"{endpoint.url}/hub", format="dockerhub")
        await dispatcher.push("v1")
        await dispatcher.delivered(hook, ["succeeded"])
        await dispatcher.publish(
            RepositoryUpdated(
                repository_id=id_of(REPOSITORY),
                repository=REPOSITORY,
                public=False,
                changed=("public",),
            )
        )
        await dispatcher.push("v2")
        await dispatcher.delivered(hook, ["succeeded", "succeeded"])
    told = [json.loads(request.body)["repository"]["is_private"] for request in endpoint.requests]
    assert told == [False, True]
