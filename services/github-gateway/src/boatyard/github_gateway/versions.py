"""From a ref to the tags of its image: version templates, escaping, override. Pure.

A template is text with placeholders: `{branch}`, `{tag}`, `{sourceref}`, `{sha}`, `{sha7}`, `{date}` (the
commit's day in UTC, `20260822`) and `{1}` to `{9}`, what the rule's wildcards stood for. Several are
separated by commas. With override on the version is the tag; with override off the tag is `<version>-<first 7
of the commit>`.

What a tag can't hold is escaped to `-`. Two refs could then meet in one tag, so each version keeps its text
from before the escaping: equal tags of different texts are a collision, which is refused and overwrites
nothing.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from boatyard.github_gateway.refs import Ref, RefKind
from boatyard.shared.oci import MAX_TAG_LENGTH

MAX_TEMPLATES = 10
MAX_TEMPLATE = 200
SHORT = 7

_PLACEHOLDER = re.compile(r"\{(\\?[a-z0-9]+)\}")
_UNFIT = re.compile(r"[^A-Za-z0-9_.-]")
_NAMES = ("branch", "tag", "sourceref", "sha", "sha7", "date")


class VersionFault(ValueError):
    """Why a template can't be used, or why a ref has no tag under it; the text is for people."""


@dataclass(frozen=True)
class Commit:
    """The commit that a ref points at, as far as a version can speak of it."""

    sha: str
    day: dt.date


@dataclass(frozen=True)
class Version:
    """One version of an image: the tag it is pushed as, and what it was before anything was escaped."""

    tag: str
    version: str
    """The escaped version, without the commit that override off appends."""
    raw: str
    """The version before it was escaped: of two refs with one tag it tells whether that is meant."""


@dataclass(frozen=True)
class Template:
    """One version template; made by `parse_templates`."""

    text: str

    def expand(
        self, ref: Ref, captures: tuple[str, ...], commit: Commit, *, override: bool
    ) -> Version:
        """The version of a ref; VersionFault if there can't be one."""
        values = _values(ref, captures, commit)
        raw = _PLACEHOLDER.sub(lambda found: values[_key(found[1])], self.text)
        suffix = "" if override else f"-{commit.sha[:SHORT]}"
        version = escape(raw, room=MAX_TAG_LENGTH - len(suffix))
        if not version:
            raise VersionFault(f"the version {self.text} is empty for the {ref}")
        return Version(tag=version + suffix, version=version, raw=raw)


def parse_templates(text: str, *, kind: RefKind, captures: int) -> tuple[Template, ...]:
    """The templates that somebody wrote, separated by commas; VersionFault says what is wrong."""
    parts = [part.strip() for part in text.split(",")]
    if len(parts) > MAX_TEMPLATES:
        raise VersionFault(f"may be at most {MAX_TEMPLATES} versions, are {len(parts)}")
    if len(set(parts)) < len(parts):
        raise VersionFault("must not name one version twice")
    for part in parts:
        _check(part, kind=kind, captures=captures)
    return tuple(Template(part) for part in parts)


def escape(text: str, *, room: int = MAX_TAG_LENGTH) -> str:
    """Text as a tag can hold it, cut to `room` characters; empty if the text is."""
    escaped = _UNFIT.sub("-", text)[:room]
    return f"_{escaped[1:]}" if escaped[:1] in (".", "-") else escaped


def _check(template: str, *, kind: RefKind, captures: int) -> None:
    if not template:
        raise VersionFault("must name a version, such as latest, 1.0 or {branch}")
    if len(template) > MAX_TEMPLATE:
        raise VersionFault(f"must have at most {MAX_TEMPLATE} characters, has {len(template)}")
    for found in _PLACEHOLDER.finditer(template):
        _check_placeholder(found[1], kind=kind, captures=captures)
    rest = _PLACEHOLDER.sub("", template)
    unfit = _UNFIT.search(rest)
    if unfit:
        raise VersionFault(
            f"{unfit[0]!r} can't be part of a tag: use letters, digits, dots, hyphens, underscores "
            f"and the placeholders {_listed()}"
        )
    if template[0] in ".-":
        raise VersionFault(f"must not begin with {template[0]!r}")


def _check_placeholder(name: str, *, kind: RefKind, captures: int) -> None:
    key = _key(name)
    if key.isdigit():
        if not 1 <= int(key) <= captures:
            has = f"{captures} wildcards" if captures else "no wildcards"
            raise VersionFault(f"{{{name}}} stands for nothing: the name has {has}")
    elif key not in _NAMES:
        raise VersionFault(f"{{{name}}} is not known: there are {_listed()}")
    elif key in tuple(RefKind) and key != kind:
        raise VersionFault(
            f"{{{name}}} is never filled by a rule of type {kind}: use {{sourceref}}"
        )


def _key(name: str) -> str:
    return name.removeprefix("\\")  # Docker Hub writes {\1}


def _values(ref: Ref, captures: tuple[str, ...], commit: Commit) -> dict[str, str]:
    return {
        "branch": ref.name,
        "tag": ref.name,
        "sourceref": ref.name,
        "sha": commit.sha,
        "sha7": commit.sha[:SHORT],
        "date": f"{commit.day:%Y%m%d}",
        **{str(number): value for number, value in enumerate(captures, start=1)},
    }


def _listed() -> str:
    return ", ".join(f"{{{name}}}" for name in _NAMES) + " and {1} to {9}"
