"""What a process works on is its own for as long as it lives, and no longer."""

from __future__ import annotations

import datetime as dt
import zlib

import pytest

from boatyard.github_gateway import holding
from boatyard.github_gateway.holding import held
from boatyard.github_gateway.inbound import store
from boatyard.github_gateway.inbound.envelope import Envelope, read_letter
from boatyard.github_gateway.inbound.intake import intake_row
from boatyard.github_gateway.inbound.models import Received
from boatyard.shared.events import new_id
from tests.integration.github_gateway.harness import Gateway, eventually


async def test_what_is_worked_on_for_long_stays_held(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holding, "LEASE", dt.timedelta(seconds=2))
    row = await taken(gateway, until=gateway.state.clock.now() + holding.LEASE)
    async with held(gateway.state, [row]):
        await eventually(lambda: renewed(gateway, row), what="the lease is renewed")


async def taken(gateway: Gateway, *, until: dt.datetime) -> Received:
    """A delivery that was claimed."""
    letter = read_letter(b"{}", "application/json")
    values = intake_row(Envelope(str(new_id()), "push", None), letter, gateway.state.clock.now())
    claim = {"claim_id": new_id(), "lease_until": until}
    async with gateway.state.database.unit_of_work() as uow:
        bodies = {values["id"]: zlib.compress(letter.json)}
        await store.add(uow.session, [{**values, **claim}], bodies)
    return await read(gateway, values["guid"])


async def read(gateway: Gateway, guid: str) -> Received:
    async with gateway.state.database.reading() as session:
        found = await store.read(session, guid)
    assert found is not None
    return found


async def renewed(gateway: Gateway, row: Received) -> bool:
    now = await read(gateway, row.guid)
    assert row.lease_until is not None
    return now.claim_id == row.claim_id and (now.lease_until or row.lease_until) > row.lease_until
