import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boatyard.github_gateway.refs import Ref, RefKind
from boatyard.github_gateway.versions import Commit, VersionFault, escape, parse_templates
from boatyard.shared.oci import check_tag

COMMIT = Commit("0123456789abcdef0123456789abcdef01234567", dt.date(2026, 8, 22))
BRANCH, TAG = RefKind.BRANCH, RefKind.TAG


def tags(
    text: str, name: str, *captures: str, kind: RefKind = BRANCH, override: bool = True
) -> list[str]:
    templates = parse_templates(text, kind=kind, captures=len(captures))
    ref = Ref(kind, name)
    return [template.expand(ref, captures, COMMIT, override=override).tag for template in templates]


@pytest.mark.parametrize(
    ("text", "name", "captures", "expected"),
    [
        ("latest", "main", (), ["latest"]),
        ("{branch}", "main", (), ["main"]),
        ("{sourceref}", "main", (), ["main"]),
        ("{branch}", "feature/login", (), ["feature-login"]),
        ("{branch}", "#12", (), ["_12"]),
        ("{branch}", "分支", (), ["_-"]),
        ("{sha}", "main", (), [COMMIT.sha]),
        ("{branch}-{sha7}", "main", (), ["main-0123456"]),
        ("nightly-{date}", "main", (), ["nightly-20260822"]),
        ("{1}", "release/1.2", ("1.2",), ["1.2"]),
        (r"{\1}", "release/1.2", ("1.2",), ["1.2"]),
        ("{1}, {1}.{2}, latest", "v1.2", ("1", "2"), ["1", "1.2", "latest"]),
        ("{2}{1}", "ab", ("a", "b"), ["ba"]),
    ],
)
def test_a_template_is_filled(
    text: str, name: str, captures: tuple[str, ...], expected: list[str]
) -> None:
    assert tags(text, name, *captures) == expected


def test_with_override_off_the_commit_is_appended() -> None:
    assert tags("{branch},edge", "main", override=False) == ["main-0123456", "edge-0123456"]


def test_a_long_ref_is_cut_so_that_the_commit_still_fits() -> None:
    (tag,) = tags("{branch}", "x" * 250, override=False)
    assert len(tag) == 128
    assert tag.endswith("x-0123456")


def test_what_was_there_before_the_escaping_is_kept() -> None:
    (template,) = parse_templates("{branch}", kind=BRANCH, captures=0)
    version = template.expand(Ref(BRANCH, "a/b"), (), COMMIT, override=False)
    assert (version.tag, version.version, version.raw) == ("a-b-0123456", "a-b", "a/b")


def test_a_version_that_comes_out_empty_is_a_fault() -> None:
    with pytest.raises(VersionFault, match="is empty for the branch release/"):
        tags("{1}", "release/", "")


@pytest.mark.parametrize(
    ("text", "kind", "captures", "words"),
    [
        ("", BRANCH, 0, "must name a version"),
        ("a,,b", BRANCH, 0, "must name a version"),
        ("a,a", BRANCH, 0, "one version twice"),
        ("a b", BRANCH, 0, "' ' can't be part of a tag"),
        ("a/b", BRANCH, 0, "'/' can't be part of a tag"),
        ("-a", BRANCH, 0, "must not begin with '-'"),
        (".{branch}", BRANCH, 0, r"must not begin with '\.'"),
        ("{commit}", BRANCH, 0, r"\{commit\} is not known"),
        ("{", BRANCH, 0, r"'\{' can't be part"),
        ("{tag}", BRANCH, 0, "never filled by a rule of type branch"),
        ("{branch}", TAG, 0, "never filled by a rule of type tag"),
        ("{1}", BRANCH, 0, "the name has no wildcards"),
        ("{3}", BRANCH, 2, "the name has 2 wildcards"),
        ("{0}", BRANCH, 2, "stands for nothing"),
        ("{10}", BRANCH, 9, "stands for nothing"),
        ("x" * 201, BRANCH, 0, "at most 200 characters"),
        (",".join("abcdefghijk"), BRANCH, 0, "at most 10 versions"),
    ],
)
def test_a_template_that_can_never_work_is_refused_in_words(
    text: str, kind: RefKind, captures: int, words: str
) -> None:
    with pytest.raises(VersionFault, match=words):
        parse_templates(text, kind=kind, captures=captures)


@given(st.text(max_size=300), st.integers(1, 128))
def test_whatever_is_escaped_is_a_legal_tag_or_nothing(text: str, room: int) -> None:
    escaped = escape(text, room=room)
    assert len(escaped) <= room
    assert escaped == "" if text == "" else check_tag(escaped)


@given(st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}", fullmatch=True))
def test_what_is_a_tag_already_stays_as_it_is(text: str) -> None:
    assert escape(text) == text
