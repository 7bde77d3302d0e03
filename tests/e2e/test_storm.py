"""A storm of pushes while every part is killed at random: nothing is lost, and nothing leaves unrecorded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.fleet import Fleet
from tests.e2e.mailbox import Mailbox
from tests.e2e.storm import HURRIED, Storm, nothing_is_lost, subscribe

pytestmark = pytest.mark.timeout(900)


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    fleet = Fleet(tmp_path, environment=HURRIED)
    try:
        fleet.start()
        yield fleet
    finally:
        fleet.stop()


async def test_nothing_is_lost_in_a_storm(fleet: Fleet, mailbox: Mailbox) -> None:
    ada = fleet.sign_up("ada")
    repositories = subscribe(ada, mailbox)
    storm = Storm(fleet, tags=200)
    await storm.rage(ada, repositories)
    await nothing_is_lost(storm, mailbox)
