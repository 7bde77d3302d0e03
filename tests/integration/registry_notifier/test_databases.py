"""What holds on SQLite holds on PostgreSQL, too, and there several processes share the work."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from boatyard.registry_notifier.db import Outbox
from boatyard.registry_notifier.service import SERVICE
from boatyard.shared import migrations
from boatyard.shared.db import Database
from boatyard.shared.testing.postgres import Postgres
from tests.integration.registry_notifier.quay import until
from tests.unit.registry_notifier import test_actions
from tests.unit.registry_notifier.kit import REPOSITORY, A, B, Notifier, push

Scenario = Callable[[Notifier], Coroutine[Any, Any, None]]
SCENARIOS: list[Scenario] = [
    test
    for name, test in vars(test_actions).items()
    if name.startswith("test_") and list(inspect.signature(test).parameters) == ["notifier"]
]


async def migrated(url: str) -> str:
    database = Database(url, outbox=Outbox)
    await migrations.upgrade(SERVICE, database)
    await database.close()
    return url


@pytest.fixture
async def notifier(postgres: Postgres) -> AsyncIterator[Notifier]:
    notifier = Notifier(await migrated(postgres.new_database()))
    yield notifier
    await notifier.stop()


async def test_the_migrations_make_the_tables_of_the_code_and_go_down_again(
    database_url: str,
) -> None:
    database = Database(database_url, outbox=Outbox)
    await migrations.upgrade(SERVICE, database)
    await migrations.check(SERVICE, database)
    await migrations.downgrade(SERVICE, database, "base")
    await migrations.upgrade(SERVICE, database)
    await migrations.check(SERVICE, database)
    await database.close()


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
async def test_on_postgresql_too(scenario: Scenario, notifier: Notifier) -> None:
    await scenario(notifier)


async def test_the_sweep_works_on_postgresql(notifier: Notifier) -> None:
    await notifier.tell(push("v1", A), push("gone", A))
    notifier.registry.add_manifest(REPOSITORY, B, tag="v1")
    assert (await notifier.sweep()).changes == 2
    assert await notifier.story("v1") == [(1, A.digest, "push"), (2, B.digest, "reconcile")]
    assert await notifier.story("gone") == [(1, A.digest, "push"), (2, None, "reconcile")]


async def test_two_processes_that_take_news_of_the_same_tags_count_on_together(
    postgres: Postgres,
) -> None:
    url = await migrated(postgres.new_database())
    both = [Notifier(url), Notifier(url)]
    images = [A, B] * 10
    answers = await asyncio.gather(
        *(both[number % 2].post(push("v1", image)) for number, image in enumerate(images))
    )
    assert {answer.status_code for answer in answers} == {202}
    numbers = [number for number, _, _ in await both[0].story()]
    assert sorted(numbers) == list(range(1, len(numbers) + 1))
    assert (await both[0].position()).sequence == len(numbers)
    for notifier in both:
        await notifier.stop()


async def test_while_its_database_is_away_the_registry_is_told_to_keep_it(tmp_path: Path) -> None:
    postgres = Postgres()
    postgres.start()
    notifier = Notifier(await migrated(postgres.new_database()))
    pushed = push("v1", A)
    try:
        assert (await notifier.post(push("v0", A))).status_code == 202
        postgres.kill()
        with capture_logs():
            assert (await notifier.post(pushed)).status_code == 503
            starting = asyncio.create_task(asyncio.to_thread(postgres.start))
            statuses: list[int] = []

            async def taken() -> bool:
                statuses.append((await notifier.post(pushed)).status_code)
                return statuses[-1] == 202

            await until(taken, seconds=60)
            await starting
        assert set(statuses) <= {503, 202}
        assert await notifier.story() == [(1, A.digest, "push")]
    finally:
        await notifier.stop()
        postgres.remove()
