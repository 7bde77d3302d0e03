"""Rules as they are stored, and as they are judged by."""

from __future__ import annotations

from boatyard.github_gateway.refs import RefKind
from boatyard.github_gateway.rules import Rule, RuleFault, parse_rule
from boatyard.github_gateway.sources.models import BuildRule


def parsed(row: BuildRule) -> Rule:
    """The rule of a row; RuleFault if a newer release does not take any more what an older one did."""
    return parse_rule(
        kind=RefKind(row.kind),
        pattern=row.pattern,
        versions=row.versions,
        override=row.override,
        dockerfile=row.dockerfile,
        context=row.context,
        paths=row.paths,
        watch_context=row.watch_context,
    )


def label(row: BuildRule) -> str:
    """A rule as the ledger and GitHub's pages name it."""
    return f"#{row.number} {row.kind} {row.pattern}"


def is_wildcard(row: BuildRule) -> bool:
    """Whether a rule is about more than one ref."""
    try:
        return not parsed(row).pattern.exact
    except RuleFault:
        return True
