"""How a trace travels, and that nothing does where nobody records it."""

from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

from boatyard.shared import tracing


def test_without_a_parent_nothing_is_recorded() -> None:
    with tracing.continued(None, "work") as span:
        assert not span.is_recording()
        assert tracing.current() is None
        assert tracing.ids() == {}


def test_a_span_goes_on_under_the_text_that_it_was_given() -> None:
    provider = TracerProvider()
    with trace.use_span(provider.get_tracer("t").start_span("request"), end_on_exit=True) as parent:
        text = tracing.current()
        assert text is not None
        context = parent.get_span_context()
        assert (
            text == f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"
        )
        assert tracing.ids()["trace_id"] == f"{context.trace_id:032x}"
