"""Branches and tags of a Git repository as values. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

ZERO = "0" * 40
"""What git and GitHub write for "no commit"."""
MAX_REF = 300
"""Characters of a full ref; GitHub takes fewer."""
_UNFIT = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_SHA = re.compile(r"[0-9a-f]{40}")


class RefKind(StrEnum):
    """What a rule is about."""

    BRANCH = "branch"
    TAG = "tag"

    @property
    def prefix(self) -> str:
        """What stands before the name in a full ref."""
        return "refs/heads/" if self is RefKind.BRANCH else "refs/tags/"


@dataclass(frozen=True, order=True)
class Ref:
    """A branch or a tag."""

    kind: RefKind
    name: str

    @classmethod
    def parse(cls, full: str) -> Ref | None:
        """The branch or tag that a full ref names; None for anything else (`refs/pull/1/head`)."""
        if len(full) > MAX_REF or _UNFIT.search(full):
            return None
        for kind in RefKind:
            if full.startswith(kind.prefix) and len(full) > len(kind.prefix):
                return cls(kind, full.removeprefix(kind.prefix))
        return None

    @property
    def full(self) -> str:
        """As git writes it: `refs/heads/main`."""
        return self.kind.prefix + self.name

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


def is_sha(text: str) -> bool:
    """Whether a text is the full hash of a commit."""
    return bool(_SHA.fullmatch(text))
