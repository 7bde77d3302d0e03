"""A dispatcher in this process, as benchmarks need one: webhooks, a backlog, and a way to see it drain."""

from __future__ import annotations

import asyncio
import datetime as dt
import gc
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from uuid import uuid4

from boatyard.shared import migrations
from boatyard.shared.bus.memory import MemoryBus
from boatyard.shared.clock import SystemClock
from boatyard.shared.db import Database
from boatyard.shared.events import TagPushed
from boatyard.shared.process import Process
from boatyard.shared.runtime import collect_seldom
from boatyard.shared.signing import new_secret
from boatyard.webhook_dispatcher.actions import intake
from boatyard.webhook_dispatcher.announcements import announce
from boatyard.webhook_dispatcher.db import Outbox
from boatyard.webhook_dispatcher.keys import Keys
from boatyard.webhook_dispatcher.models import Webhook
from boatyard.webhook_dispatcher.service import SERVICE
from boatyard.webhook_dispatcher.settings import WebhookDispatcherSettings
from boatyard.webhook_dispatcher.vault import Vault

DIGEST = "sha256:" + "b" * 64
_sequences = count(1)


class Stage:
    """A database with webhooks, before a dispatcher runs on it."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        self._database = Database(url, outbox=Outbox)
        self._vault = Vault.open("", folder / "keys")

    async def prepare(self, hooks: Sequence[tuple[str, str]], *, at_once: int) -> None:
        """Make the tables, and a webhook for each repository and address."""
        await migrations.upgrade(SERVICE, self._database)
        now = SystemClock().now()
        async with self._database.unit_of_work() as uow:
            uow.session.add_all(
                self._webhook(repository, url, at_once, now) for repository, url in hooks
            )

    def _webhook(self, repository: str, url: str, at_once: int, now: dt.datetime) -> Webhook:
        webhook = Webhook(
            repository_id=uuid4(),
            repository=repository,
            owner=repository.partition("/")[0],
            url=url,
            format="standard",
            max_in_flight=at_once,
            secrets=b"",
            created_at=now,
            updated_at=now,
        )
        webhook.secrets = Keys(current=new_secret()).seal(self._vault, webhook.id)
        return webhook

    async def fill(self, repositories: Sequence[str], *, each: int) -> None:
        """Let so many events of each repository wait."""
        for _ in range(each):
            async with self._database.unit_of_work() as uow:
                facts = [announce(push(repository)) for repository in repositories]
                told = [fact for fact in facts if fact is not None]
                await intake.enter(uow, told, now=SystemClock().now())

    async def close(self) -> None:
        await self._database.close()


def push(repository: str) -> TagPushed:
    """A fresh event."""
    return TagPushed(repository=repository, tag="latest", digest=DIGEST, sequence=next(_sequences))


def delivered(process: Process) -> int:
    """How many attempts have ended well and are written down."""
    value = process.metrics.get_sample_value(
        "boatyard_webhook_attempts_total", {"outcome": "ok", "trigger": "automatic"}
    )
    return int(value or 0)


@asynccontextmanager
async def dispatching(stage: Stage, bus: MemoryBus) -> AsyncIterator[Process]:
    """Run a dispatcher with its default settings on a stage."""
    settings = WebhookDispatcherSettings.load(
        database_url=stage.url, data_dir=stage.folder, allow_networks="127.0.0.0/8"
    )
    process = Process([SERVICE], settings={SERVICE.name: settings}, bus=bus, clock=SystemClock())
    thresholds = gc.get_threshold()
    await process.start()
    collect_seldom()  # as a dispatcher in a process of its own does; what is measured beside it does not
    try:
        yield process
    finally:
        await process.stop()
        gc.set_threshold(*thresholds)
        gc.unfreeze()


async def until(process: Process, wanted: int, *, patience: float = 300.0) -> float:
    """Wait until so many deliveries are recorded; returns the loop's time of that moment."""
    loop = asyncio.get_running_loop()
    gives_up_at = loop.time() + patience
    while delivered(process) < wanted:
        if loop.time() > gives_up_at:
            raise TimeoutError(f"{delivered(process)} of {wanted} deliveries")
        await asyncio.sleep(0.05)
    return loop.time()
