"""What `boatyard serve` does: everything in this process, or one service."""

from __future__ import annotations

import asyncio
import shlex
import sys
import time
from pathlib import Path

from boatyard.shared.logging import set_up_logging
from boatyard.shared.mendable import StartError
from boatyard.shared.runtime import main as run_service
from boatyard.shared.settings import check_environment
from boatyard.shared.tracing import set_up_tracing
from boatyard.standalone import parts
from boatyard.standalone.embedded import Embedded
from boatyard.standalone.first_steps import first_steps
from boatyard.standalone.services import SERVICES
from boatyard.standalone.settings import StandaloneSettings


def serve_one(name: str) -> None:
    """Run one service alone until a signal stops it; StartError if there is none of that name."""
    for service in SERVICES:
        if service.name == name:
            run_service(service)
            return
    names = ", ".join(service.name for service in SERVICES)
    raise StartError(f"there is no service {name}: choose one of {names}")


def serve_everything(*, began: float) -> None:
    """Run all services until a signal stops them. `began` is when, by the monotonic clock."""
    check_environment([StandaloneSettings, *(service.settings for service in SERVICES)])
    settings = StandaloneSettings.load()
    set_up_logging(level=settings.log_level, format=settings.log_format)
    set_up_tracing(settings.otlp_endpoint, service="boatyard")
    asyncio.run(_serve(settings, began))


async def _serve(settings: StandaloneSettings, began: float) -> None:
    embedded = Embedded(settings)
    try:
        _, engine = await asyncio.gather(embedded.start(), asyncio.to_thread(parts.find_engine))
        print(  # noqa: T201 - this is what the person who typed the command reads
            first_steps(
                settings,
                seconds=time.monotonic() - began,
                registry_version=embedded.registry_version,
                nats_version=embedded.nats_version,
                engine=parts.engine_words(engine),
                command=_command(),
            ),
            flush=True,
        )
        await embedded.serve()
    finally:
        await embedded.stop()


def _command() -> str:
    """How this command is called here."""
    called = Path(sys.argv[0])
    return (
        shlex.quote(str(called)) if called.name == "boatyard" else "python -m boatyard.standalone"
    )
