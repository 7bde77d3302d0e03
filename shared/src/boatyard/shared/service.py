"""What a service is: plain data that the runtime can run alone or beside others."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from fastapi import Request
from prometheus_client import CollectorRegistry

from boatyard.shared.access import Doorkeeper
from boatyard.shared.bus import Bus, Responder
from boatyard.shared.bus.inbox import Consumer, InboxColumns
from boatyard.shared.bus.outbox import OutboxColumns
from boatyard.shared.clock import Clock
from boatyard.shared.db import Database
from boatyard.shared.events import Message
from boatyard.shared.http import Router
from boatyard.shared.settings import ServiceSettings


@dataclass(frozen=True)
class Task:
    """Something that a service does all the time. It is started again, later and later, if it fails."""

    name: str
    run: Callable[[asyncio.Event], Awaitable[None]]
    """Runs until the event it is given is set."""


@dataclass(frozen=True)
class Tables:
    """The database of a service: its metadata is that of `outbox`; its migrations are in `migrations`."""

    outbox: type[OutboxColumns]
    inbox: type[InboxColumns]
    migrations: str
    """The dotted name of the package that holds Alembic's `env.py` and `versions/`."""


@dataclass(frozen=True, kw_only=True)
class Context:
    """What the runtime gives a service to work with."""

    settings: Any
    database: Database
    bus: Bus
    clock: Clock
    metrics: CollectorRegistry


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What a service consists of once it has its context."""

    state: object
    """What its routes get from `service_state`."""
    consumers: Sequence[Consumer] = ()
    responders: Sequence[Responder] = ()
    tasks: Sequence[Task] = ()
    doorkeeper: Doorkeeper | None = None
    """Set by the service that decides who may do what; the others ask it."""
    on_stop: Sequence[Callable[[], Awaitable[None]]] = field(default=())
    """Closes what `build` opened."""
    notes: Callable[[], Mapping[str, str]] | None = None
    """What an operator should know of, although the service can do its work: the part, and what it is."""
    problems: Callable[[], Mapping[str, str]] | None = None
    """What is not well now, for readiness: the part, and what is wrong with it. It is asked often."""


@dataclass(frozen=True, kw_only=True)
class Service:
    """One service: its name, its settings, its tables, its routes, and how it is put together."""

    name: str
    settings: type[ServiceSettings]
    tables: Tables
    routers: Sequence[Router]
    body_limits: Mapping[str, int] = field(default_factory=dict)
    """Paths that take bodies of another size than is usual, and how many bytes those may have."""
    publishes: Sequence[type[Message]] = ()
    build: Callable[[Context], Parts]


def service_state(request: Request, service: str) -> object:
    """The `Parts.state` of a service in the process that serves this request."""
    return cast(dict[str, object], request.app.state.services)[service]
