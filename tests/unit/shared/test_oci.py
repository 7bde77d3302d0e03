import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boatyard.shared.oci import (
    NameFault,
    check_digest,
    check_name,
    check_repository,
    check_tag,
    is_referrer_tag,
)

PUSHABLE = re.compile(r"[a-z0-9]+((?:[._]|__|[-]+)[a-z0-9]+)*")


@pytest.mark.parametrize("name", ["ab", "a1", "a.b", "a_b", "a__b", "a---b", "0-0", "a" * 64])
def test_a_legal_name_is_taken_as_it_is(name: str) -> None:
    assert check_name(name) == name


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (
            "Ab",
            "character 1, 'A', is not allowed: use a-z, 0-9 and the separators - _ .; write it in lower case",
        ),
        ("a", "must have 2 to 64 characters, has 1"),
        ("", "must have 2 to 64 characters, has 0"),
        ("-a", "must not begin with a separator: '-'"),
        ("a-", "must not end with a separator: '-'"),
        ("app.", "must not end with a separator: '.'"),
        ("a..b", "characters 2 to 3, '..', can't stand together"),
        ("a___b", "characters 2 to 4, '___', can't stand together"),
        ("a._b", "characters 2 to 3, '._', can't stand together"),
        ("a--b._c", "characters 5 to 6, '._', can't stand together"),
        ("a" * 65, "must have 2 to 64 characters, has 65"),
        ("a🚢", "character 2, '🚢', is not allowed"),
        ("é1", "character 1, 'é', is not allowed"),
        ("a b", "character 2, ' ', is not allowed"),
        ("a/b", "character 2, '/', is not allowed"),
        ("a\n", "character 2, '\\n', is not allowed"),
        ("a²", "character 2, '²', is not allowed"),
    ],
)
def test_an_illegal_name_is_refused_with_the_character_at_fault(name: str, reason: str) -> None:
    with pytest.raises(NameFault) as fault:
        check_name(name)
    assert str(fault.value).startswith(reason)


@given(st.text(alphabet="ab0-_.A/é", max_size=70))
def test_a_name_is_taken_exactly_when_a_registry_takes_it_and_it_has_2_to_64_characters(
    name: str,
) -> None:
    try:
        check_name(name)
        taken = True
    except NameFault:
        taken = False
    assert taken == (2 <= len(name) <= 64 and PUSHABLE.fullmatch(name) is not None)


@pytest.mark.parametrize("name", ["app", "team/app/deep", "team/", "/app", "team/A1", "team"])
def test_a_repository_is_a_namespace_and_a_name(name: str) -> None:
    with pytest.raises(NameFault):
        check_repository(name)
    assert check_repository("team/app") == "team/app"


@pytest.mark.parametrize("tag", ["latest", "V1.0_x-y", "_", "a" * 128])
def test_a_legal_tag_is_taken(tag: str) -> None:
    assert check_tag(tag) == tag


@pytest.mark.parametrize("tag", ["", ".a", "-a", "a b", "a" * 129, "a/b", "ä", "a\n"])
def test_an_illegal_tag_is_refused(tag: str) -> None:
    with pytest.raises(NameFault):
        check_tag(tag)


@pytest.mark.parametrize(
    "digest", ["", "sha256:", "sha256:" + "A" * 64, "sha1:" + "0" * 40, "0" * 64]
)
def test_an_illegal_digest_is_refused(digest: str) -> None:
    with pytest.raises(NameFault):
        check_digest(digest)
    assert check_digest("sha256:" + "0" * 64)


def test_a_tag_that_attaches_something_to_a_digest_is_no_version() -> None:
    assert is_referrer_tag("sha256-" + "0" * 64)
    assert is_referrer_tag("sha256-" + "0" * 64 + ".sig")
    assert not is_referrer_tag("sha256-abc")
    assert not is_referrer_tag("latest")
