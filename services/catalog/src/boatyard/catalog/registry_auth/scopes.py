"""The grammar of scopes: what a client of the registry asks to be allowed. Pure.

distribution, "Docker Registry v2 Bearer token specification": `resource-type[(class)]:resource-name:action,…`,
several of them separated by spaces or in repeated parameters. A name may hold a host with a port.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

MAX_SCOPES = 100
MAX_LENGTH = 512
_SCOPE = re.compile(
    r"(?P<type>[a-z0-9]+)(?:\([a-z0-9]+\))?:(?P<name>[A-Za-z0-9._/:-]+):(?P<actions>[a-z*]*(?:,[a-z*]+)*)"
)


class ScopeFault(ValueError):
    """A scope that can't be read; the text quotes it."""


@dataclass(frozen=True)
class Scope:
    """Actions on one resource."""

    type: str
    name: str
    actions: tuple[str, ...]


def parse_scopes(parameters: Iterable[str]) -> list[Scope]:
    """The scopes in the values of the `scope` parameters, those of one resource put together.

    ScopeFault if one is malformed or there are more than 100.
    """
    merged: dict[tuple[str, str], dict[str, None]] = {}
    for text in (part for parameter in parameters for part in parameter.split()):
        scope = _parse(text)
        merged.setdefault((scope.type, scope.name), {}).update(dict.fromkeys(scope.actions))
    if len(merged) > MAX_SCOPES:
        raise ScopeFault(f"more than {MAX_SCOPES} scopes")
    return [Scope(type, name, tuple(actions)) for (type, name), actions in merged.items()]


def _parse(text: str) -> Scope:
    found = _SCOPE.fullmatch(text) if len(text) <= MAX_LENGTH else None
    if found is None:
        raise ScopeFault(f"the scope {text[:100]!r} is not of the form type:name:actions")
    actions = tuple(dict.fromkeys(action for action in found["actions"].split(",") if action))
    return Scope(found["type"], found["name"], actions)
