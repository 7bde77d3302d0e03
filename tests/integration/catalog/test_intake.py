"""Changes that come together come to the same as one after the other."""

from __future__ import annotations

import datetime as dt
import random
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from boatyard.catalog.activity.models import Activity
from boatyard.catalog.repositories.models import Repository
from boatyard.catalog.tags.models import ManifestRow, Tag, TagChange
from boatyard.shared.db import Database
from boatyard.shared.events import ManifestPulled, TagDeleted, TagPushed
from boatyard.shared.testing.postgres import Postgres
from tests.integration.catalog.conftest import begin
from tests.unit.catalog.kit import Catalog

MORNING = dt.datetime(2026, 3, 1, 8, tzinfo=dt.UTC)
NAMES = ("anna/app", "anna/web", "nobody/app")
TAGS = ("v1", "latest", "sha256-" + "0" * 64 + ".sig")
DIGESTS = tuple("sha256:" + digit * 64 for digit in "abc")
Event = TagPushed | TagDeleted | ManifestPulled


def some_events(seed: int) -> list[Event]:
    """Changes as they may come: some twice, some late, of tags that move, go and come back, and pulls."""
    choose, minutes = random.Random(seed), count()
    sequences: dict[tuple[str, str], int] = {}
    events: list[Event] = [
        TagPushed(repository=name, tag="first", digest=DIGESTS[0], sequence=1, occurred_at=MORNING)
        for name in NAMES
    ]
    for _ in range(40):
        repository, tag = choose.choice(NAMES), choose.choice(TAGS)
        at = MORNING + dt.timedelta(minutes=next(minutes) * 30)
        kind = choose.choice((TagPushed, TagPushed, TagPushed, TagDeleted, ManifestPulled))
        fields: dict[str, Any] = {
            "repository": repository,
            "tag": tag,
            "digest": choose.choice(DIGESTS),
            "occurred_at": at,
        }
        if kind is not ManifestPulled:
            fields["sequence"] = sequences[repository, tag] = (
                sequences.get((repository, tag), 0) + 1
            )
        events.append(kind(**fields))
    events += choose.sample(events, 5)
    for _ in range(5):
        events.insert(
            choose.randrange(3, len(events)), events.pop(choose.randrange(3, len(events)))
        )
    return events


async def apply(catalog: Catalog, events: list[Event], *, together: int) -> None:
    """Handle events in transactions of so many."""
    handlers = catalog.parts.consumers[0].handlers
    for start in range(0, len(events), together):
        async with catalog.database.unit_of_work() as uow:
            for event in events[start : start + together]:
                await handlers[type(event)](uow, event)


async def state_of(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """All that users could see, with names in place of ids."""
    async with database.reading() as session:
        repositories = (await session.execute(sa.select(Repository))).scalars().all()
        names = {each.id: each.full_name for each in repositories}
        found: dict[str, list[tuple[Any, ...]]] = {
            "repositories": sorted(
                (r.full_name, r.tag_count, r.pull_count, r.last_pushed_at, r.updated_at)
                for r in repositories
            )
        }
        for table in (Tag, TagChange, ManifestRow, Activity):
            columns = [column for column in sa.inspect(table).columns if column.name != "due_at"]
            rows = await session.execute(sa.select(*columns))
            found[table.__name__] = sorted(
                ((names[row[0]], *map(str, row[1:])) for row in rows), key=repr
            )
    return found


@pytest.mark.parametrize("seed", range(12))
async def test_in_one_transaction_or_in_many(app: FastAPI, tmp_path: Path, seed: int) -> None:
    events = some_events(seed)
    states = []
    for together in (1, 7, 64):
        folder = tmp_path / str(together)
        folder.mkdir()
        catalog = await begin(app, f"sqlite+aiosqlite:///{folder}/catalog.db", folder)
        await catalog.person("anna")
        await apply(catalog, events, together=together)
        states.append(await state_of(catalog.database))
        await catalog.stop()
    assert states[0]["Tag"]
    assert states[1] == states[0]
    assert states[2] == states[0]


async def test_on_postgresql_it_is_the_same(
    app: FastAPI, postgres: Postgres, tmp_path: Path
) -> None:
    states = []
    for url in (postgres.new_database(), f"sqlite+aiosqlite:///{tmp_path}/catalog.db"):
        catalog = await begin(app, url, tmp_path)
        await catalog.person("anna")
        await apply(catalog, some_events(99), together=64)
        states.append(await state_of(catalog.database))
        await catalog.stop()
    assert states[0] == states[1]
