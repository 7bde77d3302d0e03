"""Who may do what to a repository. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from boatyard.shared.events import Role, TokenScope, Verb

EVERYTHING = frozenset(Verb)
NOTHING: frozenset[Verb] = frozenset()
READING = frozenset({Verb.PULL})
ROLE_VERBS = {
    Role.READER: READING,
    Role.WRITER: frozenset({Verb.PULL, Verb.PUSH, Verb.DELETE}),
    Role.ADMIN: EVERYTHING,
}


def verbs_on(
    repository: str,
    *,
    public: bool,
    role: Role | None,
    administrator: bool,
    scopes: Iterable[TokenScope] | None,
) -> frozenset[Verb]:
    """What a caller may do to `namespace/name`.

    `role` is theirs in its namespace, if any. Scopes narrow what the role gives; what is public stays readable.
    """
    given = EVERYTHING if administrator else ROLE_VERBS[role] if role else NOTHING
    if scopes is not None:
        given &= scope_verbs(scopes, repository)
    return given | READING if public else given


def scope_verbs(scopes: Iterable[TokenScope], repository: str) -> frozenset[Verb]:
    """What the scopes of a token cover on a repository."""
    covered: frozenset[Verb] = NOTHING
    for scope in scopes:
        if covers(scope.repository, repository):
            covered |= scope.verbs
    return covered


def covers(pattern: str, repository: str) -> bool:
    """Whether a scope's pattern (`*`, `namespace/*` or `namespace/name`) takes in a repository."""
    if pattern == "*" or pattern == repository:
        return True
    return pattern.endswith("/*") and repository.startswith(pattern[:-1])


def within(wanted: TokenScope, held: Iterable[TokenScope]) -> bool:
    """Whether a scope asks for no more than what is held: each verb by a pattern at least as wide."""
    return all(
        any(verb in scope.verbs and _wider(scope.repository, wanted.repository) for scope in held)
        for verb in wanted.verbs
    )


def _wider(pattern: str, other: str) -> bool:
    return pattern in ("*", other) or (not other.endswith("*") and covers(pattern, other))
