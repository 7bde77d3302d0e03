"""One or several services put together in one process, from configuration to running tasks."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from prometheus_client.process_collector import ProcessCollector

from boatyard.shared import health, migrations
from boatyard.shared.access import BusDoorkeeper
from boatyard.shared.bus import Bus, Responder, Subscription, responder
from boatyard.shared.bus.inbox import InboxRunner
from boatyard.shared.bus.outbox import Relay
from boatyard.shared.clock import Clock
from boatyard.shared.db import DATABASE_FAULTS, Database
from boatyard.shared.events import AskHealth, ProcessHealth
from boatyard.shared.http import Router, make_app
from boatyard.shared.metrics import ProcessMetrics
from boatyard.shared.service import Context, Parts, Service, Task
from boatyard.shared.settings import ServiceSettings
from boatyard.shared.supervisor import Supervisor

API_TITLE = "Boatyard"
API_DESCRIPTION = """
Container images: built from GitHub, kept in a registry, announced to whoever needs to know.

Every list is paged with `cursor` and `limit`. Every error is a problem document (RFC 9457) with a stable
`type`. Call with a browser's session or with `Authorization: Bearer <access token>`."""


CHECK_SECONDS = 4.0
"""How long a check may take: whoever probes a process waits five seconds, and is to hear what is wrong."""
SURVEY_CHECK_SECONDS = 1.0
"""How long it may take where all processes are asked, and nobody waits for the last of them."""


@dataclass(frozen=True)
class _Running:
    service: Service
    database: Database
    parts: Parts


class Process:
    """Services that share an event loop, a bus connection and a port, and nothing else.

    Life cycle: `start`, serve `app`, `stop`. `start` raises MigrationError if a database can't be used.
    """

    def __init__(
        self,
        services: Sequence[Service],
        *,
        settings: Mapping[str, ServiceSettings],
        bus: Bus,
        clock: Clock,
        routers: Sequence[Router] = (),
    ) -> None:
        self._services, self._settings, self._bus, self._clock = services, settings, bus, clock
        self.metrics = CollectorRegistry()
        ProcessCollector(registry=self.metrics)
        self._counts = ProcessMetrics(self.metrics)
        self.names = [service.name for service in services]
        self.app = application(services, routers)
        self.app.state.process = self
        self.app.state.counts = self._counts
        self.closing = asyncio.Event()
        """Set once the process is told to stop: answers that go on and on come to their end then."""
        self._running: list[_Running] = []
        self._supervisor = Supervisor(())

    async def start(self) -> None:
        """Connect, migrate, put every service together and start its tasks."""
        await self._bus.start()
        for service in self._services:
            self._running.append(await self._build(service))
        doorkeepers = [r.parts.doorkeeper for r in self._running if r.parts.doorkeeper]
        self.app.state.doorkeeper = doorkeepers[0] if doorkeepers else BusDoorkeeper(self._bus)
        self.app.state.services = {r.service.name: r.parts.state for r in self._running}
        tasks = [task for running in self._running for task in self._tasks(running)]
        self._supervisor = Supervisor([*tasks, self._respond(responder(AskHealth, self._health))])
        self._supervisor.start()

    async def stop(self) -> None:
        """Stop what runs, in the opposite order."""
        await self._supervisor.stop()
        for running in reversed(self._running):
            for close in running.parts.on_stop:
                await close()
            await running.database.close()
        await self._bus.stop()

    async def problems(self, *, within: float = CHECK_SECONDS) -> dict[str, str]:
        """What is not well now, or can't say within so many seconds; empty when everything is well."""
        found = dict(self._supervisor.failing)
        if not self._bus.connected:
            found["nats"] = "not connected"
        for running in self._running:
            if running.parts.problems is not None:
                found |= running.parts.problems()
        return found | await self._database_problems(within)

    def notes(self) -> dict[str, str]:
        """What an operator should know of, although everything works."""
        found: dict[str, str] = {}
        for running in self._running:
            if running.parts.notes is not None:
                found |= running.parts.notes()
        return found

    async def _database_problems(self, within: float) -> dict[str, str]:
        pings = {
            asyncio.create_task(_ping(running.database)): f"{running.service.name} database"
            for running in self._running
        }
        done, late = await asyncio.wait(pings, timeout=within) if pings else (set(), set())
        for ping in late:
            ping.cancel()  # and not waited for: a server that is silent keeps even this waiting
        found = {pings[ping]: fault for ping in done if (fault := ping.result())}
        return found | {pings[ping]: "no answer" for ping in late}

    async def _health(self, _asked: AskHealth) -> ProcessHealth:
        problems = await self.problems(within=SURVEY_CHECK_SECONDS)
        return ProcessHealth(
            process=f"{socket.gethostname()}:{os.getpid()}",
            services=tuple(self.names),
            ready=not problems,
            problems=problems,
            notes=self.notes(),
        )

    async def _build(self, service: Service) -> _Running:
        settings = self._settings[service.name]
        database = Database(settings.url_of_database, outbox=service.tables.outbox)
        await migrations.upgrade(service, database)
        context = Context(
            settings=settings,
            database=database,
            bus=self._bus,
            clock=self._clock,
            metrics=self.metrics,
        )
        return _Running(service, database, service.build(context))

    def _tasks(self, running: _Running) -> list[Task]:
        service, database = running.service, running.database
        relay = Relay(
            database=database,
            outbox=service.tables.outbox,
            bus=self._bus,
            clock=self._clock,
            name=service.name,
            metrics=self._counts,
        )
        tasks = [Task(f"{service.name} outbox", relay.run)]
        for consumer in running.parts.consumers:
            runner = InboxRunner(
                consumer,
                database=database,
                inbox=service.tables.inbox,
                clock=self._clock,
                metrics=self._counts,
            )
            tasks += [
                self._consume(runner.subscription()),
                Task(f"{consumer.name} inbox", runner.forget_old),
            ]
        tasks += [self._respond(responder) for responder in running.parts.responders]
        return [*tasks, *running.parts.tasks]

    def _consume(self, subscription: Subscription) -> Task:
        async def run(stop: asyncio.Event) -> None:
            await self._bus.consume(subscription, stop=stop)

        return Task(f"{subscription.name} consumer", run)

    def _respond(self, responder: Responder) -> Task:
        async def run(stop: asyncio.Event) -> None:
            await self._bus.respond(responder, stop=stop)

        return Task(f"answers to {responder.question.subject}", run)


async def _ping(database: Database) -> str | None:
    """What is wrong with a database."""
    try:
        await database.ping()
    except DATABASE_FAULTS as error:
        return type(error).__name__
    return None


def application(services: Sequence[Service], routers: Sequence[Router] = ()) -> FastAPI:
    """The application of some services, from which the OpenAPI document is made."""
    return make_app(
        title=API_TITLE,
        description=API_DESCRIPTION,
        routers=[*(r for service in services for r in service.routers), *routers, health.router],
        body_limits={
            path: limit for service in services for path, limit in service.body_limits.items()
        },
    )
