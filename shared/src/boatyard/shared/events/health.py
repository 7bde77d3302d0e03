"""How the processes are: what each of them answers for itself."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from boatyard.shared.events.message import Survey

SERVICE_NAMES = ("catalog", "builder", "webhook-dispatcher", "github-gateway", "registry-notifier")
"""Every service by its name: what must run somewhere for Boatyard to be whole."""


class ProcessHealth(BaseModel):
    """How one process is.

    `process` is its host and its number there, `host:number`. It is ready when it has no `problems`: the part
    that is not well, and what is wrong with it. `notes` are what an operator should know of, although it keeps
    nothing from working.
    """

    model_config = ConfigDict(frozen=True)

    process: str
    services: tuple[str, ...]
    ready: bool
    problems: dict[str, str] = {}
    notes: dict[str, str] = {}


class AskHealth(Survey[ProcessHealth], subject="ask.health.v1"):
    """How are you? Every process of every service answers for itself; one that is gone does not."""

    answer_type: ClassVar[type[BaseModel]] = ProcessHealth
