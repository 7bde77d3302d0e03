"""Write the next migration of a service from the difference between its tables and its migrations.

    uv run python tools/migration.py catalog "add_tag_remarks"

The new file is a draft: read it before it is committed.
"""

from __future__ import annotations

import asyncio
import importlib
import sys
import tempfile
from pathlib import Path

from alembic import command

from boatyard.shared import migrations
from boatyard.shared.db import Database
from boatyard.shared.service import Service


async def draft(service: Service, name: str) -> None:
    """Migrate an empty database as far as the migrations go, and write down what is missing."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite+aiosqlite:///{folder}/draft.db", outbox=service.tables.outbox)
        await migrations.upgrade(service, database)
        package = importlib.import_module(service.tables.migrations)
        versions = Path(str(package.__file__)).parent / "versions"
        number = f"{len(list(versions.glob('[0-9]*.py'))) + 1:04d}"
        async with database.unit_of_work() as uow:
            connection = await uow.session.connection()
            await connection.run_sync(
                lambda sync: command.revision(
                    migrations.config_for(service, sync),
                    message=name,
                    autogenerate=True,
                    rev_id=number,
                )
            )
        await database.close()


def main() -> None:
    """Read the command line."""
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    module = importlib.import_module(f"boatyard.{sys.argv[1].replace('-', '_')}.service")
    asyncio.run(draft(module.SERVICE, sys.argv[2]))


if __name__ == "__main__":
    main()
