import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from boatyard.catalog.db import Outbox
from boatyard.catalog.service import SERVICE
from boatyard.shared import migrations
from boatyard.shared.db import Database
from boatyard.shared.logging import set_up_logging
from tests.unit.catalog.kit import Catalog, made, make_routes

PEOPLE = ("anna", "bert", "carl")


@pytest.fixture(scope="session", autouse=True)
def logs() -> None:
    """Plain lines: structlog's own colours draw every local variable of a traceback."""
    set_up_logging(level="info", format="json")


@dataclass(frozen=True)
class Template:
    """A folder with keys and two databases to copy: one is empty, in the other some have signed up."""

    folder: Path
    people: dict[str, dict[str, str]]
    app: FastAPI


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    folder = tmp_path_factory.mktemp("catalog")
    app = make_routes()
    return Template(folder, asyncio.run(fill(folder, app)), app)


async def fill(folder: Path, app: FastAPI) -> dict[str, dict[str, str]]:
    url = f"sqlite+aiosqlite:///{folder}/empty.db"
    database = Database(url, outbox=Outbox)
    await migrations.upgrade(SERVICE, database)
    await database.close()
    shutil.copy(folder / "empty.db", folder / "people.db")
    catalog = Catalog(app, database_url=url.replace("empty", "people"), data_dir=folder)
    people = {name: dict((await catalog.person(name)).cookies) for name in PEOPLE}
    await catalog.stop()
    return people


@pytest.fixture
async def make_catalog(template: Template, tmp_path: Path) -> AsyncIterator[Callable[..., Catalog]]:
    """Makes catalogs with settings of their own, in which nobody has signed up."""
    running: list[Catalog] = []

    def make(*, inhabited: bool = False, **settings: Any) -> Catalog:
        file = tmp_path / f"catalog-{len(running)}.db"
        shutil.copy(template.folder / ("people.db" if inhabited else "empty.db"), file)
        catalog = Catalog(
            template.app,
            database_url=f"sqlite+aiosqlite:///{file}",
            data_dir=template.folder,
            people=template.people if inhabited else None,
            **settings,
        )
        running.append(catalog)
        return catalog

    yield make
    for catalog in running:
        await catalog.stop()


@pytest.fixture
def catalog(make_catalog: Callable[..., Catalog]) -> Catalog:
    """A catalog in which anna, bert and carl have signed up, so that no test waits for that."""
    return make_catalog(inhabited=True)


@pytest.fixture
def empty(make_catalog: Callable[..., Catalog]) -> Catalog:
    """A catalog in which nobody has signed up."""
    return make_catalog()


@pytest.fixture
async def anna(catalog: Catalog) -> httpx.AsyncClient:
    """Anna, who has an empty repository anna/app."""
    anna = await catalog.person("anna")
    await made(anna.post("/repositories", json={"name": "app"}))
    return anna
