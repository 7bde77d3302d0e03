"""Which services there are."""

from __future__ import annotations

from boatyard.catalog.service import SERVICE as CATALOG
from boatyard.registry_notifier.service import SERVICE as REGISTRY_NOTIFIER
from boatyard.webhook_dispatcher.service import SERVICE as WEBHOOK_DISPATCHER

from boatyard.builder.service import SERVICE as BUILDER
from boatyard.github_gateway.service import SERVICE as GITHUB_GATEWAY
from boatyard.shared.service import Service

SERVICES: tuple[Service, ...] = (
    CATALOG,
    REGISTRY_NOTIFIER,
    WEBHOOK_DISPATCHER,
    GITHUB_GATEWAY,
    BUILDER,
)
"""Every service, catalog first: it decides who may do what."""
