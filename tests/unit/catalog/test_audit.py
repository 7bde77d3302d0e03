"""The audit log as a table: entered once, forgotten in time."""

import datetime as dt
from typing import Any

from boatyard.catalog.audit import store
from boatyard.catalog.audit.consumers import consumer
from boatyard.catalog.audit.models import AuditRow
from boatyard.catalog.audit.tasks import BATCH, forget_old
from boatyard.shared.events import AuditOutcome, CredentialKind, RecordAction, new_id
from tests.unit.catalog.kit import Catalog


async def kept(catalog: Catalog, **wanted: Any) -> list[AuditRow]:
    async with catalog.state.database.reading() as session:
        rows, _ = await store.listed(session, store.Wanted(**wanted), cursor=None, limit=100)
    return list(rows)


async def enter(catalog: Catalog, *records: RecordAction) -> None:
    async with catalog.state.database.unit_of_work() as uow:
        for record in records:
            await consumer().handlers[RecordAction](uow, record)


async def test_a_record_is_kept_as_it_was_sent(catalog: Catalog) -> None:
    record = RecordAction(
        action="delete_tag",
        outcome=AuditOutcome.DONE,
        actor="captain",
        credential=CredentialKind.TOKEN,
        target={"namespace": "team", "name": "app", "tag": "v1"},
        details={"digest": "sha256:1"},
        address="192.0.2.7",
        request_id="r1",
    )
    await enter(catalog, record)
    [row] = await kept(catalog, repository="team/app", actor="captain", outcome="done")
    assert (row.id, row.at, row.action) == (record.id, record.occurred_at, "delete_tag")
    assert (row.target, row.details) == (record.target, record.details)
    assert (row.credential, row.address, row.request_id) == ("token", "192.0.2.7", "r1")
    assert await kept(catalog, repository="team/other") == []


async def test_what_is_older_than_a_year_is_forgotten_however_much_it_is(catalog: Catalog) -> None:
    now = catalog.clock.now()
    old, new = now - dt.timedelta(days=366), now - dt.timedelta(days=364)
    many = [AuditRow(id=new_id(), at=old, action="a", outcome="done") for _ in range(BATCH + 1)]
    async with catalog.state.database.unit_of_work() as uow:
        uow.session.add_all([*many, AuditRow(id=new_id(), at=new, action="b", outcome="done")])
    assert await forget_old(catalog.state) == BATCH + 1
    assert [row.action for row in await kept(catalog)] == ["b"]
