"""Which images a Dockerfile builds upon, as far as that can be read without running it. Pure.

It is for the classic builder, which must be given its tokens beforehand, and for advice; never a boundary.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_INSTRUCTION = re.compile(r"^\s*(FROM|ARG|COPY|RUN|ADD)\s+(.*)$", re.IGNORECASE)
_VARIABLE = re.compile(r"\$(?:\{(\w+)(?::?-([^}]*))?[^}]*\}|(\w+))")
_FROM_FLAG = re.compile(r"--from=(\S+)")


def base_images(dockerfile: str, arguments: Mapping[str, str]) -> list[str]:
    """The images named in FROM and `--from`, in order, without the build's own stages and `scratch`."""
    values: dict[str, str] = {}
    stages: set[str] = {"scratch"}
    found: list[str] = []
    for line in dockerfile.replace("\\\n", " ").splitlines():
        match = _INSTRUCTION.match(line)
        if match is None:
            continue
        kind, rest = match[1].upper(), match[2]
        if kind == "ARG":
            name, _, default = rest.strip().partition("=")
            values[name] = arguments.get(name, default.strip("\"'"))
        elif kind == "FROM":
            words = [word for word in rest.split() if not word.startswith("--")]
            found += _image(words[:1], values, stages)
            if len(words) == 3 and words[1].lower() == "as":
                stages.add(words[2].lower())
        else:
            found += _image(_FROM_FLAG.findall(rest), values, stages)
    return list(dict.fromkeys(found))


def _image(words: list[str], values: Mapping[str, str], stages: set[str]) -> list[str]:
    expanded = [_VARIABLE.sub(lambda m: _value(m, values), word) for word in words]
    return [word for word in expanded if word.lower() not in stages and not word.isdigit()]


def _value(match: re.Match[str], values: Mapping[str, str]) -> str:
    return values.get(match[1] or match[3] or "") or match[2] or ""


def repository_at(image: str, host: str) -> str | None:
    """The repository of an image at a registry; None if it is of another one."""
    if not image.startswith(f"{host}/"):
        return None
    name = image.removeprefix(f"{host}/").partition("@")[0]
    head, colon, _tag = name.rpartition(":")
    return head if colon and "/" not in _tag else name


def foreign_frontend(dockerfile: str) -> str | None:
    """The frontend image that a Dockerfile asks to be built by; None if it asks for none.

    As BuildKit finds it: in a directive at the very top, `# syntax=` or `// syntax=`, or in JSON.
    """
    text = dockerfile.removeprefix("\ufeff")
    if text.startswith("#!"):
        text = text.partition("\n")[2]
    if text.lstrip().startswith("{"):
        found = re.search(r'"syntax"\s*:\s*"([^"]+)"', text, re.IGNORECASE)
        return found[1] if found else None
    for line in text.splitlines():
        directive = re.match(r"^\s*(?:#|//)\s*(\w+)\s*=\s*(.+?)\s*$", line)
        if directive and directive[1].lower() == "syntax":
            return directive[2].split()[0]
        if line.strip() and not re.match(r"^\s*(?:#|//)", line):
            return None
    return None
