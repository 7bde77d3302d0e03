"""Searching repositories on the databases that do it: alike, and on PostgreSQL by an index."""

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from boatyard.catalog.repositories.store import Wanted, _conditions
from boatyard.catalog.tags.store import _matches
from boatyard.shared.events import Access
from tests.unit.catalog.kit import Catalog, made, names, ok

SUMMARIES = {"one": "per%cent", "two": "under_score", "three": "back\\slash", "four": "The Ship"}


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("%", ["one"]),
        ("_", ["two"]),
        ("\\", ["three"]),
        ("ship", ["four"]),
        ("SHIP", ["four"]),
        ("anna/t", ["three", "two"]),
        ("e", ["four", "one", "three", "two"]),
        ("nothing", []),
    ],
)
async def test_a_text_is_found_as_it_is(catalog: Catalog, q: str, found: list[str]) -> None:
    anna = await catalog.person("anna")
    for name, summary in SUMMARIES.items():
        await made(anna.post("/repositories", json={"name": name, "summary": summary}))
    assert names(await ok(anna.get("/repositories", params={"q": q}))) == found


MANY_TAGS = """
INSERT INTO tag (repository_id, name, digest, sequence, pushed_at, origin, remark, pull_count, hidden)
SELECT repository.id, 'v' || n, 'sha256:0', 1, now(), 'push', '', 0, false
FROM repository, generate_series(1, 20000) AS n
"""


async def test_postgresql_finds_a_rare_text_by_an_index(on_postgresql: Catalog) -> None:
    conditions = _conditions(Access(), Wanted(query="rare", everyone=True))
    async with on_postgresql.database.reading() as session:
        await session.execute(sa.text("SET LOCAL enable_seqscan = off"))
        assert "pg_repository_search" in await plan(session, "repository", conditions[-1])


@pytest.mark.parametrize("text", ["v1234", "*234?"])
async def test_postgresql_finds_a_few_of_many_tags_by_an_index(
    on_postgresql: Catalog, text: str
) -> None:
    anna = await on_postgresql.person("anna")
    await made(anna.post("/repositories", json={"name": "app"}))
    async with on_postgresql.database.reading() as session:
        await session.execute(sa.text(MANY_TAGS))
        await session.execute(sa.text("ANALYZE tag"))
        assert "pg_tag_search" in await plan(session, "tag", _matches(text))


async def plan(session: AsyncSession, table: str, condition: sa.ColumnElement[bool]) -> str:
    dialect = session.get_bind().dialect
    searched = condition.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
    lines = await session.execute(sa.text(f"EXPLAIN SELECT 1 FROM {table} WHERE {searched}"))
    return "\n".join(lines.scalars())


@pytest.mark.parametrize("sort", ["name", "updated", "created", "pulls", "stars"])
async def test_every_order_is_paged_alike(catalog: Catalog, sort: str) -> None:
    anna = await catalog.person("anna")
    for n in range(3):
        await made(anna.post("/repositories", json={"name": f"r{n}"}))
        catalog.clock.advance(seconds=1)
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        params: dict[str, Any] = {"sort": sort, "limit": 2}
        params |= {"cursor": cursor} if cursor else {}
        page = await ok(anna.get("/repositories", params=params))
        seen, cursor = seen + names(page), page["next_cursor"]
    assert sorted(seen) == ["r0", "r1", "r2"]


@pytest.mark.parametrize("sort", ["name", "pushed", "pulls"])
async def test_tags_are_paged_alike(catalog: Catalog, sort: str) -> None:
    anna = await catalog.person("anna")
    for tag in ("v0", "v1", "v2"):
        await catalog.push("anna/app", tag)
        catalog.clock.advance(seconds=1)
    path = "/repositories/anna/app/tags"
    first = await ok(anna.get(path, params={"sort": sort, "limit": 2}))
    rest = await ok(anna.get(path, params={"sort": sort, "cursor": first["next_cursor"]}))
    assert names(first) + names(rest) == ["v0", "v1", "v2"]
