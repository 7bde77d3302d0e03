"""Build rules: which refs they match, which tags they make, and why a push does not build. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from boatyard.github_gateway.paths import MAX_GLOBS, PathFault, any_changed, check_glob, check_path
from boatyard.github_gateway.patterns import PatternFault, RefPattern, parse_pattern
from boatyard.github_gateway.refs import Ref, RefKind
from boatyard.github_gateway.versions import (
    Commit,
    Template,
    Version,
    VersionFault,
    parse_templates,
)

_SKIP_WORDS = re.compile(r"\[(skip build|build skip|skip ci|ci skip)\]", re.IGNORECASE)


class RuleFault(ValueError):
    """A rule can't be used: which field is at fault, and why."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field} {reason}")
        self.field, self.reason = field, reason


class SkipReason(StrEnum):
    """Why a rule did not make a build of a push: stable codes of the ledger."""

    OTHER_TYPE = "other-type"
    NAME_DIFFERS = "name-differs"
    RULE_DISABLED = "rule-disabled"
    SKIP_WORD = "skip-word"
    PATHS_UNCHANGED = "paths-unchanged"
    NO_VERSION = "no-version"
    TAG_COLLISION = "tag-collision"
    REF_DELETED = "ref-deleted"
    NO_COMMIT = "no-commit"
    BUILDS_OFF = "builds-off"
    ALREADY_BUILT = "already-built"


@dataclass(frozen=True)
class Skipped:
    """The rule makes no build, and why."""

    reason: SkipReason
    detail: str


@dataclass(frozen=True)
class Matched:
    """The rule makes a build that ends as these versions."""

    versions: tuple[Version, ...]

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags of the image."""
        return tuple(version.tag for version in self.versions)


@dataclass(frozen=True)
class Rule:
    """A build rule that was checked; made by `parse_rule`."""

    kind: RefKind
    pattern: RefPattern
    templates: tuple[Template, ...]
    override: bool
    dockerfile: str = "Dockerfile"
    context: str = "."
    paths: tuple[str, ...] = ()
    watch_context: bool = False

    def matches(self, ref: Ref) -> tuple[str, ...] | None:
        """What the wildcards stand for in a ref of the rule's type; None if it is not matched."""
        return self.pattern.match(ref.name) if ref.kind is self.kind else None

    def versions(self, ref: Ref, commit: Commit) -> tuple[Version, ...]:
        """The versions of a ref that the rule matches; VersionFault if there can't be any."""
        captures = self.matches(ref)
        if captures is None:
            raise VersionFault(f"the rule does not match the {ref}")
        found: dict[str, Version] = {}
        for template in self.templates:
            version = template.expand(ref, captures, commit, override=self.override)
            other = found.setdefault(version.tag, version)
            if other.raw != version.raw:
                raise VersionFault(
                    f"the versions {other.raw!r} and {version.raw!r} both become the tag {version.tag}"
                )
        return tuple(found.values())

    @property
    def filtered(self) -> bool:
        """Whether only some changes concern the rule."""
        return bool(self.paths) or (self.watch_context and self.context != ".")

    def concerned(self, changed: Iterable[str]) -> bool:
        """Whether a change of these files concerns the rule."""
        watched = (self.context, self.dockerfile) if self.watch_context else ()
        globs = [f"/{path}" for path in watched if path != "."] + list(self.paths)
        return not self.filtered or any_changed(changed, globs)


def parse_rule(  # every field that a person fills in
    *,
    kind: RefKind,
    pattern: str,
    versions: str,
    override: bool,
    dockerfile: str = "Dockerfile",
    context: str = ".",
    paths: Sequence[str] = (),
    watch_context: bool = False,
) -> Rule:
    """The rule that somebody entered; RuleFault names the field that is wrong."""
    parsed = _pattern(pattern)
    return Rule(
        kind=kind,
        pattern=parsed,
        templates=_templates(versions, kind=kind, captures=parsed.captures),
        override=override,
        dockerfile=_path("dockerfile", dockerfile),
        context=_path("context", context),
        paths=_globs(paths),
        watch_context=watch_context,
    )


def judge(rule: Rule, ref: Ref, commit: Commit, message: str) -> Matched | Skipped:
    """What becomes of a push by all that can be said without looking anything up."""
    if ref.kind is not rule.kind:
        return Skipped(
            SkipReason.OTHER_TYPE, f"The rule is about a {rule.kind}, this is a {ref.kind}."
        )
    if rule.matches(ref) is None:
        return Skipped(SkipReason.NAME_DIFFERS, f"{ref.name} does not match {rule.pattern.text}.")
    word = skip_word(message)
    if word:
        return Skipped(SkipReason.SKIP_WORD, f"The commit's message says {word}.")
    try:
        return Matched(rule.versions(ref, commit))
    except VersionFault as fault:
        return Skipped(SkipReason.NO_VERSION, f"No tag can be made: {fault}.")


def skip_word(message: str) -> str | None:
    """The word in a commit's message that asks not to build it."""
    found = _SKIP_WORDS.search(message)
    return found[0] if found else None


@dataclass(frozen=True)
class Collision:
    """Two refs whose different versions both escape to one tag."""

    tag: str
    refs: tuple[Ref, Ref]
    raws: tuple[str, str]

    def __str__(self) -> str:
        (one, other), (first, second) = self.refs, self.raws
        return f"the {one} ({first}) and the {other} ({second}) would both become the version {self.tag}"


def collisions(made: Iterable[tuple[Ref, Version]]) -> list[Collision]:
    """Where versions of different refs meet by escaping; equal text before it is meant to meet."""
    first: dict[str, tuple[Ref, Version]] = {}
    found: list[Collision] = []
    for ref, version in made:
        other, before = first.setdefault(version.version, (ref, version))
        if before.raw != version.raw and other != ref:
            found.append(Collision(version.version, (other, ref), (before.raw, version.raw)))
    return found


def _pattern(text: str) -> RefPattern:
    try:
        return parse_pattern(text)
    except PatternFault as fault:
        raise RuleFault("pattern", str(fault)) from fault


def _templates(text: str, *, kind: RefKind, captures: int) -> tuple[Template, ...]:
    try:
        return parse_templates(text, kind=kind, captures=captures)
    except VersionFault as fault:
        raise RuleFault("versions", str(fault)) from fault


def _path(field: str, text: str) -> str:
    try:
        path = check_path(text)
    except PathFault as fault:
        raise RuleFault(field, str(fault)) from fault
    if field == "dockerfile" and (path == "." or text.endswith("/")):
        raise RuleFault(field, "must name a file")
    return path


def _globs(globs: Sequence[str]) -> tuple[str, ...]:
    if len(globs) > MAX_GLOBS:
        raise RuleFault("paths", f"may be at most {MAX_GLOBS}, are {len(globs)}")
    try:
        checked = tuple(check_glob(glob) for glob in globs)
    except PathFault as fault:
        raise RuleFault("paths", str(fault)) from fault
    if checked and all(glob.startswith("!") for glob in checked):
        raise RuleFault("paths", "must take something in before ! takes something out")
    return checked
