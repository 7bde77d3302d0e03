"""The thinnest line of B2 with the packages that Boatyard is made of: FastAPI takes, SQLAlchemy writes.

It does what `bare_pipeline.py` does and no more. What lies between these two is the packages' share of a push;
what lies between this and Boatyard is what Boatyard does beyond.

python -m benchmarks.packaged_pipeline 8080 nats://127.0.0.1:4222 http://127.0.0.1:9000/ folder
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa
from fastapi import FastAPI, Request, Response
from sqlalchemy.dialects.sqlite import insert

from benchmarks.bare_pipeline import Fact, Pipeline, Store, serve
from boatyard.shared.db import Database
from boatyard.shared.runtime import collect_seldom

METADATA = sa.MetaData()
SEEN, FACT, STATE = (
    sa.Table(
        name,
        METADATA,
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("value", sa.LargeBinary),
    )
    for name in ("seen", "fact", "state")
)
SEE, TELL, BEGIN = (insert(table).on_conflict_do_nothing() for table in (SEEN, FACT, STATE))
END = sa.update(STATE).where(STATE.c.id == sa.bindparam("of")).values(value=b"ended")


class Tables:
    """A store by the services' own database, with statements that are put together once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def enter(self, facts: Sequence[Fact]) -> None:
        """Write down that facts were seen, what they tell and how they are."""
        async with self._database.unit_of_work() as uow:
            connection = await uow.session.connection()
            await connection.execute(SEE, [{"id": id, "value": b""} for id, _ in facts])
            await connection.execute(TELL, [{"id": id, "value": fact} for id, fact in facts])
            await connection.execute(BEGIN, [{"id": id, "value": b"begun"} for id, _ in facts])

    async def end(self, ids: Sequence[str]) -> None:
        """Write down that these have come to their end."""
        async with self._database.unit_of_work() as uow:
            connection = await uow.session.connection()
            await connection.execute(END, [{"of": id} for id in ids])


async def tables(path: Path) -> Store:
    """An empty store in a file."""
    database = Database(f"sqlite+aiosqlite:///{path}")
    async with database.unit_of_work() as uow:
        connection = await uow.session.connection()
        await connection.run_sync(METADATA.create_all)
    return Tables(database)


def application(pipeline: Pipeline) -> FastAPI:
    """What answers the registry."""
    collect_seldom()
    app = FastAPI()

    @app.post("/")
    async def take(request: Request) -> Response:
        await pipeline.take(await request.body())
        return Response(status_code=202)

    return app


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1:], store=tables, application=application))
