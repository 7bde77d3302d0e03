"""Traces: what a notification or a request sets off, through all services, as a tree of spans (OpenTelemetry).

Off unless the operator says where traces go. The context travels as text (`traceparent`, W3C Trace Context,
section 3.2): in the field `trace` of every message, and in a column where a message becomes a row that waits.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import INVALID_SPAN, Span, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_HEADER = "traceparent"
_PROPAGATOR = TraceContextTextMapPropagator()
_TRACER = trace.get_tracer("boatyard")
QUIET_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})
"""Asked every few seconds, and of no interest to anybody who looks for a trace."""


def set_up_tracing(endpoint: str, *, service: str) -> None:
    """Send spans to a collector (OTLP over HTTP) from now on, in the name of a service; nothing without one.

    What else OpenTelemetry can be told, such as a sampler or headers, it reads from its own variables `OTEL_…`.
    """
    if not endpoint:
        return
    # Loaded here, since nobody else needs it.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import Span as WritableSpan
    from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    class Discreet(SpanProcessor):
        """Leaves out the queries of requests: GitHub's codes are in some, and are as good as passwords."""

        def on_start(self, span: WritableSpan, parent_context: Context | None = None) -> None:
            if "url.query" in (span.attributes or {}):
                span.set_attribute("url.query", "REDACTED")

    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    provider.add_span_processor(Discreet())
    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)


def current() -> str | None:
    """The span that we are in, as it travels; None if nobody records it."""
    context = trace.get_current_span().get_span_context()
    if not (context.is_valid and context.trace_flags.sampled):
        return None
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


def ids() -> dict[str, str]:
    """The ids of the span that we are in, for the log."""
    context = trace.get_current_span().get_span_context()
    if not context.is_valid:
        return {}
    return {"trace_id": f"{context.trace_id:032x}", "span_id": f"{context.span_id:016x}"}


@contextmanager
def continued(
    parent: str | None, name: str, *, kind: SpanKind = SpanKind.INTERNAL, **attributes: Any
) -> Iterator[Span]:
    """A span under one that another process or moment began. Without a parent nothing is recorded.

    Two underscores in the name of an attribute stand for a dot.
    """
    if parent is None:
        yield INVALID_SPAN
        return
    with _TRACER.start_as_current_span(
        name,
        context=_PROPAGATOR.extract({_HEADER: parent}),
        kind=kind,
        attributes={key.replace("__", "."): value for key, value in attributes.items()},
    ) as span:
        yield span


@contextmanager
def step(name: str) -> Iterator[None]:
    """A part of the span that we are in, if there is one."""
    if current() is None:
        yield
        return
    with _TRACER.start_as_current_span(name):
        yield


def failed(span: Span, why: str) -> None:
    """Note that what a span is about did not work."""
    span.set_attribute("error.type", why)
    span.set_status(StatusCode.ERROR)


def is_quiet(scope: MutableMapping[str, Any]) -> bool:
    """Whether a request is none that FastAPI should record."""
    return scope.get("path") in QUIET_PATHS
