"""The wiring of github-gateway."""

from __future__ import annotations

import asyncio
import ssl

from boatyard.github_gateway.accounts.api import router as accounts
from boatyard.github_gateway.catchup.tasks import tasks as catchup_tasks
from boatyard.github_gateway.consumers import consumer, source_token
from boatyard.github_gateway.credentials import Credentials
from boatyard.github_gateway.db import Inbox, Outbox
from boatyard.github_gateway.dependencies import Bells, GatewayState
from boatyard.github_gateway.github.addresses import Addresses
from boatyard.github_gateway.github.client import GithubClient
from boatyard.github_gateway.github.transport import Transport
from boatyard.github_gateway.identity.api import router as identity
from boatyard.github_gateway.identity.current import CurrentApp
from boatyard.github_gateway.inbound.api import EVENTS_PATH, LARGE_AT_ONCE, MAX_BODY
from boatyard.github_gateway.inbound.api import router as inbound
from boatyard.github_gateway.inbound.intake import Intake
from boatyard.github_gateway.inbound.tasks import tasks as inbound_tasks
from boatyard.github_gateway.projects.api import router as projects
from boatyard.github_gateway.pushes.api import router as pushes
from boatyard.github_gateway.settings import GithubGatewaySettings
from boatyard.github_gateway.sources.api import router as sources
from boatyard.github_gateway.statuses.tasks import tasks as status_tasks
from boatyard.github_gateway.vault import Vault
from boatyard.shared.bus import responder
from boatyard.shared.events import (
    AskSourceToken,
    BuildImage,
    CancelBuilds,
    RecordAction,
    SourceToken,
)
from boatyard.shared.service import Context, Parts, Service, Tables


def build(context: Context) -> Parts:
    """Put the service together."""
    state = make_state(context)

    async def token(question: AskSourceToken) -> SourceToken:
        return await source_token(state, question)

    return Parts(
        state=state,
        consumers=[consumer(state)],
        responders=[responder(AskSourceToken, token)],
        tasks=[*inbound_tasks(state), *status_tasks(state), *catchup_tasks(state)],
        on_stop=[state.github.close],
    )


def make_state(context: Context) -> GatewayState:
    """The parts that routes, consumers and tasks share."""
    settings: GithubGatewaySettings = context.settings
    database, clock, bells = context.database, context.clock, Bells()
    addresses = Addresses.of(settings.github_url, settings.github_api_url)
    authorities = settings.github_ca_file
    verify = ssl.create_default_context(cafile=str(authorities)) if authorities else True
    github = GithubClient(addresses, Transport(clock, verify=verify))
    keys = settings.keys_dir or settings.data_dir / "keys"
    vault = Vault.open(settings.secrets_key.get_secret_value(), keys)
    app = CurrentApp(database, vault, web_url=addresses.web)
    return GatewayState(
        settings=settings,
        database=database,
        clock=clock,
        vault=vault,
        github=github,
        app=app,
        credentials=Credentials(database, clock, vault, github=github, app=app),
        bells=bells,
        intake=Intake(database, clock, bells.deliveries.set),
        large_bodies=asyncio.Semaphore(LARGE_AT_ONCE),
    )


SERVICE = Service(
    name="github-gateway",
    settings=GithubGatewaySettings,
    tables=Tables(outbox=Outbox, inbox=Inbox, migrations="boatyard.github_gateway.migrations"),
    routers=(inbound, identity, accounts, projects, sources, pushes),
    body_limits={EVENTS_PATH: MAX_BODY},
    publishes=(BuildImage, CancelBuilds, RecordAction),
    build=build,
)
