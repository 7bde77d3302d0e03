"""The wiring of github-gateway."""

from __future__ import annotations

from boatyard.github_gateway.db import Inbox, Outbox
from boatyard.github_gateway.settings import GithubGatewaySettings
from boatyard.shared.service import Context, Parts, Service, Tables


def build(context: Context) -> Parts:
    """Put the service together."""
    return Parts(state=context)


SERVICE = Service(
    name="github-gateway",
    settings=GithubGatewaySettings,
    tables=Tables(outbox=Outbox, inbox=Inbox, migrations="boatyard.github_gateway.migrations"),
    routers=(),
    build=build,
)
