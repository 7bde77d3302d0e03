"""The boatyard command as a person or a pipeline runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from boatyard.cli.__main__ import main


class CommandLine:
    """Runs the command with a configuration folder of its own."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.config = folder / "boatyard" / "config.json"
        self.environment = {"XDG_CONFIG_HOME": str(folder), **environment}

    def run(self, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        """What came of it, whatever that is. It runs in this process: to start one each time takes a second."""
        code: object = None
        with CliRunner().isolation(input=typed, env=self.environment) as (out, err, _):
            try:
                main(arguments)
            except SystemExit as ended:
                code = ended.code
            sys.stdout.flush()
            said, complained = out.getvalue().decode(), err.getvalue().decode()
        return subprocess.CompletedProcess(arguments, int(str(code or 0)), said, complained)

    def started(self, *arguments: str) -> subprocess.Popen[str]:
        """A process of its own, for what is done to one."""
        return subprocess.Popen(
            [sys.executable, "-m", "boatyard.cli", *arguments],
            env={**os.environ, **self.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __call__(self, *arguments: str, typed: str = "") -> str:
        """What it printed; it must succeed."""
        done = self.run(*arguments, typed=typed)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def json(self, *arguments: str) -> Any:
        """What it printed as JSON; it must succeed."""
        return json.loads(self(*arguments, "--json"))

    def refusal(self, *arguments: str, typed: str = "", code: int = 1) -> str:
        """The words with which it failed."""
        done = self.run(*arguments, typed=typed)
        assert (done.returncode, done.stdout) == (code, ""), done
        assert "Traceback" not in done.stderr
        return done.stderr.strip()
