"""Which changed files concern a rule: globs over paths, as .gitignore's readers know them. Pure.

`*` and `?` stay within one folder, `**` spans any number of them, and a folder stands for everything in it.
A glob that begins with `!` takes out again what one before it took in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import re2

from boatyard.shared.text import check_line

MAX_GLOBS = 50
MAX_GLOB = 255
MAX_PATH = 255
_PIECES = re.compile(r"\*+|\?|[^*?]+")


class PathFault(ValueError):
    """Why a path or a glob can't be used; the text is for the person who typed it."""


def check_path(path: str) -> str:
    """The path of a file or folder inside a project, normalised; PathFault if it leads out of it."""
    parts = [part for part in _line(path, MAX_PATH).split("/") if part not in ("", ".")]
    if path.startswith("/"):
        raise PathFault("must be relative to the root of the project: leave the first / out")
    if ".." in parts:
        raise PathFault("must not contain ..: it would lead out of the project")
    if "\\" in path:
        raise PathFault("must be written with / between folders")
    return "/".join(parts) or "."


def check_glob(glob: str) -> str:
    """A glob over paths; PathFault if it can't be one."""
    body = _line(glob, MAX_GLOB).removeprefix("!")
    if not body.strip("/"):
        raise PathFault("must name files, such as src/** or *.go")
    if ".." in body.split("/"):
        raise PathFault("must not contain ..")
    return glob


def any_changed(changed: Iterable[str], globs: Iterable[str]) -> bool:
    """Whether a change of these files concerns these globs."""
    compiled = [(glob.startswith("!"), _compile(glob.removeprefix("!"))) for glob in globs]
    return any(_taken(path, compiled) for path in changed)


def _taken(path: str, globs: list[tuple[bool, Any]]) -> bool:
    taken = False
    for excluding, glob in globs:
        if taken == excluding and glob.fullmatch(path):
            taken = not excluding
    return taken


def _compile(glob: str) -> Any:
    body = glob.strip("/")
    if "/" not in glob.rstrip("/"):
        body = f"**/{body}"  # a name without a folder is meant in every folder
    *folders, last = body.split("/")
    expression = "".join("(?:.*/)?" if part == "**" else f"{_segment(part)}/" for part in folders)
    expression += ".*" if last == "**" else f"{_segment(last)}(?:/.*)?"
    options = re2.Options()
    options.dot_nl = True
    return re2.compile(expression, options)


def _segment(part: str) -> str:
    return "".join(
        {"*": "[^/]*", "?": "[^/]"}.get(piece[0]) or re2.escape(piece)
        for piece in _PIECES.findall(part)
    )


def _line(text: str, most: int) -> str:
    if not 1 <= len(text) <= most:
        raise PathFault(f"must have 1 to {most} characters, has {len(text)}")
    try:
        return check_line(text)
    except ValueError as error:
        raise PathFault(str(error)) from error
