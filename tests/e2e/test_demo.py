"""`make demo`: it says what to open and to type, and leaves nothing running."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from boatyard.shared.testing.github.repositories import git_environment
from boatyard.shared.testing.processes import ServerProcess, accepts

pytestmark = pytest.mark.docker

DEMO = [sys.executable, "-m", "tools.demo"]


def test_the_demo_says_what_to_type_and_ends_with_all_that_it_started(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    demo = ServerProcess([*DEMO, "--folder", str(folder), "--port", "0"], log=tmp_path / "demo.log")
    demo.start(lambda: "Stop with Ctrl-C" in demo.output, seconds=200)
    try:
        url = re.findall(r"http://localhost:\d+", demo.output)[0]
        assert httpx.get(f"{url}/readyz", trust_env=False).status_code == 200
        clone = re.findall(r"git clone (\S+)", demo.output)[0]
        refs = subprocess.run(
            ["git", "ls-remote", clone], env=git_environment(), capture_output=True, check=True
        )
        assert b"refs/heads/main" in refs.stdout
        port = url.rpartition(":")[2]
        second = subprocess.run([*DEMO, "--port", port], capture_output=True, text=True)
        assert (second.returncode, second.stdout) == (1, "")
        assert f"port {port}" in second.stderr
    finally:
        code = demo.interrupt(seconds=200)
    assert code == 0
    ports = re.findall(r"(?:localhost|127\.0\.0\.1):(\d+)", demo.output)
    assert not [port for port in ports if accepts(int(port))]
    sockets = re.findall(r"unix://(\S+)", demo.output)
    assert not [path for path in sockets if Path(path).exists()]
