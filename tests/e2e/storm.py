"""A storm: parts are killed at random and started again, and tags are pushed all the while."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import httpx
import sqlalchemy as sa
from sqlmodel import col

from boatyard.shared.db import Database
from boatyard.shared.testing.installation import PASSWORD, Person
from boatyard.shared.testing.nats import NatsCluster
from boatyard.shared.testing.postgres import Postgres
from boatyard.shared.testing.pusher import Pusher
from boatyard.shared.testing.receiver import Received
from boatyard.webhook_dispatcher.models import Attempt, Delivery, EventRow
from tests.e2e.fleet import Fleet, persistently
from tests.e2e.mailbox import Mailbox

REPOSITORIES = 5
KILLS, KILLS_OF_BUILDING = 12, 5
PUSHERS = 4
ARRIVES = 150.0
"""Seconds within which everything must arrive after the last push."""
BUILDING = ("builder", "github-gateway")

HURRIED = {
    "registry-notifier": {"BOATYARD_REGISTRY_NOTIFIER_SWEEP_SECONDS": "10"},
    "webhook-dispatcher": {
        "BOATYARD_WEBHOOK_DISPATCHER_DEADLINE_SECONDS": "2",
        "BOATYARD_WEBHOOK_DISPATCHER_CONNECT_SECONDS": "1",
        "BOATYARD_WEBHOOK_DISPATCHER_LEASE_SECONDS": "4",
        "BOATYARD_WEBHOOK_DISPATCHER_LADDER_SCALE": "0.1",
    },
}


Waiting = asyncio.Queue[tuple[str, str] | None]
"""Repositories and tags to be pushed; None ends a pusher."""


@dataclass(frozen=True)
class Victim:
    """A part that can be killed, and started again."""

    name: str
    kill: Callable[[], None]
    start: Callable[[], None]


@dataclass
class Storm:
    """Kills parts and starts them again, and pushes every tag once, however often it must be tried.

    What builds is killed beside the rest, so that two parts may be away at once. `meanwhile` is told each time
    which part is away now.
    """

    fleet: Fleet
    tags: int
    """How many are pushed to each repository."""
    postgres: Postgres | None = None
    meanwhile: Callable[[str], None] = lambda _: None
    pushed: dict[tuple[str, str], str] = field(default_factory=dict)
    """Repository and tag to the digest that was pushed."""
    killed: Counter[str] = field(default_factory=Counter)
    _dice: random.Random = field(default_factory=lambda: random.Random(7))

    async def rage(self, person: Person, repositories: Sequence[str]) -> None:
        """Kill in random order, and push a part of everything during each outage."""
        wanted = [(name, f"v{number}") for number in range(self.tags) for name in repositories]
        victims = self._victims()
        building = [it for it in victims if it.name.startswith(BUILDING)]
        order = drawn([it for it in victims if it not in building], KILLS)
        async with self._pusher(person) as pusher:
            for name in repositories:
                await pusher.prepare(name)
            waiting: Waiting = asyncio.Queue()
            pushing = asyncio.gather(*(self._push(pusher, waiting) for _ in range(PUSHERS)))
            beside = asyncio.create_task(self._kill_one_by_one(drawn(building, KILLS_OF_BUILDING)))
            for number, victim in enumerate(order):
                for tag in wanted[number :: len(order)]:
                    waiting.put_nowait(tag)
                await self._kill(victim)
            for _ in range(PUSHERS):
                waiting.put_nowait(None)
            await asyncio.gather(pushing, beside)

    def _pusher(self, person: Person) -> Pusher:
        return Pusher(
            f"http://{self.fleet.registry_host}",
            realm=f"{self.fleet.url}/registry/token",
            username=person.username,
            password=PASSWORD,
        )

    async def _push(self, pusher: Pusher, waiting: Waiting) -> None:
        while (wanted := await waiting.get()) is not None:
            name, tag = wanted
            while wanted not in self.pushed:
                try:
                    self.pushed[wanted] = await pusher.push(name, tag, text=f"{name} {tag}")
                except httpx.HTTPError:
                    await asyncio.sleep(0.1)  # a part is away, and will be back

    async def _kill_one_by_one(self, order: Sequence[Victim]) -> None:
        for victim in order:
            await self._kill(victim)

    async def _kill(self, victim: Victim) -> None:
        self.killed[victim.name] += 1
        await asyncio.to_thread(victim.kill)
        await asyncio.gather(
            asyncio.sleep(self._dice.uniform(0, 0.5)),  # how long it is away
            asyncio.to_thread(self.meanwhile, victim.name),
        )
        await asyncio.to_thread(persistently, victim.start)

    def _victims(self) -> list[Victim]:
        fleet = self.fleet
        nodes = fleet.nats.nodes if isinstance(fleet.nats, NatsCluster) else {"nats": fleet.nats}
        victims = [
            *(Victim(name, it.kill, _starts(fleet, name)) for name, it in fleet.services.items()),
            *(Victim(name, node.kill, node.start) for name, node in nodes.items()),
            Victim("registry", fleet.registry.kill, fleet.start_registry),
        ]
        if self.postgres:
            victims.append(Victim("postgresql", self.postgres.kill, self.postgres.start))
        return sorted(victims, key=lambda it: it.name)


def drawn(victims: Sequence[Victim], times: int) -> list[Victim]:
    """Whom to kill, in random order: each at least once, and so many in all. The same each time."""
    dice = random.Random(7)
    more = max(0, times - len(victims))
    order = [*victims, *dice.choices(victims, k=more)] if victims else []
    dice.shuffle(order)
    return order


def _starts(fleet: Fleet, name: str) -> Callable[[], None]:
    return lambda: fleet.start_service(name)


def subscribe(person: Person, mailbox: Mailbox) -> list[str]:
    """Make the repositories that the storm pushes to, each with a webhook; their names."""
    repositories = [f"{person.username}/app{number}" for number in range(REPOSITORIES)]
    for repository in repositories:
        person.post("/repositories", name=repository.partition("/")[2])
        person.post(f"/repositories/{repository}/webhooks", url=mailbox.url, max_in_flight=16)
    return repositories


async def nothing_is_lost(storm: Storm, mailbox: Mailbox) -> None:
    """Wait until all that was pushed has arrived, and hold that no request is without a record."""

    def all_arrived(requests: Sequence[Received]) -> bool:
        return len(requests) >= len(storm.pushed) and arrived(requests) == storm.pushed

    requests = await asyncio.to_thread(mailbox.wait_for, all_arrived, seconds=ARRIVES)
    assert len(storm.pushed) == REPOSITORIES * storm.tags
    sent = Counter(request.headers["webhook-id"] for request in requests)
    assert len(sent) == len(storm.pushed), "a duplicate carries the id of the first"
    attempts = await recorded(storm.fleet.database_url("webhook-dispatcher"))
    unrecorded = {event: count for event, count in sent.items() if attempts[event] < count}
    assert not unrecorded, "every request that arrived has an attempt that was written before it"


def arrived(requests: Sequence[Received]) -> dict[tuple[str, str], str]:
    """Repository and tag to the digest that receivers were told of."""
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
