import asyncio
import datetime as dt
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa
from sqlmodel import Field, SQLModel, col

from boatyard.shared.bus.inbox import InboxColumns, first_time
from boatyard.shared.bus.outbox import OutboxColumns
from boatyard.shared.db import Database, UtcDateTime, new_registry
from boatyard.shared.events import TagPushed
from boatyard.shared.leases import LeaseColumns, claim, finish, free, renew


class Base(SQLModel, registry=new_registry()):
    pass


class Outbox(Base, OutboxColumns, table=True):
    __tablename__ = "outbox"


class Inbox(Base, InboxColumns, table=True):
    __tablename__ = "inbox"


class Job(Base, LeaseColumns, table=True):
    __tablename__ = "job"
    name: str
    seen_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)


NOW = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
LEASE = dt.timedelta(seconds=60)
PUSHED = TagPushed(repository="team/app", tag="v1", digest="sha256:" + "0" * 64, sequence=1)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, outbox=Outbox)
    async with database.unit_of_work() as uow:
        await (await uow.session.connection()).run_sync(Base.metadata.create_all)
    yield database
    await database.close()


async def add_jobs(database: Database, *names: str, due: dt.datetime = NOW) -> None:
    async with database.unit_of_work() as uow:
        uow.session.add_all([Job(name=name, due_at=due) for name in names])


async def take(database: Database, *, now: dt.datetime = NOW, limit: int = 10) -> list[Job]:
    async with database.unit_of_work() as uow:
        candidates = (
            sa.select(col(Job.id)).where(free(Job, now=now)).order_by(col(Job.name)).limit(limit)
        )
        return await claim(uow.session, Job, candidates, now=now, lease=LEASE)


async def outbox_size(database: Database) -> int:
    async with database.reading() as session:
        return (await session.execute(sa.select(sa.func.count()).select_from(Outbox))).scalar_one()


async def test_a_message_is_in_the_outbox_if_and_only_if_the_work_committed(
    database: Database,
) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.unit_of_work() as uow:
            uow.publish(PUSHED)
            raise ZeroDivisionError
    assert await outbox_size(database) == 0
    async with database.unit_of_work() as uow:
        uow.publish(PUSHED)
    assert await outbox_size(database) == 1


async def test_what_is_called_after_a_commit_is_not_called_after_a_rollback(
    database: Database,
) -> None:
    called: list[str] = []
    database.on_publish.append(lambda _rows: called.append("publish"))
    with pytest.raises(ZeroDivisionError):
        async with database.unit_of_work() as uow:
            uow.after_commit.append(lambda: called.append("commit"))
            raise ZeroDivisionError
    assert called == []
    async with database.unit_of_work() as uow:
        uow.after_commit.append(lambda: called.append("commit"))
    assert called == ["commit"]
    async with database.unit_of_work() as uow:
        uow.after_commit.append(lambda: called.append("commit"))
        uow.publish(PUSHED)
    assert called == ["commit", "commit", "publish"]


async def test_writers_queue_up_instead_of_failing(database: Database) -> None:
    await asyncio.gather(*(add_jobs(database, f"job {n}") for n in range(50)))
    assert len(await take(database, limit=100)) == 50


async def test_reading_goes_on_while_somebody_writes(database: Database) -> None:
    async with database.unit_of_work() as uow:
        uow.publish(PUSHED)
        await uow.session.flush()
        assert await outbox_size(database) == 0


async def test_a_moment_comes_back_in_utc_and_must_have_a_zone(database: Database) -> None:
    east = dt.datetime(2026, 1, 1, 20, tzinfo=dt.timezone(dt.timedelta(hours=8)))
    async with database.unit_of_work() as uow:
        uow.session.add(Job(name="east", seen_at=east))
    async with database.reading() as session:
        job = (await session.execute(sa.select(Job))).scalar_one()
    assert job.seen_at == NOW
    assert job.seen_at.tzinfo is dt.UTC
    with pytest.raises(sa.exc.StatementError, match="needs its zone"):
        async with database.unit_of_work() as uow:
            uow.session.add(Job(name="naive", seen_at=dt.datetime(2026, 1, 1)))  # noqa: DTZ001


async def test_a_row_is_claimed_by_one_worker_only(database: Database) -> None:
    await add_jobs(database, "a", "b", "c")
    batches = await asyncio.gather(*(take(database, limit=2) for _ in range(4)))
    assert sorted(job.name for batch in batches for job in batch) == ["a", "b", "c"]


async def test_a_row_that_is_not_due_is_left_alone(database: Database) -> None:
    await add_jobs(database, "later", due=NOW + LEASE)
    assert await take(database) == []
    assert [job.name for job in await take(database, now=NOW + LEASE)] == ["later"]


async def test_a_lease_that_ran_out_goes_to_another_and_the_first_can_neither_renew_nor_finish(
    database: Database,
) -> None:
    await add_jobs(database, "a")
    [first] = await take(database)
    assert await take(database, now=NOW + LEASE / 2) == []
    [second] = await take(database, now=NOW + LEASE)
    assert first.claim_id is not None
    assert second.claim_id is not None
    assert second.claim_id != first.claim_id
    async with database.unit_of_work() as uow:
        session = uow.session
        assert await renew(session, Job, claim_id=first.claim_id, until=NOW) == set()
        assert not await finish(
            session, Job, id=first.id, claim_id=first.claim_id, values={"name": "x"}
        )
        assert await renew(session, Job, claim_id=second.claim_id, until=NOW + 3 * LEASE) == {
            first.id
        }
    assert await take(database, now=NOW + 2 * LEASE) == []
    async with database.unit_of_work() as uow:
        assert await finish(
            uow.session, Job, id=first.id, claim_id=second.claim_id, values={"due_at": None}
        )
    assert await take(database, now=NOW + 9 * LEASE) == []


async def test_a_message_is_new_once_for_each_consumer(database: Database) -> None:
    async with database.unit_of_work() as uow:
        seen = [
            await first_time(uow.session, Inbox, consumer=consumer, message_ids=ids, now=NOW)
            for consumer, ids in (
                ("catalog", ["m1", "m2", "m1"]),
                ("catalog", ["m2", "m3"]),
                ("builder", ["m1"]),
                ("builder", []),
            )
        ]
    assert seen == [{"m1", "m2"}, {"m3"}, {"m1"}, set()]


async def test_what_is_collected_is_written_at_the_end_of_the_transaction(
    database: Database,
) -> None:
    async with database.unit_of_work() as uow:

        async def write() -> None:
            await first_time(uow.session, Inbox, consumer="c", message_ids=["m1"], now=NOW)

        uow.before_commit.append(write)
    async with database.unit_of_work() as uow:
        again = await first_time(uow.session, Inbox, consumer="c", message_ids=["m1"], now=NOW)
    assert again == set()
