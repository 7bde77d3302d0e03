"""The wiring of builder."""

from __future__ import annotations

from boatyard.builder.actions import Queue
from boatyard.builder.api import router as builds
from boatyard.builder.consumers import consumers
from boatyard.builder.db import Inbox, Outbox
from boatyard.builder.dependencies import BuilderState
from boatyard.builder.engine_choice import engine_host
from boatyard.builder.git import GitLimits, GitSource
from boatyard.builder.log_api import router as logs
from boatyard.builder.logs import LogStore
from boatyard.builder.metrics import BuildMetrics
from boatyard.builder.remotes import Remotes
from boatyard.builder.settings import BuilderSettings
from boatyard.builder.tasks import tasks
from boatyard.shared.events import (
    BuildFinished,
    BuildLogChunk,
    BuildQueued,
    BuildStarted,
    RecordAction,
)
from boatyard.shared.service import Context, Parts, Service, Tables

MIB = 1024 * 1024


def build(context: Context) -> Parts:
    """Put the service together."""
    settings: BuilderSettings = context.settings
    limits = GitLimits(seconds=settings.fetch_seconds, bytes=settings.source_limit_mib * MIB)
    remotes = Remotes(policy=settings.fetch_policy, http_hosts=settings.plain_http_hosts)
    state = BuilderState(
        settings=settings,
        database=context.database,
        bus=context.bus,
        clock=context.clock,
        queue=Queue(),
        logs=LogStore(settings.logs_folder, limit=settings.log_limit_mib * MIB),
        engines=engine_host(settings),
        source=GitSource(limits=limits, remotes=remotes),
        metrics=BuildMetrics(context.metrics),
    )
    return assemble(state)


def assemble(state: BuilderState) -> Parts:
    """The parts that work on a state."""

    def notes() -> dict[str, str]:
        note = state.engines.note
        return {"build engine": note} if note else {}

    return Parts(
        state=state,
        notes=notes,
        consumers=consumers(state),
        tasks=tasks(state),
        on_stop=[state.engines.close],
    )


SERVICE = Service(
    name="builder",
    settings=BuilderSettings,
    tables=Tables(outbox=Outbox, inbox=Inbox, migrations="boatyard.builder.migrations"),
    routers=(builds, logs),
    publishes=(BuildQueued, BuildStarted, BuildFinished, BuildLogChunk, RecordAction),
    build=build,
)
