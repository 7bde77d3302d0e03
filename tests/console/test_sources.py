"""The console's sources: their own tests, their types, and that they fit the API as it is now."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONSOLE = ROOT / "console"


def run(*argv: str, folder: Path = CONSOLE) -> None:
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.usefixtures("built_console")
def test_its_pure_parts_pass_their_tests() -> None:
    run("node_modules/.bin/vitest", "run", "--reporter=dot")


@pytest.mark.usefixtures("built_console")
def test_its_types_hold() -> None:
    run("node_modules/.bin/tsc", "--noEmit")


@pytest.mark.usefixtures("built_console")
def test_its_client_is_made_of_the_api_as_it_is_now() -> None:
    run(str(ROOT / "tools" / "console-schema"), "--check", folder=ROOT)


def test_its_lock_file_names_no_host() -> None:
    hosts = set(re.findall(r"https?://([^/\"]+)/", (CONSOLE / "package-lock.json").read_text()))
    allowed = {
        "registry.npmjs.org",
        "opencollective.com",
        "github.com",
        "paypal.me",
        "tidelift.com",
    }
    assert hosts <= allowed, f"lock against npm itself: {sorted(hosts - allowed)}"
