"""The grammar of the registry's scopes, and what is granted of them."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boatyard.catalog.access.store import Identity
from boatyard.catalog.registry_auth.grants import Grant, Known, grant
from boatyard.catalog.registry_auth.scopes import MAX_SCOPES, Scope, ScopeFault, parse_scopes
from boatyard.shared.events import Role, TokenScope, Verb


@pytest.mark.parametrize(
    ("parameters", "scopes"),
    [
        ([], []),
        ([""], []),
        (["repository:a/b:pull"], [Scope("repository", "a/b", ("pull",))]),
        (["repository:a/b:push,pull"], [Scope("repository", "a/b", ("push", "pull"))]),
        (["repository(plugin):a/b:pull"], [Scope("repository", "a/b", ("pull",))]),
        (["repository:host.example:5000/a/b:pull"],
         [Scope("repository", "host.example:5000/a/b", ("pull",))]),
        (["registry:catalog:*"], [Scope("registry", "catalog", ("*",))]),
        (["repository:a/b:"], [Scope("repository", "a/b", ())]),
        (
            ["repository:a/b:pull repository:c/d:pull", "repository:a/b:push,pull"],
            [Scope("repository", "a/b", ("pull", "push")), Scope("repository", "c/d", ("pull",))],
        ),
    ],
)  # fmt: skip
def test_scopes_are_read(parameters: list[str], scopes: list[Scope]) -> None:
    assert parse_scopes(parameters) == scopes


@pytest.mark.parametrize(
    "text",
    ["repository", "repository:a", ":a:pull", "repository:a/b:PULL", "repository:ü:pull",
     "repository:a\x00b:pull", "repository:" + "a" * 600 + ":pull"],
)  # fmt: skip
def test_what_is_no_scope_is_quoted(text: str) -> None:
    with pytest.raises(ScopeFault, match="is not of the form"):
        parse_scopes([text])


def test_there_is_a_limit_of_scopes() -> None:
    parse_scopes([f"repository:a/b{n}:pull" for n in range(MAX_SCOPES)])
    with pytest.raises(ScopeFault, match="more than"):
        parse_scopes([f"repository:a/b{n}:pull" for n in range(MAX_SCOPES + 1)])


@given(st.lists(st.text(max_size=80), max_size=5))
def test_anything_is_read_or_refused(texts: list[str]) -> None:
    with contextlib.suppress(ScopeFault):
        parse_scopes(texts)


ANNA = Identity(username="anna", account_id=None, administrator=False, roles={"anna": Role.ADMIN})
PULLING = Identity(
    username="anna",
    account_id=None,
    administrator=False,
    roles={"anna": Role.ADMIN},
    scopes=(TokenScope(repository="*", verbs=frozenset({Verb.PULL})),),
)
NOWHERE = Known(exists=False, deleting=False, namespace_exists=False, verbs=frozenset())
FREE = Known(exists=False, deleting=False, namespace_exists=True, verbs=frozenset())
THERE = Known(exists=True, deleting=False, namespace_exists=True, verbs=frozenset(Verb))
HIDDEN = Known(exists=True, deleting=False, namespace_exists=True, verbs=frozenset())
GOING = Known(exists=True, deleting=True, namespace_exists=True, verbs=frozenset())


def granted(
    identity: Identity | None, name: str, known: Known, *actions: str, create: bool = True
) -> Grant:
    scope = Scope("repository", name, actions or ("pull", "push"))
    return grant(scope, identity=identity, known={name: known}, create_on_push=create)


def test_what_is_there_is_granted_as_far_as_allowed() -> None:
    assert granted(ANNA, "anna/app", THERE).scope.actions == ("pull", "push")
    assert granted(ANNA, "anna/app", THERE, "*", "delete").scope.actions == ("*", "delete")
    assert granted(ANNA, "anna/app", THERE, "scan").scope.actions == ()
    assert granted(None, "anna/app", HIDDEN).scope.actions == ()


@pytest.mark.parametrize(
    ("identity", "name", "known", "create", "reason"),
    [
        (ANNA, "bert/app", HIDDEN, True, "anna may not push to bert/app"),
        (ANNA, "bert/app", FREE, True, "anna may not push to bert/app"),
        (ANNA, "nobody/app", NOWHERE, True, "there is no namespace nobody: push to one of yours"),
        (ANNA, "anna/app", FREE, False, "a push does not create one here"),
        (ANNA, "anna/app", GOING, True, "anna/app is still being deleted"),
        (ANNA, "bert/app", GOING, True, "anna may not push to bert/app"),
        (ANNA, "Anna/app", FREE, True, "write it in lower case"),
        (ANNA, "app", FREE, True, "must be written as namespace/name"),
        (ANNA, "a/b/c", FREE, True, "can't be a repository here"),
    ],
)
def test_a_push_that_is_refused_has_a_reason(
    identity: Identity, name: str, known: Known, create: bool, reason: str
) -> None:
    answer = granted(identity, name, known, create=create)
    assert "push" not in answer.scope.actions
    assert answer.refusal is not None
    assert reason in answer.refusal


def test_a_push_makes_a_repository_in_the_own_namespace() -> None:
    assert granted(ANNA, "anna/app", FREE) == Grant(
        Scope("repository", "anna/app", ("pull", "push"))
    )


def test_a_token_that_may_only_pull_is_named_as_the_reason() -> None:
    answer = granted(PULLING, "anna/app", FREE)
    assert answer.refusal == "this access token is not good for pushing to anna/app"


def test_a_pull_needs_no_reason() -> None:
    assert granted(ANNA, "bert/app", HIDDEN, "pull").refusal is None


def test_the_registry_itself_is_for_nobody() -> None:
    scope = Scope("registry", "catalog", ("*",))
    assert grant(scope, identity=ANNA, known={}, create_on_push=True).scope.actions == ()
