"""The commands of an installed server."""

import subprocess
import sys

import pytest

from boatyard.cli.errors import CommandError
from boatyard.shared.mendable import StartError
from boatyard.standalone.commands import mendable


def test_help_does_not_wait_for_what_only_services_need() -> None:
    code = "from boatyard.cli.__main__ import command; command(); import sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert {"fastapi", "httpx", "sqlalchemy", "nats"}.isdisjoint(loaded)
    assert "boatyard.standalone.commands" in loaded


def test_what_a_person_can_mend_is_told_as_the_command_tells_errors() -> None:
    @mendable
    def start() -> None:
        raise StartError("port 8080 is in use")

    with pytest.raises(CommandError, match="port 8080 is in use"):
        start()


def test_the_server_can_be_started_as_a_module() -> None:
    asked = [sys.executable, "-m", "boatyard.standalone", "serve", "--help"]
    done = subprocess.run(asked, capture_output=True, text=True, check=True)
    assert "Run Boatyard" in done.stdout
