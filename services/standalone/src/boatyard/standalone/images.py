"""What the registry has stored, in the order in which it can be copied while people push and delete."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

V2 = Path("docker/registry/v2")
LINKS = ("_manifests/tags", "_manifests/revisions", "_layers")
"""Of one repository, from what points to what is pointed at: the registry writes them the other way round."""
LINK = re.compile(rb"[a-z0-9]+:[0-9a-f]{32,}")
TRIES = 20
PAUSE_SECONDS = 0.01


class Link(NamedTuple):
    """A small file that says which content has a name. `content` is None if it never was a whole one."""

    path: Path
    content: bytes | None


def links(storage: Path) -> Iterator[Link]:
    """Every tag, then every manifest, then every layer of each repository. Uploads under way are left out."""
    for folder, below, _ in os.walk(storage / V2 / "repositories"):
        if "_manifests" in below or "_layers" in below:
            for part in LINKS:
                for path in (Path(folder) / part).rglob("link"):
                    if (link := _link(path)) is not None:
                        yield link
        below[:] = [name for name in below if not name.startswith("_")]


def blobs(storage: Path) -> Iterator[tuple[Path, str | None]]:
    """Every blob with the sha256 that it must have. Take the links first: then what they lead to is here."""
    for path in (storage / V2 / "blobs").glob("*/*/*/data"):
        yield path, path.parent.name if path.parts[-4] == "sha256" else None


def _link(path: Path) -> Link | None:
    """What a link says; None if it is gone. The registry writes it in place, so it may be read half."""
    content = b""
    for _ in range(TRIES):
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        if LINK.fullmatch(content):
            return Link(path, content)
        time.sleep(PAUSE_SECONDS)
    return Link(path, None)
