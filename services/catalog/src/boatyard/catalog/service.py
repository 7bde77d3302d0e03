"""The wiring of catalog."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from boatyard.catalog.access.doorkeeper import CatalogDoorkeeper
from boatyard.catalog.accounts.api import router as accounts
from boatyard.catalog.accounts.passwords import Argon2, Passwords
from boatyard.catalog.accounts.tasks import tasks as account_tasks
from boatyard.catalog.activity.api import router as activity
from boatyard.catalog.audit.api import router as audit
from boatyard.catalog.audit.consumers import consumer as audit_consumer
from boatyard.catalog.audit.tasks import tasks as audit_tasks
from boatyard.catalog.db import Inbox, Outbox
from boatyard.catalog.dependencies import CatalogState
from boatyard.catalog.health.api import router as health
from boatyard.catalog.organizations.api import router as organizations
from boatyard.catalog.quotas.api import router as quotas
from boatyard.catalog.registry_auth import actions as registry_auth
from boatyard.catalog.registry_auth.api import router as registry_tokens
from boatyard.catalog.registry_auth.keys import KeyRing
from boatyard.catalog.repositories.api import router as repositories
from boatyard.catalog.repositories.tasks import tasks as repository_tasks
from boatyard.catalog.settings import CatalogSettings
from boatyard.catalog.tags.api import router as tags
from boatyard.catalog.tags.consumers import consumer
from boatyard.catalog.tags.tasks import tasks as tag_tasks
from boatyard.catalog.tags.waiting import Arrivals
from boatyard.catalog.tokens.api import router as tokens
from boatyard.shared.bus import responder
from boatyard.shared.events import (
    AskAccess,
    AskRegistryToken,
    RecordAction,
    RegistryToken,
    RepositoryCreated,
    RepositoryDeleted,
    RepositoryUpdated,
)
from boatyard.shared.registry import Registry
from boatyard.shared.registry.client import RegistryClient
from boatyard.shared.registry.tokens import BusTokens
from boatyard.shared.service import Context, Parts, Service, Tables


def build(context: Context) -> Parts:
    """Put the service together with the real registry."""
    settings: CatalogSettings = context.settings
    registry = RegistryClient(settings.registry_url, BusTokens(context.bus))
    return assemble(context, registry=registry, on_stop=[registry.close])


def assemble(
    context: Context, *, registry: Registry, on_stop: Sequence[Callable[[], Awaitable[None]]] = ()
) -> Parts:
    """Put the service together with a registry."""
    settings: CatalogSettings = context.settings
    state = CatalogState(
        settings=settings,
        database=context.database,
        bus=context.bus,
        clock=context.clock,
        registry=registry,
        keys=KeyRing.open(settings.keys_dir or settings.data_dir / "keys", context.clock),
        passwords=Passwords(
            Argon2(rounds=settings.password_rounds, memory_kib=settings.password_memory_kib)
        ),
        arrivals=Arrivals(),
    )
    door = CatalogDoorkeeper(context.database, context.clock, session_days=settings.session_days)

    async def registry_token(question: AskRegistryToken) -> RegistryToken:
        return await registry_auth.answer_service(state, question)

    return Parts(
        state=state,
        doorkeeper=door,
        consumers=[consumer(state), audit_consumer()],
        responders=[responder(AskAccess, door.answer), responder(AskRegistryToken, registry_token)],
        tasks=[
            *account_tasks(state),
            *audit_tasks(state),
            *repository_tasks(state),
            *tag_tasks(state),
        ],
        on_stop=on_stop,
    )


SERVICE = Service(
    name="catalog",
    settings=CatalogSettings,
    tables=Tables(outbox=Outbox, inbox=Inbox, migrations="boatyard.catalog.migrations"),
    routers=(
        accounts,
        tokens,
        organizations,
        repositories,
        activity,
        tags,
        registry_tokens,
        audit,
        health,
        quotas,
    ),
    publishes=(RepositoryCreated, RepositoryUpdated, RepositoryDeleted, RecordAction),
    build=build,
)
