"""What builder keeps, on both databases: the queue, the leases, the fences, the migrations."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from boatyard.builder import actions, fences, store
from boatyard.builder.actions import Ending, Queue
from boatyard.builder.db import Outbox
from boatyard.builder.fences import Busy, Free
from boatyard.builder.models import Build
from boatyard.builder.service import SERVICE
from boatyard.shared import leases, migrations
from boatyard.shared.db import Database
from boatyard.shared.events import BuildCause, BuildImage, BuildRecipe, BuildSource, BuildStatus

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
LEASE = dt.timedelta(seconds=20)
REPOSITORY = uuid4()


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, outbox=Outbox)
    await migrations.upgrade(SERVICE, database)
    yield database
    await database.close()


def command(order: int, **wishes: Any) -> BuildImage:
    usual = {
        "repository_id": REPOSITORY,
        "repository": "team/app",
        "group": f"group-{order}",
        "order": order,
        "tags": ("latest",),
        "source": BuildSource(
            project="octo/hello",
            clone_url="https://github.example/octo/hello.git",
            ref="refs/heads/main",
            commit=f"{order:040x}",
        ),
        "recipe": BuildRecipe(),
        "cause": BuildCause.PUSH,
    }
    return BuildImage(**{**usual, **wishes})


async def accepted(database: Database, order: int, **wishes: Any) -> UUID:
    wanted = command(order, **wishes)
    async with database.unit_of_work() as uow:
        await actions.accept(uow, Queue(), wanted, now=NOW)
    return wanted.id


async def take(
    database: Database, *, now: dt.datetime = NOW, per_namespace: int = 0
) -> Build | None:
    async with database.unit_of_work() as uow:
        return await actions.take(uow, now=now, lease=LEASE, per_namespace=per_namespace)


async def row(database: Database, id: UUID) -> Build:
    async with database.reading() as session:
        found = await store.by_id(session, id)
    assert found is not None
    return found


async def test_the_migrations_lead_to_the_tables_and_back(database_url: str) -> None:
    database = Database(database_url, outbox=Outbox)
    await migrations.upgrade(SERVICE, database)
    await migrations.check(SERVICE, database)
    await migrations.downgrade(SERVICE, database, "base")
    await migrations.upgrade(SERVICE, database)
    await database.close()


async def test_numbers_have_no_gap_and_no_double_whoever_comes_at_once(database: Database) -> None:
    ids = await asyncio.gather(*(accepted(database, order) for order in range(20)))
    numbers = [(await row(database, id)).number for id in ids]
    assert sorted(numbers) == list(range(1, 21))


async def test_workers_at_once_never_take_the_same_build(database: Database) -> None:
    for order in range(12):
        await accepted(database, order)
    taken = [t for t in await asyncio.gather(*(take(database) for _ in range(12))) if t]
    while another := await take(database):
        taken.append(another)
    assert len(taken) == len({build.id for build in taken}) == 12


async def test_namespaces_take_turns(database: Database) -> None:
    for order in range(4):
        await accepted(database, order)
    for order in range(4, 6):
        await accepted(database, order, repository_id=uuid4(), repository="other/app")
    turns = []
    for second in range(6):
        build = await take(database, now=NOW + dt.timedelta(seconds=second))
        assert build is not None
        turns.append(build.namespace)
    assert turns == ["other", "team", "other", "team", "team", "team"]


async def test_a_namespace_has_no_more_running_than_it_may(database: Database) -> None:
    for order in range(3):
        await accepted(database, order)
    assert await take(database, per_namespace=2)
    assert await take(database, per_namespace=2)
    assert await take(database, per_namespace=2) is None


async def test_a_worker_that_lost_its_lease_writes_nothing(database: Database) -> None:
    id = await accepted(database, 1)
    first = await take(database)
    assert first is not None
    later = NOW + dt.timedelta(minutes=1)
    async with database.unit_of_work() as uow:
        [abandoned] = await store.abandoned(uow.session, now=later)
        await actions.reap(uow, Queue(), abandoned, attempts=3, now=later)
    second = await take(database, now=later)
    assert second is not None
    assert (second.id, second.attempt) == (id, 2)
    async with database.unit_of_work() as uow:
        ending = Ending(status=BuildStatus.SUCCEEDED)
        assert not await actions.end(uow, first, ending, seconds={}, now=later)
        held = await leases.renew(
            uow.session, Build, claim_id=first.claim_id or uuid4(), until=later
        )
    assert held == set()
    assert (await row(database, id)).status == BuildStatus.BUILDING


async def test_a_build_that_was_begun_too_often_fails(database: Database) -> None:
    id = await accepted(database, 1)
    now = NOW
    for _ in range(3):
        assert await take(database, now=now)
        now += dt.timedelta(minutes=1)
        async with database.unit_of_work() as uow:
            for build in await store.abandoned(uow.session, now=now):
                await actions.reap(uow, Queue(), build, attempts=3, now=now)
    build = await row(database, id)
    assert (build.status, build.reason, build.user_error) == ("failed", "worker-lost", False)


async def test_what_was_asked_to_stop_ends_so_although_its_worker_is_gone(
    database: Database,
) -> None:
    id = await accepted(database, 1)
    await take(database)
    async with database.unit_of_work() as uow:
        await actions.cancel(uow, Queue(), id, by="ada", now=NOW)
    later = NOW + dt.timedelta(minutes=1)
    async with database.unit_of_work() as uow:
        for build in await store.abandoned(uow.session, now=later):
            await actions.reap(uow, Queue(), build, attempts=3, now=later)
    assert (await row(database, id)).status == BuildStatus.CANCELED


async def fence(database: Database, build: Build, *, now: dt.datetime = NOW) -> Free | Busy:
    async with database.unit_of_work() as uow:
        return await fences.take(uow.session, build, now=now, until=now + LEASE)


async def pushed(database: Database, build: Build) -> None:
    async with database.unit_of_work() as uow:
        for tag in build.tags:
            await fences.pushed(uow.session, build, tag=tag, digest="sha256:" + "0" * 64)
        await fences.release(uow.session, build.id)


async def builds(database: Database, *orders: int) -> list[Build]:
    return [await row(database, await accepted(database, order)) for order in orders]


async def test_a_tag_is_moved_by_one_build_at_a_time(database: Database) -> None:
    old, new = await builds(database, 1, 2)
    assert await fence(database, old) == Free(won=("latest",), lost=())
    assert await fence(database, new) == Busy("latest")
    await pushed(database, old)
    assert await fence(database, new) == Free(won=("latest",), lost=())


async def test_an_older_build_never_moves_a_tag_after_a_newer_one(database: Database) -> None:
    old, new = await builds(database, 1, 2)
    await fence(database, new)
    await pushed(database, new)
    assert await fence(database, old) == Free(won=(), lost=("latest",))
    assert await fence(database, new) == Free(won=("latest",), lost=())


async def test_a_push_whose_worker_vanished_keeps_out_older_builds(database: Database) -> None:
    old, new = await builds(database, 1, 2)
    await fence(database, new)
    later = NOW + dt.timedelta(minutes=1)
    assert await fence(database, old, now=later) == Free(won=(), lost=("latest",))
    assert await fence(database, new, now=later) == Free(won=("latest",), lost=())


async def test_a_push_that_was_refused_keeps_out_nobody(database: Database) -> None:
    old, new = await builds(database, 1, 2)
    await fence(database, new)
    async with database.unit_of_work() as uow:
        await fences.release(uow.session, new.id, nothing_moved=True)
    assert await fence(database, old) == Free(won=("latest",), lost=())


async def test_the_fences_of_builds_at_once_are_taken_by_one(database: Database) -> None:
    rivals = [
        await row(database, await accepted(database, order, tags=tags))
        for order, tags in enumerate([("a", "b"), ("b", "a"), ("a", "b", "c"), ("c", "b")])
    ]
    results = await asyncio.gather(*(fence(database, build) for build in rivals))
    assert sum(isinstance(result, Free) for result in results) == 1


async def test_old_records_are_forgotten_but_the_last_ones(database: Database) -> None:
    for order in range(5):
        await accepted(database, order)
        build = await take(database)
        assert build is not None
        async with database.unit_of_work() as uow:
            ending = Ending(status=BuildStatus.SUCCEEDED)
            await actions.end(uow, build, ending, seconds={"build": 1.0}, now=NOW)
    async with database.unit_of_work() as uow:
        later = NOW + dt.timedelta(days=1)
        ids = await store.outdated(uow.session, before=later, keep=2, limit=100)
        assert await store.outdated(uow.session, before=NOW, keep=2, limit=100) == []
        await store.remove(uow.session, ids)
    async with database.reading() as session:
        left = await store.listed(
            session, REPOSITORY, statuses=None, rule_id=None, ref=None, before=None, limit=10
        )
    assert [build.number for build in left] == [5, 4]
