"""What a rule's name matches: one ref, a wildcard with captures, or a regular expression. Pure.

- `main` is that name and nothing else.
- `release/*`, `v1.?` are wildcards: `*` is any run of characters, an empty one and `/` too, and as short as
  it can be, from the left; `?` is one character. What each of them stood for is captured.
- `/^v([0-9]+)$/`, between slashes, is a regular expression that the whole name must match; its groups are
  captured.

RE2 matches in time linear in the name, whatever the expression: nobody can hold the service up with a rule.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import re2

MAX_PATTERN = 255
"""Characters; git's own limit for a ref is the file system's, 255."""
MAX_CAPTURES = 9
MAX_MEMORY = 1024 * 1024
"""Bytes that one compiled expression may take."""

_UNFIT_IN_A_REF = re.compile(r"[\x00-\x20\x7f~^:?*\[\\\s]")


class PatternFault(ValueError):
    """Why a pattern can't be used; the text is for the person who typed it."""


@dataclass(frozen=True)
class RefPattern:
    """A pattern for the names of branches or tags; made by `parse_pattern`."""

    text: str
    exact: bool
    captures: int
    """How many of `{1}` to `{9}` a match fills."""
    _compiled: Any = field(default=None, repr=False, compare=False)

    def match(self, name: str) -> tuple[str, ...] | None:
        """What a name's wildcards or groups stand for; None if it does not match."""
        if self.exact:
            return () if name == self.text else None
        found = self._compiled.fullmatch(name) if _is_text(name) else None
        if found is None:
            return None
        return tuple(part or "" for part in found.groups()[:MAX_CAPTURES])


def parse_pattern(text: str) -> RefPattern:
    """The pattern that somebody wrote; PatternFault says what is wrong with it."""
    if not 1 <= len(text) <= MAX_PATTERN:
        raise PatternFault(f"must have 1 to {MAX_PATTERN} characters, has {len(text)}")
    if len(text) > 1 and text.startswith("/") and text.endswith("/"):
        return _regular_expression(text)
    if "*" in text or "?" in text:
        return _wildcard(text)
    _check_name(text)
    return RefPattern(text=text, exact=True, captures=0)


def _regular_expression(text: str) -> RefPattern:
    inside = text[1:-1]
    if not (inside.startswith("^") and inside.endswith("$")):
        raise PatternFault("a regular expression is written /^…$/: it must match the whole name")
    compiled = _compile(inside)
    if compiled.groups > MAX_CAPTURES:
        raise PatternFault(f"may have at most {MAX_CAPTURES} groups, has {compiled.groups}")
    return RefPattern(text=text, exact=False, captures=compiled.groups, _compiled=compiled)


def _wildcard(text: str) -> RefPattern:
    wildcards = text.count("*") + text.count("?")
    if wildcards > MAX_CAPTURES:
        raise PatternFault(f"may have at most {MAX_CAPTURES} wildcards, has {wildcards}")
    if text.startswith(("refs/heads/", "refs/tags/")):
        raise PatternFault("must leave refs/heads/ or refs/tags/ out: the type says that")
    unfit = _UNFIT_IN_A_REF.search(text.replace("*", "").replace("?", ""))
    if unfit:
        raise PatternFault(f"{unfit[0]!r} can't be part of a branch or tag")
    parts = {"*": "(.*?)", "?": "(.)"}
    expression = "".join(parts.get(character) or re2.escape(character) for character in text)
    return RefPattern(text=text, exact=False, captures=wildcards, _compiled=_compile(expression))


def _compile(expression: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = MAX_MEMORY
    if not _is_text(expression):
        raise PatternFault("must be text that can be written down as UTF-8")
    try:
        return re2.compile(expression, options)
    except re2.error as error:
        reason = error.args[0]
        words = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
        raise PatternFault(f"is not a regular expression that RE2 takes: {words}") from error


def _check_name(name: str) -> None:
    """Refuse what git would not take as a branch or tag (git-check-ref-format)."""
    unfit = _UNFIT_IN_A_REF.search(name)
    if unfit:
        raise PatternFault(f"{unfit[0]!r} can't be part of a branch or tag")
    if name.startswith(("refs/heads/", "refs/tags/")):
        raise PatternFault("must leave refs/heads/ or refs/tags/ out: the type says that")
    faulty = (
        ".." in name
        or "//" in name
        or "@{" in name
        or name == "@"
        or name.startswith(("/", "-"))
        or name.endswith(("/", "."))
        or any(part.startswith(".") or part.endswith(".lock") for part in name.split("/"))
    )
    if faulty or not _is_text(name):
        raise PatternFault("is no name that a branch or tag can have; wildcards are * and ?")


def _is_text(name: str) -> bool:
    """Whether it holds no half of a surrogate pair, which RE2 can't be handed."""
    return not any("\ud800" <= character <= "\udfff" for character in name)
