import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boatyard.github_gateway.patterns import MAX_PATTERN, PatternFault, parse_pattern


@pytest.mark.parametrize(
    ("pattern", "name", "captures"),
    [
        ("main", "main", ()),
        ("main", "maint", None),
        ("main", "Main", None),
        ("main", "feature/main", None),
        ("release/*", "release/1.2", ("1.2",)),
        ("release/*", "release/a/b", ("a/b",)),
        ("release/*", "release/", ("",)),
        ("release/*", "release", None),
        ("*", "any/thing", ("any/thing",)),
        ("v1.?", "v1.4", ("4",)),
        ("v1.?", "v1.42", None),
        ("v1.?", "v1x4", None),
        ("v*.*", "v1.2.3", ("1", "2.3")),
        ("v*.*.*", "v1.2.3", ("1", "2", "3")),
        ("*-rc?", "2.0-rc1", ("2.0", "1")),
        ("v+*", "v+1", ("1",)),
        ("v+*", "vv1", None),
        ("发布/*", "发布/一", ("一",)),
        (r"/^v([0-9]+)\.([0-9]+)$/", "v10.4", ("10", "4")),
        (r"/^v([0-9]+)\.([0-9]+)$/", "v10.4-rc", None),
        ("/^[0-9.]+$/", "1.2.0-rc", None),
        ("/^(a)|(b)$/", "b", ("", "b")),
        ("/^a|b$/", "ax", None),
        ("/^main$/", "main\n", None),
    ],
)
def test_a_pattern_matches_the_whole_name_and_tells_what_its_wildcards_were(
    pattern: str, name: str, captures: tuple[str, ...] | None
) -> None:
    assert parse_pattern(pattern).match(name) == captures


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("", "1 to 255 characters"),
        ("x" * (MAX_PATTERN + 1), "1 to 255 characters"),
        ("a b", "can't be part of a branch or tag"),
        ("a..b", "no name that a branch or tag can have"),
        ("a.lock", "no name that a branch or tag can have"),
        (".a", "no name that a branch or tag can have"),
        ("-a", "no name that a branch or tag can have"),
        ("a//b", "no name that a branch or tag can have"),
        ("@", "no name that a branch or tag can have"),
        ("a~1", "'~' can't be part"),
        ("a[0-9]*", r"'\[' can't be part"),
        ("refs/heads/main", "the type says that"),
        ("refs/tags/v*", "the type says that"),
        ("*" * 10, "at most 9 wildcards"),
        ("/v1/", r"written /\^…\$/"),
        ("/^v1/", r"written /\^…\$/"),
        ("/^($/", "RE2 takes: missing"),
        ("/^(?=a)$/", "RE2 takes: invalid perl operator"),
        (r"/^(a)\1$/", "RE2 takes: invalid escape"),
        ("/^" + "(a)" * 10 + "$/", "at most 9 groups"),
        ("/^(((a{1,99}){1,99}){1,99}){1,99}$/", "RE2 takes"),
        ("\ud800", "no name"),
        ("/^\ud800$/", "UTF-8"),
    ],
)
def test_what_can_never_be_meant_is_refused_in_words(pattern: str, words: str) -> None:
    with pytest.raises(PatternFault, match=words):
        parse_pattern(pattern)


@pytest.mark.parametrize("pattern", ["/^(a*)*b$/", "/^(a|aa)+$/", "*a*a*a*a*a*a*a*b"])
def test_a_pattern_that_would_backtrack_for_ever_is_matched_at_once(pattern: str) -> None:
    assert parse_pattern(pattern).match("a" * 250 + "!") is None


def test_half_of_a_surrogate_pair_in_a_name_matches_nothing() -> None:
    assert parse_pattern("*").match("\ud800") is None


@given(
    st.lists(st.sampled_from(["*", "?", "a", "b", "/", ".", "-", "+", "(", "$"]), max_size=9),
    st.text("ab/.-+($", max_size=12),
)
def test_a_wildcard_matches_what_the_shells_would_and_its_captures_fill_it(
    parts: list[str], name: str
) -> None:
    text = "".join(parts)
    if not {"*", "?"} & set(parts) or (len(text) > 1 and text[0] == text[-1] == "/"):
        return
    expression = "".join({"*": ".*", "?": "."}.get(part) or re.escape(part) for part in parts)
    captures = parse_pattern(text).match(name)
    assert (captures is not None) == bool(re.fullmatch(expression, name))
    if captures is not None:
        filling = iter(captures)
        assert "".join(next(filling) if part in "*?" else part for part in parts) == name


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_is_a_pattern_or_refused_and_never_breaks_the_matching(
    pattern: str, name: str
) -> None:
    try:
        parsed = parse_pattern(pattern)
    except PatternFault:
        return
    captures = parsed.match(name)
    assert captures is None or len(captures) == parsed.captures
