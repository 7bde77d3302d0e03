"""Which service publishes, handles and answers what: read off the services as they are put together.

A service says itself what it publishes. What it consumes and answers shows in its `Parts`, so each service is
built here, on a bus in memory and an empty folder, and nothing is started.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry
from pydantic import BaseModel, SecretStr

from boatyard.shared.bus.memory import MemoryBus
from boatyard.shared.bus.streams import Stream, stream_of
from boatyard.shared.clock import SystemClock
from boatyard.shared.db import Database
from boatyard.shared.events import MESSAGES, QUESTIONS, Command, Message, Question, Survey
from boatyard.shared.service import Context, Parts, Service
from boatyard.shared.settings import ServiceSettings
from boatyard.standalone.services import SERVICES

QuestionClass = type[Question[Any]]


@dataclass(frozen=True)
class Entry:
    """A message and who has to do with it, by the name of the service."""

    message: type[Message]
    publishers: tuple[str, ...]
    consumers: tuple[str, ...]

    @property
    def kind(self) -> str:
        """`command` or `event`."""
        return "command" if issubclass(self.message, Command) else "event"

    @property
    def stream(self) -> Stream:
        """The stream that keeps it."""
        return stream_of(self.message.subject)


@dataclass(frozen=True)
class Inquiry:
    """A question and who answers it: one service, or every process of all of them."""

    question: QuestionClass
    answerers: tuple[str, ...]

    @property
    def answer(self) -> type[BaseModel]:
        """The class of the answer."""
        return self.question.answer_type


@dataclass(frozen=True)
class Catalogue:
    """Everything that travels between the services."""

    entries: tuple[Entry, ...]
    inquiries: tuple[Inquiry, ...]


def catalogue(services: Sequence[Service] = SERVICES) -> Catalogue:
    """The contract joined with the services that keep it."""
    with tempfile.TemporaryDirectory() as folder:
        parts = asyncio.run(_build_all(services, Path(folder)))
    publishes = {service.name: service.publishes for service in services}
    consumes = {
        name: [message for consumer in built.consumers for message in consumer.handlers]
        for name, built in parts.items()
    }
    surveys = [question for question in QUESTIONS if issubclass(question, Survey)]
    answers = {
        name: [*(responder.question for responder in built.responders), *surveys]
        for name, built in parts.items()
    }
    return Catalogue(
        entries=tuple(
            Entry(message, _who(publishes.items(), message), _who(consumes.items(), message))
            for message in MESSAGES
        ),
        inquiries=tuple(
            Inquiry(question, _who(answers.items(), question)) for question in QUESTIONS
        ),
    )


def _who(table: Iterable[tuple[str, Sequence[type]]], sought: type) -> tuple[str, ...]:
    return tuple(name for name, classes in table if sought in classes)


async def _build_all(services: Sequence[Service], folder: Path) -> dict[str, Parts]:
    built: dict[str, Parts] = {}
    for service in services:
        database = Database(
            f"sqlite+aiosqlite:///{folder / service.name}.db", outbox=service.tables.outbox
        )
        context = Context(
            settings=default_settings(service.settings, folder),
            database=database,
            bus=MemoryBus(),
            clock=SystemClock(),
            metrics=CollectorRegistry(),
        )
        built[service.name] = service.build(context)
        for close in built[service.name].on_stop:
            await close()
        await database.close()
    return built


def default_settings(settings: type[ServiceSettings], folder: Path) -> ServiceSettings:
    """The settings as they are without an environment, with something in the place of what must be given."""
    needed: dict[str, Any] = {
        name: SecretStr("x" * 32) if field.annotation is SecretStr else "x" * 32
        for name, field in settings.model_fields.items()
        if field.is_required()
    }
    return settings.model_construct(**needed, data_dir=folder)
