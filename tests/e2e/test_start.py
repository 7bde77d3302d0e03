"""What a person meets who starts Boatyard: first steps, restarts, and sentences that help."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import psutil
import pytest

from boatyard.shared.testing.installation import Installation
from boatyard.shared.testing.processes import accepts, wait_until

pytestmark = pytest.mark.timeout(400)

MakeBoatyard = Callable[..., Installation]


def boatyard(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "boatyard.standalone", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


def test_it_says_what_runs_where_and_what_to_type_first(make_boatyard: MakeBoatyard) -> None:
    ours = make_boatyard()
    ours.start()
    wait_until(lambda: "Stop with Ctrl-C" in ours.process.output, seconds=5, what="the first steps")
    output = ours.process.output
    for text in (ours.url, ours.registry, "docker login", "docker push", "First steps"):
        assert text in output


def test_ctrl_c_stops_everything_and_a_second_start_keeps_all_data(
    make_boatyard: MakeBoatyard,
) -> None:
    ours = make_boatyard()
    ours.start()
    ada = ours.sign_up("ada")
    ada.post("/repositories", name="app")
    children = psutil.Process(ours.process.pid).children(recursive=True)
    assert {child.name() for child in children} >= {"nats-server"}
    assert ours.stop() == 0
    assert "warning" not in ours.process.output
    assert not [child for child in children if child.is_running()]
    assert not accepts(ours.port)
    assert not accepts(ours.registry_port)
    ours.start()
    names = [row["full_name"] for row in ours.sign_in("ada").get("/repositories")["items"]]
    assert names == ["ada/app"]


def test_its_servers_end_when_it_is_killed_and_it_starts_again(make_boatyard: MakeBoatyard) -> None:
    ours = make_boatyard()
    ours.start()
    ours.sign_up("ada")
    children = psutil.Process(ours.process.pid).children(recursive=True)
    ours.process.kill()
    psutil.wait_procs(children, timeout=60)
    ours.start()
    assert ours.sign_in("ada").get("/account")["username"] == "ada"


@pytest.mark.parametrize("server", ["nats-server", "registry"])
def test_a_server_of_its_own_that_dies_is_started_again(
    make_boatyard: MakeBoatyard, server: str
) -> None:
    ours = make_boatyard()
    ours.start()
    parent = psutil.Process(ours.process.pid)
    [victim] = [child for child in parent.children() if server in child.name()]
    victim.kill()
    wait_until(
        lambda: [c for c in parent.children() if server in c.name() and c.pid != victim.pid] != [],
        seconds=90,
        what=f"{server} runs again",
    )
    wait_until(ours.is_ready, seconds=90, what="everything is well again")
    assert accepts(ours.registry_port) or server != "registry"


@pytest.mark.parametrize("which", ["BOATYARD_PORT", "BOATYARD_REGISTRY_PORT"])
def test_a_port_in_use_is_named(tmp_path: Path, which: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ended = boatyard("serve", BOATYARD_DATA_DIR=str(tmp_path / "var"), **{which: port})
    assert ended.returncode == 1
    assert f"port {port}" in ended.stderr
    assert "choose another port" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_second_boatyard_in_the_same_folder_is_refused(make_boatyard: MakeBoatyard) -> None:
    ours = make_boatyard()
    ours.start()
    ended = boatyard("serve", BOATYARD_DATA_DIR=str(ours.folder / "var"), BOATYARD_PORT="1")
    assert ended.returncode == 1
    assert "another Boatyard uses the data folder" in ended.stderr


@pytest.mark.sqlite
def test_a_damaged_database_is_named_and_a_backup_asked_for(make_boatyard: MakeBoatyard) -> None:
    ours = make_boatyard()
    ours.start()
    ours.stop()
    damaged = ours.folder / "var" / "catalog.db"
    damaged.write_bytes(b"this is not a database" * 500)
    (ours.folder / "var" / "catalog.db-wal").unlink(missing_ok=True)
    environment = {
        "BOATYARD_DATA_DIR": str(ours.folder / "var"),
        "BOATYARD_PORT": str(ours.port),
        "BOATYARD_REGISTRY_PORT": str(ours.registry_port),
    }
    ended = boatyard("serve", **environment)
    assert ended.returncode == 1
    assert "the database of catalog is damaged" in ended.stderr
    assert "backup" in ended.stderr
    assert "Traceback" not in ended.stderr
    said = boatyard("doctor", **environment)
    assert said.returncode == 1
    assert "catalog.db is damaged" in said.stdout


def test_a_folder_that_cant_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    ended = boatyard("serve", BOATYARD_DATA_DIR=str(tmp_path / "file" / "var"))
    assert ended.returncode == 1
    assert "can't be written" in ended.stderr
    assert "BOATYARD_DATA_DIR" in ended.stderr


def test_a_misspelt_variable_is_named(tmp_path: Path) -> None:
    ended = boatyard("serve", BOATYARD_DATA_DIR=str(tmp_path / "var"), BOATYARD_REGISTRY_PROT="1")
    assert ended.returncode == 1
    assert "did you mean BOATYARD_REGISTRY_PORT" in ended.stderr


def test_the_doctor_finds_everything_well_while_it_runs(make_boatyard: MakeBoatyard) -> None:
    ours = make_boatyard()
    ours.start()
    said = boatyard(
        "doctor",
        BOATYARD_DATA_DIR=str(ours.folder / "var"),
        BOATYARD_PORT=str(ours.port),
        BOATYARD_REGISTRY_PORT=str(ours.registry_port),
    )
    assert said.returncode == 0, said.stdout
    assert "everything is well" in said.stdout
    assert "running: catalog, registry-notifier" in said.stdout


@pytest.mark.sqlite
def test_secrets_are_readable_by_their_owner_only(make_boatyard: MakeBoatyard) -> None:
    ours = make_boatyard()
    ours.start()
    var = ours.folder / "var"
    for name in ("secrets.json", "registry.yml", "nats.conf"):
        assert (var / name).stat().st_mode & 0o077 == 0
    assert var.stat().st_mode & 0o077 == 0
    with sqlite3.connect(var / "catalog.db") as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_help_says_what_the_commands_do() -> None:
    said = boatyard("--help")
    for command in ("serve", "doctor", "openapi", "keys"):
        assert command in said.stdout


def test_it_is_alive_and_counts(make_boatyard: MakeBoatyard) -> None:
    ours = make_boatyard()
    ours.start()
    began = time.monotonic()
    assert httpx.get(f"{ours.url}/healthz", trust_env=False).json() == {"status": "alive"}
    metrics = httpx.get(f"{ours.url}/metrics", trust_env=False)
    assert "process_resident_memory_bytes" in metrics.text
    assert time.monotonic() - began < 5
