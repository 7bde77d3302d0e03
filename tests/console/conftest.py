"""The console in a real browser, on a real Boatyard, which all tests of this folder share in each process."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from boatyard.shared.testing.clients import Skopeo
from boatyard.shared.testing.github import FakeGithub
from boatyard.shared.testing.installation import Installation
from tests.console.visitor import WAIT_MS, Visitor

ROOT = Path(__file__).parents[2]
NewVisitor = Callable[..., Visitor]


@pytest.fixture(scope="package")
def built_console() -> Path:
    """The folder of the console, built from what is there now."""
    subprocess.run([ROOT / "tools" / "console", "strict"], check=True)
    return ROOT / "console" / "dist"


@pytest.fixture(scope="package")
def github(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeGithub]:
    """A GitHub where octocat is signed in and has a project."""
    fake = FakeGithub(tmp_path_factory.mktemp("github"))
    fake.start()
    fake.world.signed_in = "octocat"
    project = fake.make_project("octocat/hello")
    project.git.commit({"Dockerfile": "FROM scratch\n"}, "Say hello")
    yield fake
    fake.stop()


@pytest.fixture(scope="package")
def boatyard(
    built_console: Path,
    github: FakeGithub,
    databases: Callable[[], dict[str, str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Installation]:
    """A whole Boatyard with the console that was just built."""
    installation = Installation(
        tmp_path_factory.mktemp("boatyard"),
        **databases(),
        BOATYARD_GITHUB_GATEWAY_GITHUB_URL=github.url,
        BOATYARD_BUILDER_FETCH_HTTP_HOSTS=github.url.removeprefix("http://"),
        BOATYARD_BUILDER_FETCH_ALLOW_NETWORKS="127.0.0.0/8",
    )
    installation.start()
    installation.sign_up("harbourmaster")  # the first account administers
    yield installation
    installation.stop()
    installation.remove()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium without a window.

    It ends with its module: until then a loop of Playwright runs in this process, and no async test can.
    """
    chromium = shutil.which("chromium")
    assert chromium, "chromium is missing: `tools/bootstrap test` installs it"
    expect.set_options(timeout=WAIT_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def known_at_github(boatyard: Installation, browser: Browser) -> None:
    """An administrator has let GitHub make this Boatyard's App, in one click."""
    if boatyard.sign_in("harbourmaster").get("/github/app")["configured"]:
        return
    administrator = Visitor(boatyard, browser).signs_in("harbourmaster")
    administrator.opens("/administration/github")
    administrator.clicks("Make the App at GitHub")
    administrator.sees("This Boatyard is known at GitHub now")
    administrator.close()
    assert not administrator.faults


@pytest.fixture
def visit(boatyard: Installation, browser: Browser) -> Iterator[NewVisitor]:
    """Opens browsers of different people; none of them may have seen an error that was not expected."""
    visitors: list[Visitor] = []

    def new(**options: object) -> Visitor:
        visitors.append(Visitor(boatyard, browser, **options))  # type: ignore[arg-type]
        return visitors[-1]

    yield new
    for visitor in visitors:
        visitor.close()
    faults = [fault for visitor in visitors for fault in visitor.faults]
    assert not faults, "\n".join(faults)


@pytest.fixture
def skopeo(tmp_path: Path) -> Skopeo:
    """A registry client that is not signed in yet."""
    return client_in(tmp_path / "skopeo")


@pytest.fixture
def stranger(tmp_path: Path) -> Skopeo:
    """A registry client of somebody who never signs in."""
    return client_in(tmp_path / "stranger")


def client_in(folder: Path) -> Skopeo:
    """A registry client that keeps its credentials in a folder of its own."""
    folder.mkdir(mode=0o700)
    return Skopeo(folder)
