"""The wiring of registry-notifier."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from boatyard.registry_notifier.api import router
from boatyard.registry_notifier.db import Inbox, Outbox
from boatyard.registry_notifier.dependencies import SERVICE_NAME, State
from boatyard.registry_notifier.doubts import Doubts
from boatyard.registry_notifier.envelope import EVENTS_PATH, MAX_ENVELOPE
from boatyard.registry_notifier.metrics import Metrics
from boatyard.registry_notifier.settings import RegistryNotifierSettings
from boatyard.registry_notifier.sweeper import Sweeper
from boatyard.registry_notifier.tasks import Forgetting, RegistryWatch, SweepSchedule
from boatyard.shared.events import ManifestPulled, RecordAction, TagDeleted, TagPushed
from boatyard.shared.registry import Registry
from boatyard.shared.registry.client import RegistryClient
from boatyard.shared.registry.tokens import BusTokens
from boatyard.shared.service import Context, Parts, Service, Tables, Task


def build(context: Context) -> Parts:
    """Put the service together, with the registry at the configured address."""
    registry = RegistryClient(context.settings.registry_url, BusTokens(context.bus))
    parts = assemble(context, registry)
    return replace(parts, on_stop=[registry.close])


def assemble(context: Context, registry: Registry) -> Parts:
    """Put the service together, with a registry that somebody else opened and closes."""
    settings: RegistryNotifierSettings = context.settings
    database, clock = context.database, context.clock
    metrics = Metrics(context.metrics)
    sweeper = Sweeper(
        registry=registry,
        database=database,
        clock=clock,
        quiet=dt.timedelta(seconds=settings.quiet_seconds),
    )
    schedule = SweepSchedule(
        sweeper=sweeper,
        database=database,
        clock=clock,
        metrics=metrics,
        every=dt.timedelta(seconds=settings.sweep_seconds),
    )
    watch = RegistryWatch(
        registry=registry,
        schedule=schedule,
        metrics=metrics,
        seconds=settings.registry_poll_seconds,
    )
    doubts = Doubts(sweeper, metrics=metrics)
    state = State(
        secret=settings.notification_secret.get_secret_value(),
        database=database,
        clock=clock,
        metrics=metrics,
        doubts=doubts,
        wake=schedule.wake,
    )
    forgetting = Forgetting(database=database, clock=clock)
    return Parts(
        state=state,
        tasks=[
            Task("registry sweep", schedule.run),
            Task("registry watch", watch.run),
            Task("registry doubts", doubts.run),
            Task("registry-notifier forgets", forgetting.run),
        ],
    )


SERVICE = Service(
    name=SERVICE_NAME,
    settings=RegistryNotifierSettings,
    tables=Tables(outbox=Outbox, inbox=Inbox, migrations="boatyard.registry_notifier.migrations"),
    routers=(router,),
    body_limits={EVENTS_PATH: MAX_ENVELOPE},
    publishes=(TagPushed, TagDeleted, ManifestPulled, RecordAction),
    build=build,
)
