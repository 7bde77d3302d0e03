"""The console's sources: their own tests, their types, and that they fit the API as it is now and load fast."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONSOLE = ROOT / "console"
FIRST_LOAD_KB = 350


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


def test_the_first_load_is_small(built_console: Path) -> None:
    manifest = json.loads((built_console / ".vite" / "manifest.json").read_text())
    [entry] = [name for name, chunk in manifest.items() if chunk.get("isEntry")]
    wanted, loaded = [entry], set[str]()
    while wanted:
        chunk = manifest[wanted.pop()]
        if chunk["file"] not in loaded:
            loaded |= {chunk["file"], *chunk.get("css", [])}
            wanted += chunk.get("imports", [])
    size = sum((built_console / f"{name}.gz").stat().st_size for name in loaded) / 1000
    assert size <= FIRST_LOAD_KB, f"{size:.0f} kB gzipped before the first page"
