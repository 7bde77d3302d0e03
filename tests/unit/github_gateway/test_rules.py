import datetime as dt

import pytest

from boatyard.github_gateway.refs import Ref, RefKind
from boatyard.github_gateway.rules import (
    Matched,
    Rule,
    RuleFault,
    Skipped,
    SkipReason,
    collisions,
    judge,
    parse_rule,
)
from boatyard.github_gateway.versions import Commit, VersionFault

COMMIT = Commit("0123456789abcdef0123456789abcdef01234567", dt.date(2026, 8, 22))


def make_rule(
    pattern: str = "main", versions: str = "latest", *, kind: str = "branch", **more: object
) -> Rule:
    given: dict[str, object] = {"override": True, **more}
    return parse_rule(kind=RefKind(kind), pattern=pattern, versions=versions, **given)  # type: ignore[arg-type]


def branch(name: str) -> Ref:
    return Ref(RefKind.BRANCH, name)


def tag(name: str) -> Ref:
    return Ref(RefKind.TAG, name)


def test_a_push_that_matches_gets_its_tags() -> None:
    rule = make_rule("release/*", "{1},stable")
    outcome = judge(rule, branch("release/1.2"), COMMIT, "Fix the rudder")
    assert isinstance(outcome, Matched)
    assert outcome.tags == ("1.2", "stable")


@pytest.mark.parametrize(
    ("rule", "ref", "message", "reason"),
    [
        (make_rule(), tag("main"), "", SkipReason.OTHER_TYPE),
        (make_rule(), branch("dev"), "", SkipReason.NAME_DIFFERS),
        (make_rule(), branch("main"), "Polish [skip build]", SkipReason.SKIP_WORD),
        (make_rule(), branch("main"), "Polish\n\n[Build Skip]", SkipReason.SKIP_WORD),
        (make_rule(), branch("main"), "[skip ci] Polish", SkipReason.SKIP_WORD),
        (make_rule("v*", "{1}"), branch("v"), "", SkipReason.NO_VERSION),
    ],
)
def test_a_push_that_does_not_build_says_why(
    rule: Rule, ref: Ref, message: str, reason: SkipReason
) -> None:
    outcome = judge(rule, ref, COMMIT, message)
    assert isinstance(outcome, Skipped)
    assert outcome.reason is reason
    assert outcome.detail.endswith(".")


@pytest.mark.parametrize("message", ["skip build", "[skip-build]", "[skip  build]", "[skip tests]"])
def test_only_the_exact_words_skip_a_build(message: str) -> None:
    assert isinstance(judge(make_rule(), branch("main"), COMMIT, message), Matched)


def test_two_versions_of_one_rule_that_escape_to_one_tag_are_refused() -> None:
    rule = make_rule("*/*", "{1}-{2},{branch}")
    with pytest.raises(VersionFault, match="both become the tag a-b"):
        rule.versions(branch("a/b"), COMMIT)


def test_two_refs_that_escape_to_one_version_collide() -> None:
    rule = make_rule("*", "{branch}")
    refs = [branch("a/b"), branch("a-b"), branch("c")]
    (found,) = collisions((ref, version) for ref in refs for version in rule.versions(ref, COMMIT))
    assert found.tag == "a-b"
    assert found.refs == (branch("a/b"), branch("a-b"))
    assert "branch a/b" in str(found)


def test_refs_that_are_meant_to_share_a_version_do_not_collide() -> None:
    rule = make_rule("v*.*", "{1},latest", kind="tag")
    refs = [tag("v1.0"), tag("v1.1"), tag("v2.0")]
    assert not collisions((ref, v) for ref in refs for v in rule.versions(ref, COMMIT))


def test_a_rule_without_paths_is_concerned_by_any_change() -> None:
    assert make_rule().concerned([])


@pytest.mark.parametrize(
    ("paths", "changed", "concerned"),
    [
        (["src/**"], "src/a/b.py", True),
        (["src/**"], "docs/src/a.py", False),
        (["src"], "src/a.py", True),
        (["src/"], "other/src/a.py", True),
        (["/src"], "other/src/a.py", False),
        (["*.py"], "deep/in/a.py", True),
        (["*.py"], "a.pyc", False),
        (["src/*.py"], "src/a.py", True),
        (["src/*.py"], "src/a/b.py", False),
        (["**/test?/x"], "a/b/test1/x", True),
        (["**/test?/x"], "test1/x", True),
        (["src/**/x"], "src/x", True),
        (["src/**", "!src/*.md"], "src/a.md", False),
        (["src/**", "!src/*.md"], "src/a.c", True),
        (["src/**", "!*.md", "src/keep.md"], "src/keep.md", True),
        (["a+b/*"], "a+b/c", True),
    ],
)
def test_path_filters_read_like_gitignore(paths: list[str], changed: str, concerned: bool) -> None:
    assert make_rule(paths=paths).concerned([changed]) is concerned


def test_watching_the_context_takes_its_files_and_the_dockerfile() -> None:
    rule = make_rule(context="services/api", dockerfile="build/api.Dockerfile", watch_context=True)
    assert rule.concerned(["services/api/main.go"])
    assert rule.concerned(["build/api.Dockerfile"])
    assert not rule.concerned(["services/web/main.go", "README.md"])


def test_a_context_that_is_the_whole_project_is_always_concerned() -> None:
    rule = make_rule(watch_context=True)
    assert not rule.filtered
    assert rule.concerned(["anything"])


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"pattern": "a b"}, "pattern", "can't be part"),
        ({"versions": "{1}"}, "versions", "no wildcards"),
        ({"dockerfile": "../Dockerfile"}, "dockerfile", "lead out of the project"),
        ({"dockerfile": "/Dockerfile"}, "dockerfile", "relative"),
        ({"dockerfile": "."}, "dockerfile", "must name a file"),
        ({"dockerfile": "a\\b"}, "dockerfile", "written with /"),
        ({"dockerfile": "a\x00b"}, "dockerfile", "control character"),
        ({"context": "a/../.."}, "context", "lead out of the project"),
        ({"context": "x" * 256}, "context", "1 to 255 characters"),
        ({"paths": ["!a"]}, "paths", "before ! takes"),
        ({"paths": ["../a"]}, "paths", r"must not contain \.\."),
        ({"paths": ["/"]}, "paths", "must name files"),
        ({"paths": ["a"] * 51}, "paths", "at most 50"),
    ],
)
def test_a_field_that_is_wrong_is_named(given: dict[str, object], field: str, words: str) -> None:
    with pytest.raises(RuleFault, match=words) as caught:
        make_rule(**given)  # type: ignore[arg-type]
    assert caught.value.field == field


def test_paths_are_normalised() -> None:
    rule = make_rule(context="./services//api/", dockerfile="./build/Dockerfile")
    assert (rule.context, rule.dockerfile) == ("services/api", "build/Dockerfile")
