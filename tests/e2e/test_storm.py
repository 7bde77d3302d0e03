"""A storm of pushes while every part is killed at random: nothing is lost, and nothing leaves unrecorded."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import httpx
import pytest
import sqlalchemy as sa
from sqlmodel import col

from boatyard.shared.db import Database
from boatyard.shared.testing.installation import PASSWORD, Person
from boatyard.shared.testing.nats import NatsCluster
from boatyard.shared.testing.postgres import Postgres
from boatyard.shared.testing.pusher import Pusher
from boatyard.shared.testing.receiver import Received
from boatyard.webhook_dispatcher.models import Attempt, Delivery, EventRow
from tests.e2e.fleet import Fleet
from tests.e2e.mailbox import Mailbox

pytestmark = pytest.mark.timeout(400)

REPOSITORIES, TAGS = 5, 200
KILLS = 12
PUSHERS = 4
ARRIVES = 150.0
"""Seconds within which everything must arrive after the last push."""

HURRIED = {
    "registry-notifier": {"BOATYARD_REGISTRY_NOTIFIER_SWEEP_SECONDS": "10"},
    "webhook-dispatcher": {
        "BOATYARD_WEBHOOK_DISPATCHER_DEADLINE_SECONDS": "2",
        "BOATYARD_WEBHOOK_DISPATCHER_CONNECT_SECONDS": "1",
        "BOATYARD_WEBHOOK_DISPATCHER_LEASE_SECONDS": "4",
        "BOATYARD_WEBHOOK_DISPATCHER_LADDER_SCALE": "0.1",
    },
}


@pytest.fixture(params=["sqlite", "postgresql"])
def database_server(request: pytest.FixtureRequest) -> Iterator[Postgres | None]:
    """A PostgreSQL of the test's own, since it is killed; None for SQLite."""
    if request.param == "sqlite":
        yield None
        return
    server = Postgres()
    server.start()
    yield server
    server.remove()


@pytest.fixture
def fleet(database_server: Postgres | None, tmp_path: Path) -> Iterator[Fleet]:
    fleet = Fleet(
        tmp_path,
        postgres=database_server,
        more=("catalog", "webhook-dispatcher", "webhook-dispatcher") if database_server else (),
        clustered=database_server is not None,
        environment=HURRIED,
    )
    fleet.start()
    yield fleet
    fleet.stop()


@dataclass
class Storm:
    """Pushes every tag once, however often it must be tried, while parts are killed and started again."""

    fleet: Fleet
    postgres: Postgres | None
    pushed: dict[tuple[str, str], str] = field(default_factory=dict)
    """Repository and tag to the digest that was pushed."""
    killed: Counter[str] = field(default_factory=Counter)

    async def rage(self, person: Person, repositories: Sequence[str]) -> None:
        """Push everything, and kill all the while."""
        wanted = [(name, f"v{number}") for number in range(TAGS) for name in repositories]
        realm = f"{self.fleet.url}/registry/token"
        registry = f"http://{self.fleet.registry_host}"
        async with Pusher(
            registry, realm=realm, username=person.username, password=PASSWORD
        ) as pusher:
            for name in repositories:
                await pusher.prepare(name)
            waiting = iter(wanted)
            killing = asyncio.create_task(self._kill_at_random())
            await asyncio.gather(*(self._push(pusher, waiting) for _ in range(PUSHERS)))
            await killing

    async def _push(self, pusher: Pusher, waiting: Iterator[tuple[str, str]]) -> None:
        for name, tag in waiting:
            while (name, tag) not in self.pushed:
                try:
                    self.pushed[name, tag] = await pusher.push(name, tag, text=f"{name} {tag}")
                except httpx.HTTPError:
                    await asyncio.sleep(0.1)  # a part is away, and will be back

    async def _kill_at_random(self) -> None:
        dice = random.Random(7)  # the same storm each time
        victims = self._victims()
        names = sorted(victims)
        order = [*names, *dice.choices(names, k=max(0, KILLS - len(names)))]
        dice.shuffle(order)
        for name in order:
            kill, start = victims[name]
            self.killed[name] += 1
            await asyncio.to_thread(kill)
            await asyncio.sleep(dice.uniform(0, 0.5))  # how long it is away
            await asyncio.to_thread(start)

    def _victims(self) -> dict[str, tuple[Callable[[], None], Callable[[], None]]]:
        fleet = self.fleet

        def starts(name: str) -> Callable[[], None]:
            return lambda: fleet.start_service(name)

        victims = {name: (process.kill, starts(name)) for name, process in fleet.services.items()}
        nodes = fleet.nats.nodes if isinstance(fleet.nats, NatsCluster) else {"nats": fleet.nats}
        victims |= {name: (node.kill, node.start) for name, node in nodes.items()}
        victims["registry"] = (fleet.registry.kill, fleet.start_registry)
        if self.postgres:
            victims["postgresql"] = (self.postgres.kill, self.postgres.start)
        return victims


def arrived(requests: Sequence[Received]) -> dict[tuple[str, str], str]:
    bodies = [json.loads(request.body)["data"] for request in requests]
    return {(body["repository"], body["tag"]): body["digest"] for body in bodies}


async def recorded(url: str) -> Counter[str]:
    """How many attempts are recorded of each event, by the `webhook-id` that they carry."""
    database = Database(url)
    try:
        async with database.reading() as session:
            found = await session.execute(
                sa.select(col(EventRow.id), sa.func.count())
                .join(Delivery, col(Delivery.event_seq) == col(EventRow.seq))
                .join(Attempt, col(Attempt.delivery_id) == col(Delivery.id))
                .group_by(col(EventRow.id))
            )
            return Counter({str(UUID(str(event))): count for event, count in found})
    finally:
        await database.close()


async def test_nothing_is_lost_in_a_storm(
    fleet: Fleet, database_server: Postgres | None, mailbox: Mailbox
) -> None:
    ada = fleet.sign_up("ada")
    repositories = [f"ada/app{number}" for number in range(REPOSITORIES)]
    for repository in repositories:
        ada.post("/repositories", name=repository.partition("/")[2])
        ada.post(f"/repositories/{repository}/webhooks", url=mailbox.url, max_in_flight=16)
    storm = Storm(fleet, database_server)
    await storm.rage(ada, repositories)

    def all_arrived(requests: Sequence[Received]) -> bool:
        return len(requests) >= len(storm.pushed) and arrived(requests) == storm.pushed

    requests = await asyncio.to_thread(mailbox.wait_for, all_arrived, seconds=ARRIVES)
    assert len(storm.pushed) == REPOSITORIES * TAGS
    sent = Counter(request.headers["webhook-id"] for request in requests)
    assert len(sent) == len(storm.pushed), "a duplicate carries the id of the first"
    attempts = await recorded(fleet.database_url("webhook-dispatcher"))
    unrecorded = {event: count for event, count in sent.items() if attempts[event] < count}
    assert not unrecorded, "every request that arrived has an attempt that was written before it"
