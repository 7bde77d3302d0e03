"""The wiring of webhook-dispatcher."""

from __future__ import annotations

import datetime as dt
import os
import socket
from dataclasses import replace

from boatyard.shared.events import RecordAction, WebhookDisabled
from boatyard.shared.service import Context, Parts, Service, Tables, Task
from boatyard.webhook_dispatcher.api import routers
from boatyard.webhook_dispatcher.consumers import consumer
from boatyard.webhook_dispatcher.db import Inbox, Outbox
from boatyard.webhook_dispatcher.dependencies import SERVICE_NAME, DispatcherState
from boatyard.webhook_dispatcher.engine import Engine
from boatyard.webhook_dispatcher.formats import Links
from boatyard.webhook_dispatcher.metrics import Metrics
from boatyard.webhook_dispatcher.recorder import Recorder, Rules
from boatyard.webhook_dispatcher.schedule import Ladder
from boatyard.webhook_dispatcher.sender import AiohttpSender, Limits, Sender
from boatyard.webhook_dispatcher.settings import WebhookDispatcherSettings
from boatyard.webhook_dispatcher.tasks import tasks
from boatyard.webhook_dispatcher.vault import Vault


def build(context: Context) -> Parts:
    """Put the service together, with a sender over the network."""
    settings: WebhookDispatcherSettings = context.settings
    limits = Limits(deadline=settings.deadline_seconds, connect=settings.connect_seconds)
    sender = AiohttpSender(settings.egress, limits=limits)
    return replace(assemble(context, sender), on_stop=[sender.close])


def assemble(context: Context, sender: Sender) -> Parts:
    """Put the service together, with a sender that somebody else opened and closes."""
    settings: WebhookDispatcherSettings = context.settings
    vault = Vault.open(settings.secrets_key.get_secret_value(), settings.data_dir / "keys")
    links = Links(public_url=settings.public_url, registry_host=settings.registry_host)
    metrics = Metrics(context.metrics)
    rules = Rules(
        links=links,
        lease=dt.timedelta(seconds=settings.lease_seconds),
        disable_after=dt.timedelta(days=settings.disable_after_days),
        scale=settings.ladder_scale,
        worker=f"{socket.gethostname()}:{os.getpid()}"[:64],
    )
    engine = Engine(
        database=context.database,
        clock=context.clock,
        sender=sender,
        recorder=Recorder(context.database, vault, context.clock, rules),
        ladder=Ladder(scale=settings.ladder_scale),
        metrics=metrics,
        slots=settings.concurrency,
        poll_seconds=settings.poll_seconds,
        recover_seconds=min(5.0, settings.lease_seconds / 4),
        overdue_seconds=settings.overdue_seconds,
    )
    state = DispatcherState(
        settings=settings,
        database=context.database,
        clock=context.clock,
        vault=vault,
        links=links,
        engine=engine,
        metrics=metrics,
    )
    return Parts(
        state=state,
        consumers=[consumer(state)],
        tasks=[Task("webhook-dispatcher deliveries", engine.run), *tasks(state)],
        problems=engine.problems,
    )


SERVICE = Service(
    name=SERVICE_NAME,
    settings=WebhookDispatcherSettings,
    tables=Tables(outbox=Outbox, inbox=Inbox, migrations="boatyard.webhook_dispatcher.migrations"),
    routers=routers,
    publishes=(WebhookDisabled, RecordAction),
    build=build,
)
