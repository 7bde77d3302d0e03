"""GitHub's deliveries at the door: believed or refused, stored before they are answered, never lost."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from boatyard.github_gateway.inbound import store
from boatyard.github_gateway.inbound.models import DeliveryState
from boatyard.shared.events import BuildImage
from boatyard.shared.testing.github import FakeGithub, FakeProject
from boatyard.shared.testing.github.courier import signature_headers
from tests.contract.inbound.github.examples import examples
from tests.integration.github_gateway.harness import (
    Gateway,
    Sender,
    connect,
    set_source,
)


@pytest.fixture
async def anywhere(github: FakeGithub, tmp_path: Path, database_url: str) -> AsyncIterator[Gateway]:
    """A gateway on SQLite, and once more on PostgreSQL."""
    gateway = Gateway(github, tmp_path / "gateway", url=database_url)
    await gateway.start()
    await connect(gateway)
    yield gateway
    await gateway.stop()


@pytest.fixture
async def send(gateway: Gateway) -> AsyncIterator[Sender]:
    sender = Sender(gateway)
    yield sender
    await sender.http.aclose()


async def recorded(gateway: Gateway) -> list[dict[str, Any]]:
    async with gateway.client("root") as root:
        answer = await root.get("/api/v1/github/deliveries?limit=100")
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_a_push_goes_the_whole_way_on_either_database(
    anywhere: Gateway, github: FakeGithub, project: FakeProject
) -> None:
    await set_source(anywhere, project, {"pattern": "*", "versions": "{branch}"})
    for number in range(3):
        before = project.git.refs()
        project.git.commit({"a": str(number)}, branch=f"b{number}")
        github.change(project, before)
    builds = await anywhere.builds(3)
    assert {build.tags for build in builds} == {("b0",), ("b1",), ("b2",)}
    await anywhere.idle()
    assert {it["state"] for it in await recorded(anywhere)} == {"done"}


async def test_every_example_of_octokit_is_accepted_and_recorded(anywhere: Gateway) -> None:
    send = Sender(anywhere)
    for start in range(0, len(examples()), 16):
        batch = examples()[start : start + 16]
        answers = await asyncio.gather(*(send(it.payload, event=it.event) for it in batch))
        assert {answer.status_code for answer in answers} <= {200, 202}
    await send.http.aclose()
    await anywhere.idle()
    async with anywhere.state.database.reading() as session:
        rows = await store.listed(session, event=None, state=None, before=None, limit=5000)
    assert len(rows) == len(examples())
    assert {row.state for row in rows} == {DeliveryState.DONE, DeliveryState.IGNORED}
    assert all(row.reason for row in rows)


async def test_a_form_is_taken_as_well_as_json(gateway: Gateway, send: Sender) -> None:
    ping = json.dumps({"zen": "Keep it logically awesome.", "hook_id": 1})
    form = urlencode({"payload": ping}).encode()
    answer = await send(
        event="ping", raw=form, Content_Type="application/x-www-form-urlencoded; charset=utf-8"
    )
    assert (answer.status_code, answer.json()) == (200, {"status": "pong"})


async def test_without_a_secret_nothing_is_believed(github: FakeGithub, tmp_path: Path) -> None:
    gateway = Gateway(github, tmp_path / "gateway")
    await gateway.start()
    try:
        body = b"{}"
        async with gateway.client(None) as http:
            for secret in ("", "anything"):
                signed = signature_headers(body, secret) or {"X-Hub-Signature-256": "sha256="}
                headers = {**signed, "X-GitHub-Event": "push", "X-GitHub-Delivery": "g"}
                answer = await http.post("/github/events", content=body, headers=headers)
                assert answer.status_code == 401
    finally:
        await gateway.stop()


async def test_the_same_content_under_another_guid_is_a_replay(
    gateway: Gateway, send: Sender, github: FakeGithub, project: FakeProject
) -> None:
    await set_source(gateway, project, {})
    before = project.git.refs()
    project.git.commit({"a": "b"})
    github.change(project, before)
    await gateway.builds(1)
    await gateway.idle()
    (push,) = [it for it in github.courier.attempts if it.event == "push"]
    body = json.dumps(push.payload, separators=(",", ":")).encode()
    answer = await send(raw=body)
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:boatyard:problem:replayed")
    await gateway.idle()
    assert len(gateway.sent(BuildImage)) == 1


async def test_payloads_of_another_shape_are_recorded_and_harm_nothing(
    gateway: Gateway, send: Sender
) -> None:
    payloads: list[dict[str, Any]] = [
        {},
        {"ref": 1, "repository": {"name": "boat"}},
        {"ref": "refs/heads/main", "repository": {"id": "x" * 400}},
        {"repository": {"id": 2**70}, "ref": "refs/heads/main"},
        {"ref": "refs/heads/a\x00b", "before": "0", "repository": None},
    ]
    for payload in payloads:
        assert (await send(payload)).status_code == 202
    await gateway.idle()
    rows = await recorded(gateway)
    assert {row["state"] for row in rows} == {"ignored"}
    odd, *others = [row["reason"] for row in rows]
    assert odd == r"'refs/heads/a\x00b' is neither a branch nor a tag."
    assert all("documented shape" in reason for reason in others)


async def test_a_body_may_have_what_github_sends_at_most(gateway: Gateway, send: Sender) -> None:
    large = json.dumps({"pad": "x" * (2 * 1024 * 1024)}).encode()
    assert (await send(event="star", raw=large)).status_code == 200


async def test_a_delivery_that_failed_here_is_tried_again_when_it_comes_again(
    gateway: Gateway, send: Sender
) -> None:
    guid, payload = str(uuid4()), {"zen": "Half measures are as bad as nothing at all."}
    await send(payload, event="ping", guid=guid)
    await gateway.idle()
    async with gateway.state.database.unit_of_work() as uow:
        row = await store.read(uow.session, guid)
        assert row is not None
        row.state = DeliveryState.FAILED
        uow.session.add(row)
    again = await send(payload, event="ping", guid=guid)
    assert (again.status_code, again.json()) == (202, {"status": "again"})
    await gateway.idle()
    after = await send(payload, event="ping", guid=guid)
    assert (after.status_code, after.json()) == (200, {"status": "duplicate"})


async def test_many_deliveries_at_once_are_all_stored(anywhere: Gateway) -> None:
    send = Sender(anywhere)
    answers = await asyncio.gather(
        *(send({"zen": str(number)}, event="ping") for number in range(60))
    )
    twice = [str(uuid4())] * 2
    same = await asyncio.gather(*(send({"zen": "twice"}, event="star", guid=it) for it in twice))
    await send.http.aclose()
    assert {answer.status_code for answer in answers} == {200}
    assert sorted(answer.json()["status"] for answer in same) == ["duplicate", "ignored"]
    async with anywhere.state.database.reading() as session:
        rows = await store.listed(session, event="ping", state=None, before=None, limit=500)
    assert len(rows) == 60
