"""The repository as its architecture tests see it."""

import functools
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


@functools.cache
def files(pattern: str = "*") -> tuple[Path, ...]:
    """The files that are tracked, or would be by `git add`, relative to the root."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", pattern]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return tuple(
        path for line in listed.stdout.splitlines() if (ROOT / (path := Path(line))).is_file()
    )


def services() -> list[Path]:
    return sorted(path.parent for path in (ROOT / "services").glob("*/pyproject.toml"))
