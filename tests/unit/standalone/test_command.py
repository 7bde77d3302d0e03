"""The command itself."""

import subprocess
import sys


def test_help_does_not_wait_for_what_only_services_need() -> None:
    code = "import sys, boatyard.standalone.__main__; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {"fastapi", "sqlalchemy", "nats"}.isdisjoint(done.stdout.split())
