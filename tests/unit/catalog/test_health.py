"""How every process of every service is, as an administrator is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from boatyard.shared.bus import responder
from boatyard.shared.events import SERVICE_NAMES, AskHealth, ProcessHealth
from tests.unit.catalog.kit import Catalog, ok, refused

HEALTH = "/administration/health"
WELL = ProcessHealth(process="quay:1", services=("catalog",), ready=True, notes={"disk": "is old"})
UNWELL = ProcessHealth(
    process="crane:1",
    services=("builder",),
    ready=False,
    problems={"builder database": "OperationalError"},
)


@asynccontextmanager
async def answering(catalog: Catalog, *healths: ProcessHealth) -> AsyncIterator[None]:
    """Processes that say this of themselves."""
    bus, stop = catalog.state.bus, asyncio.Event()
    await bus.start()

    async def respond(health: ProcessHealth) -> None:
        async def answer(_asked: AskHealth) -> ProcessHealth:
            return health

        await bus.respond(responder(AskHealth, answer), stop=stop)

    async with asyncio.TaskGroup() as group:
        for health in healths:
            group.create_task(respond(health))
        await asyncio.sleep(0)  # each has begun
        yield
        stop.set()


async def test_an_administrator_sees_who_answers_and_who_is_missing(catalog: Catalog) -> None:
    anna = await catalog.person("anna")
    async with answering(catalog, WELL, UNWELL):
        health = await ok(anna.get(HEALTH))
    assert health["asked"]
    assert health["processes"] == [told.model_dump(mode="json") for told in (UNWELL, WELL)]
    assert health["missing"] == ["webhook-dispatcher", "github-gateway", "registry-notifier"]


async def test_two_processes_of_one_service_are_two(catalog: Catalog) -> None:
    anna = await catalog.person("anna")
    other = WELL.model_copy(update={"process": "quay:2"})
    async with answering(catalog, other, WELL):
        health = await ok(anna.get(HEALTH))
    assert [process["process"] for process in health["processes"]] == ["quay:1", "quay:2"]


async def test_while_nats_is_away_nobody_is_asked(catalog: Catalog) -> None:
    anna = await catalog.person("anna")
    health = await ok(anna.get(HEALTH))
    assert health == {"asked": False, "processes": [], "missing": list(SERVICE_NAMES)}


async def test_it_is_for_administrators(catalog: Catalog) -> None:
    bert = await catalog.person("bert")
    await refused(bert.get(HEALTH), 403, "administrators-only")
