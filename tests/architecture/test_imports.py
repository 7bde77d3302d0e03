"""The import rules of pyproject.toml hold. ARCHITECTURE.md says what they are for."""

import subprocess
import sys
from pathlib import Path

from tests.architecture.tree import ROOT


def test_the_import_rules_hold() -> None:
    lint_imports = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint_imports], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
