"""Databases go from SQLite into a real PostgreSQL, with every type of column, whole or not at all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from boatyard.shared import migrations
from boatyard.shared.db import Database
from boatyard.shared.service import Service
from boatyard.shared.settings import variable_name
from boatyard.shared.testing.postgres import Postgres
from boatyard.standalone.folder import DataFolder
from boatyard.standalone.moving import MoveError, move
from boatyard.standalone.progress import Progress
from boatyard.standalone.services import SERVICES
from boatyard.standalone.settings import StandaloneSettings

NUMBER = 7
VALUES: dict[type, Callable[[Any], Any]] = {
    sa.Uuid: lambda _: UUID("01903e5c-6f1a-7c3b-9d2e-5a4b3c2d1e0f"),
    sa.JSON: lambda _: {"ä": [1, 2.5, None, "x"]},
    sa.Date: lambda _: dt.date(2026, 3, 14),
    sa.Boolean: lambda _: True,
    sa.BigInteger: lambda _: NUMBER,
    sa.Integer: lambda _: NUMBER,
    sa.Float: lambda _: 0.1,
    sa.LargeBinary: lambda _: b"\x00\xff",
    sa.Text: lambda _: "größe\n🚢",
    sa.String: lambda kind: "größe🚢"[: kind.length or 99],
}
MOMENT = dt.datetime(2026, 3, 14, 9, 26, 53, 589793, tzinfo=dt.UTC)


def value(column: sa.Column[Any]) -> Any:
    """A value of the column's type that is lost or changed by whoever takes it for another."""
    kind = getattr(column.type, "impl", column.type)
    if isinstance(kind, sa.DateTime):
        return MOMENT
    return next(make(kind) for known, make in VALUES.items() if isinstance(kind, known))


def tables(service: Service) -> list[sa.Table]:
    return service.tables.outbox.metadata.sorted_tables


async def content(service: Service, url: str) -> dict[str, list[Any]]:
    database = Database(url)
    async with database.reading() as session:
        found = {
            table.name: [tuple(row) for row in await session.execute(sa.select(table))]
            for table in tables(service)
        }
    await database.close()
    return found


@pytest.fixture
def urls(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """An empty database for every service, in the environment."""
    made = {service.name: postgres.new_database() for service in SERVICES}
    for name, url in made.items():
        monkeypatch.setenv(variable_name(name, "database_url"), url)
    return made


@pytest.fixture
async def settings(tmp_path: Path) -> StandaloneSettings:
    """A folder with the databases of an installation: one row in each table, two values in each column."""
    for service in SERVICES:
        database = Database(f"sqlite+aiosqlite:///{tmp_path}/{service.name}.db")
        await migrations.upgrade(service, database)
        async with database.unit_of_work() as uow:
            for table in tables(service):
                row = {column.name: value(column) for column in table.columns}
                await uow.session.execute(sa.insert(table), row)
        await database.close()
    return StandaloneSettings.load(data_dir=tmp_path)


async def test_every_value_arrives_as_it_was(
    settings: StandaloneSettings, urls: dict[str, str]
) -> None:
    assert await move(settings, Progress()) == [service.name for service in SERVICES]
    for service in SERVICES:
        before = await content(
            service, f"sqlite+aiosqlite:///{settings.data_dir}/{service.name}.db"
        )
        assert all(len(rows) == 1 for rows in before.values())
        assert await content(service, urls[service.name]) == before
        await check_head(service, urls[service.name])


async def check_head(service: Service, url: str) -> None:
    database = Database(url)
    await migrations.check(service, database)
    await database.close()


async def test_counting_goes_on_where_it_was(
    settings: StandaloneSettings, urls: dict[str, str]
) -> None:
    [dispatcher] = [service for service in SERVICES if service.name == "webhook-dispatcher"]
    events = dispatcher.tables.outbox.metadata.tables["event"]
    source = Database(f"sqlite+aiosqlite:///{settings.data_dir}/webhook-dispatcher.db")
    row = {column.name: value(column) for column in events.columns}
    async with source.unit_of_work() as uow:  # the last number was given to what is gone by now
        await uow.session.execute(sa.insert(events), {**row, "seq": 40, "id": UUID(int=40)})
        await uow.session.execute(sa.delete(events).where(events.c.seq == 40))
    await source.close()
    await move(settings, Progress())
    target = Database(urls["webhook-dispatcher"])
    del row["seq"]
    async with target.unit_of_work() as uow:
        made = await uow.session.execute(
            sa.insert(events).returning(events.c.seq), {**row, "id": UUID(int=1)}
        )
        assert made.scalar_one() == 41
    await target.close()


async def test_a_database_that_is_not_empty_is_refused_before_anything_is_moved(
    settings: StandaloneSettings, urls: dict[str, str]
) -> None:
    used = Database(urls["builder"])
    async with used.unit_of_work() as uow:
        await uow.session.execute(sa.text("CREATE TABLE theirs (id int)"))
    await used.close()
    with pytest.raises(MoveError, match="database for builder is not empty"):
        await move(settings, Progress())
    assert await table_names(urls["catalog"]) == []


async def test_a_service_is_moved_whole_or_not_at_all(
    settings: StandaloneSettings, urls: dict[str, str]
) -> None:
    [builder] = [service for service in SERVICES if service.name == "builder"]
    builds = builder.tables.outbox.metadata.tables["build"]
    source = Database(f"sqlite+aiosqlite:///{settings.data_dir}/builder.db")
    async with source.unit_of_work() as uow:  # which SQLite takes, and PostgreSQL does not
        await uow.session.execute(sa.update(builds).values(detail="a\x00b"))
    await source.close()
    with pytest.raises(MoveError, match="builder can't be moved, and nothing of it was") as raised:
        await move(settings, Progress())
    assert "catalog" in str(raised.value)
    assert await table_names(urls["builder"]) == []
    assert await table_names(urls["catalog"]) != []


async def table_names(url: str) -> list[str]:
    database = Database(url)
    async with database.reading() as session:
        connection = await session.connection()
        found = await connection.run_sync(lambda sync: sa.inspect(sync).get_table_names())
    await database.close()
    return found


async def test_what_can_not_be_moved_is_named(
    settings: StandaloneSettings, urls: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = DataFolder(settings.data_dir)
    folder.hold()
    with pytest.raises(Exception, match="another Boatyard uses the data folder"):
        await move(settings, Progress())
    folder.close()
    monkeypatch.setenv(
        "BOATYARD_CATALOG_DATABASE_URL", "postgresql+asyncpg://boatyard@127.0.0.1:1/x"
    )
    with pytest.raises(MoveError, match="database for catalog can't be reached"):
        await move(settings, Progress())
    for service in SERVICES:
        monkeypatch.delenv(variable_name(service.name, "database_url"))
    with pytest.raises(Exception, match="set BOATYARD_CATALOG_DATABASE_URL"):
        await move(settings, Progress())
