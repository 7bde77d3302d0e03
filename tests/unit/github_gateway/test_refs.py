import pytest

from boatyard.github_gateway.refs import Ref, RefKind, is_sha


@pytest.mark.parametrize(
    ("full", "ref"),
    [
        ("refs/heads/main", Ref(RefKind.BRANCH, "main")),
        ("refs/heads/a/b", Ref(RefKind.BRANCH, "a/b")),
        ("refs/tags/v1", Ref(RefKind.TAG, "v1")),
        ("refs/heads/", None),
        ("refs/pull/1/head", None),
        ("main", None),
        ("refs/heads/a\x00b", None),
        ("refs/heads/a\nb", None),
        ("refs/heads/\ud800", None),
        ("refs/heads/" + "x" * 300, None),
    ],
)
def test_branches_and_tags_are_told_from_everything_else(full: str, ref: Ref | None) -> None:
    assert Ref.parse(full) == ref
    assert ref is None or ref.full == full


def test_a_commits_hash_has_forty_hexadecimal_digits() -> None:
    assert is_sha("0123456789abcdef0123456789abcdef01234567")
    assert not is_sha("0123456789ABCDEF0123456789ABCDEF01234567")
    assert not is_sha("0123456")
