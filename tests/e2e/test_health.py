"""An administrator sees every process of a fleet in one place, and which service is gone."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from boatyard.shared.testing.installation import Person
from boatyard.shared.testing.processes import wait_until
from tests.e2e.fleet import Fleet

NOT_STARTED = ["builder", "github-gateway"]


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    fleet = Fleet(tmp_path)
    fleet.start()
    yield fleet
    fleet.stop()


def shows(admin: Person, *missing: str) -> bool:
    health: dict[str, Any] = admin.get("/administration/health")
    return sorted(health["missing"]) == sorted(missing)


def test_a_process_that_is_gone_is_named_until_it_is_back(fleet: Fleet) -> None:
    admin = fleet.sign_up("harbourmaster")
    wait_until(partial(shows, admin, *NOT_STARTED), seconds=30, what="all that runs answers")
    answers = admin.get("/administration/health")["processes"]
    pids = {process["services"][0]: process["process"].rpartition(":")[2] for process in answers}
    assert pids == {name: str(service.pid) for name, service in fleet.services.items()}
    assert all(process["ready"] for process in answers), answers

    fleet.services["webhook-dispatcher"].kill()
    gone = partial(shows, admin, *NOT_STARTED, "webhook-dispatcher")
    wait_until(gone, seconds=30, what="the dispatcher is missed")
    fleet.start_service("webhook-dispatcher")
    wait_until(partial(shows, admin, *NOT_STARTED), seconds=30, what="it answers again")


def test_while_nats_is_away_an_administrator_is_told(fleet: Fleet) -> None:
    admin = fleet.sign_up("harbourmaster")
    fleet.nats.kill()

    def asked() -> bool:
        return bool(admin.get("/administration/health")["asked"])

    wait_until(lambda: not asked(), seconds=30, what="catalog knows that NATS is away")
    fleet.nats.start()
    wait_until(asked, seconds=30, what="it is back")
