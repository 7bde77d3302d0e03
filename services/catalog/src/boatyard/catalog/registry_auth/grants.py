"""What of the scopes asked for is granted, and why not. Pure.

The specification: a token is given for what is allowed of what was asked, even if that is nothing. Only a push
of which nothing is left has a reason attached that a person should read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from boatyard.catalog.access.rules import ROLE_VERBS, covers, scope_verbs
from boatyard.catalog.access.store import Identity
from boatyard.catalog.registry_auth.scopes import Scope
from boatyard.shared.events import Verb
from boatyard.shared.oci import NameFault, check_repository


@dataclass(frozen=True)
class Known:
    """What catalog knows of a repository that is asked for."""

    exists: bool
    deleting: bool
    namespace_exists: bool
    verbs: frozenset[Verb]
    full: str | None = None
    """Why nothing can be pushed into its namespace; None if something can."""


@dataclass(frozen=True)
class Grant:
    """What is allowed of one scope; `refusal` says why a push is not, for a person to read."""

    scope: Scope
    refusal: str | None = None


def grant(
    scope: Scope, *, identity: Identity | None, known: Mapping[str, Known], create_on_push: bool
) -> Grant:
    """What is allowed of one scope."""
    if scope.type != "repository":
        return Grant(Scope(scope.type, scope.name, ()))
    refusal = None
    try:
        check_repository(scope.name)
    except NameFault as fault:
        return Grant(Scope(scope.type, scope.name, ()), refusal=_illegal(scope.name, fault))
    here = known[scope.name]
    verbs = here.verbs
    if not here.exists and here.namespace_exists:
        verbs = _on_new(scope.name, identity)
        if Verb.PUSH in verbs and not create_on_push:
            verbs = frozenset()
            refusal = f"there is no repository {scope.name}, and a push does not create one here"
    if here.full and "push" in scope.actions and Verb.PUSH in verbs:
        return Grant(Scope(scope.type, scope.name, ()), refusal=here.full)
    if Verb.PUSH not in verbs and refusal is None and identity is not None:
        refusal = _reason(scope.name, identity, here)
    actions = tuple(action for action in scope.actions if _allows(action, verbs))
    return Grant(
        Scope(scope.type, scope.name, actions), refusal if "push" in scope.actions else None
    )


def _allows(action: str, verbs: frozenset[Verb]) -> bool:
    if action == "*":
        return Verb.ADMIN in verbs
    return action in (Verb.PULL, Verb.PUSH, Verb.DELETE) and action in verbs


def _on_new(repository: str, identity: Identity | None) -> frozenset[Verb]:
    """What somebody may do to a repository that a push would create."""
    if identity is None:
        return frozenset()
    role = identity.roles.get(repository.partition("/")[0])
    verbs = frozenset(Verb) if identity.administrator else ROLE_VERBS[role] if role else frozenset()
    return (
        verbs & scope_verbs(identity.scopes, repository) if identity.scopes is not None else verbs
    )


def _reason(repository: str, identity: Identity, here: Known) -> str:
    namespace = repository.partition("/")[0]
    if here.deleting and Verb.PUSH in _on_new(repository, identity):
        return f"{repository} is still being deleted: try again in a moment"
    if not here.namespace_exists:
        return (
            f"there is no namespace {namespace}: push to one of yours, such as {identity.username}/"
        )
    narrowed = identity.scopes is not None and not any(
        Verb.PUSH in scope.verbs and covers(scope.repository, repository)
        for scope in identity.scopes
    )
    if narrowed:
        return f"this access token is not good for pushing to {repository}"
    return f"{identity.username} may not push to {repository}"


def _illegal(repository: str, fault: NameFault) -> str:
    return f"{repository} can't be a repository here: it {fault}"
