"""Who may do what: the table, and how scopes narrow it."""

import pytest

from boatyard.catalog.access.rules import covers, verbs_on, within
from boatyard.shared.events import Role, TokenScope, Verb

ALL = frozenset(Verb)
PULL, PUSH, DELETE, ADMIN = Verb.PULL, Verb.PUSH, Verb.DELETE, Verb.ADMIN


def scope(pattern: str, *verbs: Verb) -> TokenScope:
    return TokenScope(repository=pattern, verbs=frozenset(verbs))


@pytest.mark.parametrize(
    ("role", "public", "expected"),
    [
        (None, False, set()),
        (None, True, {PULL}),
        (Role.READER, False, {PULL}),
        (Role.WRITER, False, {PULL, PUSH, DELETE}),
        (Role.ADMIN, False, ALL),
        (Role.READER, True, {PULL}),
    ],
)
def test_a_role_gives_verbs(role: Role | None, public: bool, expected: set[Verb]) -> None:
    given = verbs_on("team/app", public=public, role=role, administrator=False, scopes=None)
    assert given == expected


@pytest.mark.parametrize(
    ("scopes", "expected"),
    [
        ([], set()),
        ([scope("team/app", PULL)], {PULL}),
        ([scope("team/other", PULL, PUSH)], set()),
        ([scope("team/*", PULL), scope("*", PUSH)], {PULL, PUSH}),
        ([scope("team/*", *ALL)], ALL),
        ([scope("tea/*", *ALL)], set()),
    ],
)
def test_scopes_narrow_what_an_administrator_may(
    scopes: list[TokenScope], expected: set[Verb]
) -> None:
    given = verbs_on("team/app", public=False, role=None, administrator=True, scopes=scopes)
    assert given == expected


def test_scopes_give_nothing_that_the_role_does_not() -> None:
    scopes = [scope("*", *ALL)]
    for role, expected in ((None, set()), (Role.READER, {PULL})):
        given = verbs_on("a/b", public=False, role=role, administrator=False, scopes=scopes)
        assert given == expected


def test_what_is_public_can_be_pulled_with_any_token() -> None:
    given = verbs_on(
        "a/b", public=True, role=None, administrator=False, scopes=[scope("c/d", PUSH)]
    )
    assert given == {PULL}


@pytest.mark.parametrize(
    ("pattern", "repository", "expected"),
    [
        ("*", "a/b", True),
        ("team/*", "team/app", True),
        ("team/*", "team2/app", False),
        ("team/*", "steam/app", False),
        ("team/app", "team/app", True),
        ("team/app", "team/app2", False),
    ],
)
def test_patterns_cover_whole_names(pattern: str, repository: str, expected: bool) -> None:
    assert covers(pattern, repository) is expected


@pytest.mark.parametrize(
    ("wanted", "held", "expected"),
    [
        (scope("team/app", PULL), [scope("team/*", PULL)], True),
        (scope("team/*", PULL), [scope("team/app", PULL)], False),
        (scope("team/*", PULL), [scope("team/*", PULL)], True),
        (scope("*", PULL), [scope("team/*", PULL)], False),
        (scope("team/*", PULL), [scope("*", PULL)], True),
        (scope("team/app", PULL, PUSH), [scope("team/app", PULL)], False),
        (scope("team/app", PULL, PUSH), [scope("team/app", PULL), scope("*", PUSH)], True),
        (scope("te/*", PULL), [scope("t/*", PULL)], False),
        (scope("a/b", PULL), [], False),
    ],
)
def test_a_scope_is_within_what_is_held(
    wanted: TokenScope, held: list[TokenScope], expected: bool
) -> None:
    assert within(wanted, held) is expected
