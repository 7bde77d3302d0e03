"""Which services there are."""

from __future__ import annotations

from boatyard.builder.service import SERVICE as BUILDER
from boatyard.catalog.service import SERVICE as CATALOG
from boatyard.github_gateway.service import SERVICE as GITHUB_GATEWAY
from boatyard.registry_notifier.service import SERVICE as REGISTRY_NOTIFIER
from boatyard.shared.service import Service
from boatyard.webhook_dispatcher.service import SERVICE as WEBHOOK_DISPATCHER

SERVICES: tuple[Service, ...] = (
    CATALOG,
    REGISTRY_NOTIFIER,
    WEBHOOK_DISPATCHER,
    GITHUB_GATEWAY,
    BUILDER,
)
"""Every service, catalog first: it decides who may do what."""
