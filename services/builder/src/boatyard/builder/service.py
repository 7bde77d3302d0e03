"""The wiring of builder."""

from __future__ import annotations

from boatyard.builder.db import Inbox, Outbox
from boatyard.builder.settings import BuilderSettings
from boatyard.shared.service import Context, Parts, Service, Tables


def build(context: Context) -> Parts:
    """Put the service together."""
    return Parts(state=context)


SERVICE = Service(
    name="builder",
    settings=BuilderSettings,
    tables=Tables(outbox=Outbox, inbox=Inbox, migrations="boatyard.builder.migrations"),
    routers=(),
    build=build,
)
