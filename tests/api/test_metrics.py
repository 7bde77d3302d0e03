"""What `/metrics` tells of requests and messages."""

from __future__ import annotations

import pytest
from prometheus_client.parser import text_string_to_metric_families

from boatyard.shared.metrics import UNROUTED
from tests.api.people import Scene
from tests.api.yard import Yard, ok, until

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def value(yard: Yard, sample: str, **labels: str) -> float:
    answer = await yard.client().get("/metrics")
    families = text_string_to_metric_families(answer.text)
    return sum(
        each.value
        for family in families
        for each in family.samples
        if each.name == sample and labels.items() <= each.labels.items()
    )


async def test_requests_are_counted_by_route_and_never_by_what_was_typed(
    scene: Scene, yard: Yard
) -> None:
    counted = "boatyard_http_request_seconds_count"
    route = "/api/v1/repositories/{namespace}/{name}"
    before = await value(yard, counted, route=route, status="200")
    await ok(scene.admin.get("/api/v1/repositories/team/app"))
    await scene.admin.get("/nothing/like-this")
    assert await value(yard, counted, route=route, status="200") == before + 1
    assert await value(yard, counted, route=UNROUTED, status="404") >= 1
    assert "like-this" not in (await yard.client().get("/metrics")).text


async def test_messages_are_counted_by_consumer_on_both_sides(scene: Scene, yard: Yard) -> None:
    handled, sent = "boatyard_messages_handled_total", "boatyard_outbox_sent_total"
    subject, outcome = "cmd.audit.record.v1", "handled"

    async def counts() -> tuple[float, float]:
        return (
            await value(yard, handled, consumer="catalog-audit", subject=subject, outcome=outcome),
            await value(yard, sent, service="catalog"),
        )

    before = await counts()
    await ok(scene.admin.patch("/api/v1/repositories/team/app", json={"summary": "counted"}))

    async def both_grew() -> bool:
        now = await counts()
        return now[0] > before[0] and now[1] > before[1]

    await until(both_grew)
    assert await value(yard, "boatyard_message_age_seconds_count", consumer="catalog-audit") > 0
