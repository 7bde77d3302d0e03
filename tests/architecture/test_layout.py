"""A service has one name everywhere, and a reader can guess where things are."""

import re
import tomllib
from pathlib import Path

import pytest

from boatyard.shared.service import Service
from boatyard.standalone.services import SERVICES
from tests.architecture.tree import ROOT, files, services

VAGUE = {"utils.py", "util.py", "helpers.py", "common.py", "misc.py", "manager.py"}
by_service = pytest.mark.parametrize("folder", services(), ids=lambda folder: folder.name)


@by_service
def test_a_service_has_what_every_service_has(folder: Path) -> None:
    package = folder / "src" / "boatyard" / folder.name.replace("-", "_")
    missing = [
        str(path.relative_to(ROOT))
        for path in (folder / "README.md", package / "__init__.py", package / "py.typed")
        if not path.is_file()
    ]
    assert not missing, f"every service has these: {', '.join(missing)}"


@by_service
def test_a_service_has_one_name_everywhere(folder: Path) -> None:
    project = tomllib.loads((folder / "pyproject.toml").read_text())
    module = f"boatyard.{folder.name.replace('-', '_')}"
    assert project["project"]["name"] == f"boatyard-{folder.name}"
    assert project["tool"]["uv"]["build-backend"]["module-name"] == module


@by_service
def test_a_service_depends_on_shared_alone(folder: Path) -> None:
    project = tomllib.loads((folder / "pyproject.toml").read_text())
    ours = {name for name in project["project"]["dependencies"] if name.startswith("boatyard-")}
    allowed = set()
    if folder.name == "standalone":
        allowed = {"boatyard-cli", *(f"boatyard-{other.name}" for other in services())}
    assert ours - {"boatyard-shared"} <= allowed, "only standalone may know other services"


def test_every_service_runs_in_the_embedded_installation() -> None:
    folders = {folder.name for folder in services()} - {"standalone"}
    assert {service.name for service in SERVICES} == folders, "list it in standalone/services.py"


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_a_running_service_has_the_name_of_its_folder(service: Service) -> None:
    assert service.settings.service == service.name
    assert service.tables.migrations == f"boatyard.{service.name.replace('-', '_')}.migrations"


def test_no_two_routes_claim_one_path() -> None:
    claimed: dict[tuple[str, str], str] = {}
    for service in SERVICES:
        for router in service.routers:
            for route in router.routes:
                for method in getattr(route, "methods", ()):
                    path = re.sub(r"\{[^}]*\}", "{}", getattr(route, "path", ""))
                    twice = claimed.setdefault((method, path), service.name)
                    assert twice == service.name, f"{method} {path}: {twice} and {service.name}"


def test_file_names_say_what_is_in_them() -> None:
    vague = [str(path) for path in files("*.py") if path.name in VAGUE]
    assert not vague, f"name each after what it does: {', '.join(vague)}"


def test_make_help_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):(?!=)", makefile, re.MULTILINE))
    described = set(re.findall(r"^([a-z-]+):[^#\n]*## ", makefile, re.MULTILINE))
    assert targets
    assert targets == described, f"describe with `## …`: {', '.join(targets - described)}"
