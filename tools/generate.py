"""Write what is generated from the code: the references, asyncapi.yaml and .env.example.

    python -m tools.generate            write every file that is out of date
    python -m tools.generate --check    say which are, and end with 1 if any is

`make docs` is the former; a test does the latter.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tools import (
    asyncapi,
    cli_reference,
    events_reference,
    metrics_reference,
    openapi,
    settings_reference,
)
from tools.catalogue import catalogue

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "tests" / "contract" / "samples"


def generated() -> dict[str, str]:
    """The text of every generated file, by its path from the root."""
    contract = catalogue()
    return {
        "asyncapi.yaml": asyncapi.render(contract),
        "docs/reference/events.md": events_reference.render(contract, SAMPLES),
        "docs/reference/settings.md": settings_reference.render(),
        "docs/reference/metrics.md": metrics_reference.render(),
        "docs/reference/cli.md": cli_reference.render(),
        "docs/reference/openapi.json": openapi.render(),
        ".env.example": settings_reference.render_example(),
    }


def outdated(files: dict[str, str], root: Path = ROOT) -> list[str]:
    """The paths whose file does not hold the text."""
    return [
        path
        for path, text in files.items()
        if not (root / path).exists() or (root / path).read_text() != text
    ]


def main() -> None:
    """Read the command line."""
    if sys.argv[1:] not in ([], ["--check"]):
        sys.exit(__doc__)
    files = generated()
    old = outdated(files)
    if sys.argv[1:]:
        sys.exit(f"out of date: {', '.join(old)}; run `make docs`" if old else 0)
    for path in old:
        (ROOT / path).write_text(files[path])
        print(f"written: {path}")


if __name__ == "__main__":
    main()
