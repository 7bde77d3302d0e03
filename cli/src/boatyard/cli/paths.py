"""Where things are in the API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self
from urllib.parse import quote

import typer


@dataclass(frozen=True)
class Repository:
    """A repository's full name."""

    namespace: str
    name: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """`namespace/name`; BadParameter for anything else."""
        namespace, _, name = text.partition("/")
        if not namespace or not name or "/" in name:
            raise typer.BadParameter(f"{text!r} is not namespace/name")
        return cls(namespace, name)

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"

    def path(self, *more: object) -> str:
        """Where it is, or something of it."""
        return path("repositories", self.namespace, self.name, *more)


def path(*segments: object) -> str:
    """A path of the API; BadParameter for a segment that would lead elsewhere."""
    texts = [str(segment) for segment in segments]
    for text in texts:
        if text in ("", ".", ".."):
            raise typer.BadParameter(f"{text!r} names nothing")
    return "/" + "/".join(quote(text, safe="") for text in texts)
