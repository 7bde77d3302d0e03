"""Brings the database of this image's service up to date: a Job does that before a new version starts."""

import asyncio
import importlib
import os
import sys

from boatyard.shared.db import Database
from boatyard.shared.mendable import MendableError
from boatyard.shared.migrations import upgrade
from boatyard.shared.service import Service


async def migrate(service: Service) -> None:
    """Migrate; a second one that does so at the same time waits."""
    database = Database(service.settings.load().url_of_database, outbox=service.tables.outbox)
    try:
        await upgrade(service, database)
    finally:
        await database.close()


name = os.environ["SERVICE"].replace("-", "_")  # noqa: TID251 - set by the image
try:
    asyncio.run(migrate(importlib.import_module(f"boatyard.{name}.service").SERVICE))
except MendableError as error:
    sys.exit(f"{name} can't be migrated: {error}")
