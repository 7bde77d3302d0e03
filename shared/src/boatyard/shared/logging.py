"""Logs: one event a line, a stable lower-case name and its values, as JSON or for a person's eyes."""

from __future__ import annotations

import logging
import sys

import structlog
from structlog.typing import EventDict

from boatyard.shared import tracing


def set_up_logging(*, level: str = "info", format: str = "json") -> None:
    """Send everything, the libraries' own messages too, to standard error in one format."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        _add_trace,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.getLevelNamesMapping().get(level.upper(), logging.INFO))
    for noisy in ("httpx", "httpcore", "uvicorn.access", "nats", "aiosqlite", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _add_trace(_logger: object, _method: str, event: EventDict) -> EventDict:
    return {**event, **tracing.ids()}


def get_logger(name: str) -> structlog.typing.FilteringBoundLogger:
    """A logger whose lines carry `service=name`."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger(service=name)
    return logger
