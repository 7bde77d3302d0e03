"""Every process is replaced in turn while people work: no call fails, and no push is lost."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from boatyard.shared.testing.installation import PASSWORD, Person
from boatyard.shared.testing.postgres import Postgres
from boatyard.shared.testing.pusher import Pusher
from tests.e2e.fleet import MAIN_LINE, Fleet
from tests.e2e.mailbox import Mailbox

pytestmark = pytest.mark.timeout(300)
PAUSE_SECONDS = 0.1


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    """Two processes of what people call, on PostgreSQL; the registry repeats what the one notifier missed."""
    server = Postgres()
    server.start()
    fleet = Fleet(tmp_path, postgres=server, more=("catalog", "webhook-dispatcher"))
    fleet.start()
    yield fleet
    fleet.stop()
    server.remove()


class Life:
    """What goes on all the while: somebody works with the API, and somebody pushes."""

    def __init__(self, fleet: Fleet, person: Person) -> None:
        self._fleet, self._person = fleet, person
        self._over = asyncio.Event()
        self.began = asyncio.Event()
        self.calls = 0
        self.pushed: dict[str, str] = {}

    def end(self) -> None:
        self._over.set()

    async def calling(self) -> None:
        while not self._over.is_set():
            await asyncio.to_thread(self._work)
            self.calls += 1

    def _work(self) -> None:
        person, path = self._person, "/repositories/ada/app"
        assert person.get("/repositories")["items"]
        changed = person.patch(path, summary=f"call {self.calls}")
        assert changed["summary"] == f"call {self.calls}"
        [webhook] = person.get(f"{path}/webhooks")["items"]
        assert "items" in person.get(f"{path}/webhooks/{webhook['id']}/deliveries")

    async def pushing(self) -> None:
        registry = f"http://{self._fleet.registry_host}"
        realm = f"{self._fleet.url}/registry/token"
        async with Pusher(registry, realm=realm, username="ada", password=PASSWORD) as pusher:
            await pusher.prepare("ada/app")
            while not self._over.is_set():
                tag = f"v{len(self.pushed)}"
                self.pushed[tag] = await pusher.push("ada/app", tag, text=tag)
                self.began.set()
                await asyncio.sleep(PAUSE_SECONDS)  # the rate of pushes, not a wait


async def test_all_is_replaced_while_people_work(fleet: Fleet, mailbox: Mailbox) -> None:
    ada = fleet.sign_up("ada")
    ada.post("/repositories", name="app")
    ada.post("/repositories/ada/app/webhooks", url=mailbox.url)
    life = Life(fleet, ada)
    async with asyncio.TaskGroup() as group:
        group.create_task(life.calling())
        group.create_task(life.pushing())
        await life.began.wait()
        for name in fleet.services:
            assert await asyncio.to_thread(fleet.services[name].stop) == 0, name
            await asyncio.to_thread(fleet.start_service, name)
        life.end()

    def all_told(requests: object) -> bool:
        bodies = [json.loads(request.body)["data"] for request in mailbox.requests]
        tags = {body["tag"]: body["digest"] for body in bodies if "tag" in body}
        return tags == life.pushed

    await asyncio.to_thread(mailbox.wait_for, all_told, seconds=60)
    assert life.calls > len(MAIN_LINE)
