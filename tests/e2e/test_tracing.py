"""One trace from the registry's notification to the webhook's attempt, at a collector of the tests' own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from boatyard.shared.testing.installation import PASSWORD, Installation
from boatyard.shared.testing.processes import wait_until
from boatyard.shared.testing.pusher import Pusher
from tests.e2e.mailbox import Mailbox

ATTEMPT = "webhook attempt"


class Collector(Mailbox):
    """Takes spans as OpenTelemetry's own collector does (OTLP over HTTP, protobuf)."""

    @property
    def address(self) -> str:
        return self.url.removesuffix("/hook")

    def spans(self) -> list[Span]:
        found: list[Span] = []
        for request in self.requests:
            sent = ExportTraceServiceRequest.FromString(request.body)
            for resource in sent.resource_spans:
                found += [span for scope in resource.scope_spans for span in scope.spans]
        return found

    def trace_of(self, name: str) -> dict[str, Span]:
        """The spans of the trace that has one of this name, by name."""
        spans = self.spans()
        traces = {span.trace_id for span in spans if span.name == name}
        return {span.name: span for span in spans if span.trace_id in traces}


@pytest.fixture
def collector() -> Iterator[Collector]:
    collector = Collector()
    collector.start()
    yield collector
    collector.stop()


def test_a_push_is_one_trace_up_to_the_webhook(
    make_boatyard: Callable[..., Installation], mailbox: Mailbox, collector: Collector
) -> None:
    boatyard = make_boatyard(
        BOATYARD_OTLP_ENDPOINT=collector.address, OTEL_BSP_SCHEDULE_DELAY="100"
    )
    boatyard.start()
    captain = boatyard.sign_up("captain")
    captain.post("/repositories", name="app")
    captain.post("/repositories/captain/app/webhooks", url=mailbox.url)
    asyncio.run(_push(boatyard))
    wait_until(lambda: bool(mailbox.requests), seconds=90, what="the webhook arrives")
    wait_until(lambda: ATTEMPT in collector.trace_of(ATTEMPT), seconds=90, what="it is traced")
    trace = collector.trace_of(ATTEMPT)
    heard, told, sent = (
        trace[name]
        for name in (
            "POST /registry/events",
            "webhook-dispatcher handles evt.tag.pushed.v1",
            ATTEMPT,
        )
    )
    assert "catalog handles evt.tag.pushed.v1" in trace
    assert (heard.parent_span_id, told.parent_span_id, sent.parent_span_id) == (
        b"",
        heard.span_id,
        told.span_id,
    )
    attributes = {each.key: each.value for each in sent.attributes}
    assert attributes["http.response.status_code"].int_value == 200
    assert attributes["boatyard.attempt.number"].int_value == 1


async def _push(boatyard: Installation) -> None:
    async with Pusher(
        f"http://{boatyard.registry}",
        realm=f"{boatyard.url}/registry/token",
        username="captain",
        password=PASSWORD,
    ) as pusher:
        await pusher.prepare("captain/app")
        await pusher.push("captain/app", "v1", text="traced")
