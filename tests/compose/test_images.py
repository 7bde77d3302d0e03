"""Each service's image by itself: it runs as nobody, writes nothing but its data, and stops when it is told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from importlib.resources import files

import pytest
from alembic.script import ScriptDirectory

from boatyard.shared.service import Service
from tests.compose.containers import DATA, Harbour, ServiceContainer
from tests.compose.fleet import SERVICES_ALONE

# The first test builds the images.
pytestmark = [pytest.mark.docker, pytest.mark.timeout(3000)]


@pytest.fixture(scope="module", params=SERVICES_ALONE)
def service(request: pytest.FixtureRequest, harbour: Harbour) -> Iterator[ServiceContainer]:
    with harbour.service(request.param) as running:
        yield running


def test_an_image_says_that_it_is_alive_and_ready(service: ServiceContainer) -> None:
    assert service.get("/healthz").json() == {"status": "alive"}
    assert service.get("/readyz").json()["services"] == [service.service]


def test_an_image_runs_as_nobody_in_particular_and_can_become_nobody_else(
    service: ServiceContainer,
) -> None:
    status = dict(re.findall(r"(\w+):\t(.*)", service.says("cat", "/proc/1/status")))
    assert status["Uid"].split() == ["10001"] * 4
    assert {int(status[f"Cap{kind}"], 16) for kind in ("Inh", "Prm", "Eff", "Bnd", "Amb")} == {0}
    assert status["NoNewPrivs"] == "1"


def test_an_image_can_write_its_data_and_nothing_else(service: ServiceContainer) -> None:
    find = "find / -xdev ! -type l -writable 2>/dev/null || true"
    assert set(service.says("sh", "-c", find).split()) == {DATA, "/tmp"}
    service.says("touch", f"{DATA}/written")


def test_an_image_brings_its_database_in_postgresql_up_to_date(
    service: ServiceContainer, harbour: Harbour
) -> None:
    versions = harbour.sql(service.service, "SELECT version_num FROM alembic_version")
    assert versions == [newest_migration(service.service)]
    tables = harbour.sql(
        service.service, "SELECT tableowner FROM pg_tables WHERE schemaname='public'"
    )
    assert set(tables) == {service.service}


def test_an_image_stops_when_it_is_told_and_can_be_started_again(service: ServiceContainer) -> None:
    assert service.stop_as_told() == 0, service.log
    service.start_again()


def newest_migration(name: str) -> str | None:
    found: Service = import_module(f"boatyard.{name.replace('-', '_')}.service").SERVICE
    return ScriptDirectory(str(files(found.tables.migrations))).get_current_head()
