"""docs/reference/metrics.md: every number at /metrics, from the classes that keep them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.metrics import MetricWrapperBase

from boatyard.builder.metrics import BuildMetrics
from boatyard.registry_notifier.metrics import Metrics as NotifierMetrics
from boatyard.shared.metrics import ProcessMetrics
from boatyard.webhook_dispatcher.metrics import Metrics as DispatcherMetrics

HEAD = """# Metrics

What `/metrics` of a service tells, for Prometheus. The embedded installation tells all of it at one
address. A counter's name ends in `_total`, a histogram has `_bucket`, `_sum` and `_count`. Besides there are
the numbers of the process itself (`process_…`: processor time, memory, open files).

Written by `make docs` from the code.
"""
KEEPERS: tuple[tuple[str, Callable[[CollectorRegistry], object]], ...] = (
    ("Every service", ProcessMetrics),
    ("registry-notifier", NotifierMetrics),
    ("webhook-dispatcher", DispatcherMetrics),
    ("builder", BuildMetrics),
)


def render() -> str:
    """The text of the document."""
    return HEAD + "".join(_section(title, keeper) for title, keeper in KEEPERS)


def _section(title: str, keeper: Callable[[CollectorRegistry], object]) -> str:
    registry = CollectorRegistry()
    keeper(registry)
    rows = "\n".join(_rows(registry))
    return (
        f"\n## {title}\n\n| metric | type | labels | what it tells |\n|---|---|---|---|\n{rows}\n"
    )


def _rows(registry: CollectorRegistry) -> Iterator[str]:
    # There is no public way to the names of the labels before there is a value.
    for collector in dict.fromkeys(registry._names_to_collectors.values()):
        assert isinstance(collector, MetricWrapperBase)  # noqa: S101 - all of ours are
        described = next(iter(collector.describe()))
        name = f"{described.name}_total" if described.type == "counter" else described.name
        labels = ", ".join(f"`{label}`" for label in collector._labelnames) or "-"
        yield f"| `{name}` | {described.type} | {labels} | {described.documentation} |"
