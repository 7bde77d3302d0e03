"""The build context: what goes in, what is left out, and that nothing outside of the project ever does."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path
from typing import Any

import pytest

from boatyard.builder.context import OUTSIDE_NAME, Context, Ignore, make_context
from boatyard.builder.reasons import BuildError, Reason


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small project, with something secret beside it."""
    root = tmp_path / "project"
    (root / "sub").mkdir(parents=True)
    (root / "Dockerfile").write_text("FROM scratch\n")
    (root / "a.txt").write_text("a")
    (root / "sub" / "b.txt").write_text("b")
    (root / ".git").mkdir()
    (root / ".git" / "config").write_text("[core]")
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "key").write_text("TOPSECRET")
    return root


def make(root: Path, **wishes: Any) -> Context:
    usual = {
        "context": ".",
        "dockerfile": "Dockerfile",
        "archive": root.parent / "context.tar.gz",
        "limit": 10_000_000,
        "mtime": 1_700_000_000,
    }
    return make_context(root, **{**usual, **wishes})


def members(context: Context) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(context.archive, "r:gz") as archive:
        return {member.name: member for member in archive}


def content(context: Context, name: str) -> str:
    with tarfile.open(context.archive, "r:gz") as archive:
        file = archive.extractfile(name)
        assert file is not None
        return file.read().decode()


def refused(root: Path, **wishes: Any) -> BuildError:
    with pytest.raises(BuildError) as caught:
        make(root, **wishes)
    return caught.value


def test_everything_but_git_goes_in(project: Path) -> None:
    context = make(project)
    assert set(members(context)) == {"Dockerfile", "a.txt", "sub", "sub/b.txt"}
    assert context.dockerfile_text == "FROM scratch\n"
    assert (context.files, context.size) == (4, 15)


def test_git_goes_in_if_it_is_asked_for(project: Path) -> None:
    assert ".git/config" in members(make(project, keep_git=True))


def test_the_same_files_make_the_same_bytes(project: Path) -> None:
    first = make(project).archive.read_bytes()
    os.utime(project / "a.txt", (1, 1))
    assert make(project).archive.read_bytes() == first


def test_a_folder_can_be_the_context(project: Path) -> None:
    (project / "sub" / "Dockerfile").write_text("FROM scratch\n# sub\n")
    context = make(project, context="sub", dockerfile="sub/Dockerfile")
    assert set(members(context)) == {"Dockerfile", "b.txt"}
    assert context.dockerfile == "Dockerfile"


def test_a_dockerfile_may_be_named_from_its_context_as_well(project: Path) -> None:
    (project / "sub" / "my.Dockerfile").write_text("FROM scratch\n")
    context = make(project, context="sub", dockerfile="my.Dockerfile")
    assert context.dockerfile == "my.Dockerfile"


def test_a_dockerfile_may_stand_outside_of_its_context(project: Path) -> None:
    context = make(project, context="sub", dockerfile="Dockerfile")
    assert context.dockerfile == OUTSIDE_NAME
    assert content(context, OUTSIDE_NAME) == "FROM scratch\n"


def test_dockerignore_is_honoured(project: Path) -> None:
    (project / "keep.log").write_text("")
    (project / "drop.log").write_text("")
    (project / "sub" / "tmp").mkdir()
    (project / "sub" / "tmp" / "x").write_text("")
    (project / ".dockerignore").write_text(
        "# a comment\n*.log\n!keep.log\n**/tmp\n\nsub/b.txt\nDockerfile\n.dockerignore\n"
    )
    names = set(members(make(project)))
    assert names == {"Dockerfile", "a.txt", "keep.log", "sub"}


def test_the_folders_above_what_is_kept_are_there_and_all_belong_to_the_owner(
    project: Path,
) -> None:
    (project / "sub" / "deep").mkdir()
    (project / "sub" / "deep" / "c.txt").write_text("c")
    (project / ".dockerignore").write_text("sub\n!sub/deep/c.txt\n")
    found = members(make(project, owner=100_000))
    assert [name for name in found if name.startswith("sub")] == [
        "sub",
        "sub/deep",
        "sub/deep/c.txt",
    ]
    assert {member.uid for member in found.values()} == {100_000}


@pytest.mark.parametrize(
    ("patterns", "path", "kept"),
    [
        (["**/old"], "a/b/c/old/x/y", False),
        (["**/old", "!**/old/keep"], "a/old/keep/x", True),
        (["a", "!a/b", "a/b/c"], "a/b/x", True),
        (["a", "!a/b", "a/b/c"], "a/b/c/d", False),
        (["*"], "a/b", False),
        (["*", "!a"], "a/b", True),
        (["/a"], "a", False),
        (["a/"], "a/b", False),
        (["*/b"], "a/c/b", True),
        (["**/*.py[co]"], "x/y/z.pyc", False),
        (["."], "a", True),
        (["!a"], "a", True),
        (["a?c"], "abc", False),
    ],
)
def test_patterns_mean_what_they_mean_to_docker(patterns: list[str], path: str, kept: bool) -> None:
    assert Ignore(patterns).keeps(path) is kept


def test_a_pattern_takes_back_in_what_is_in_an_excluded_folder(project: Path) -> None:
    (project / ".dockerignore").write_text("sub\n!sub/b.txt\n")
    assert "sub/b.txt" in members(make(project))


def test_a_dockerfiles_own_dockerignore_wins(project: Path) -> None:
    (project / ".dockerignore").write_text("a.txt\n")
    (project / "Dockerfile.dockerignore").write_text("sub\n")
    names = set(members(make(project)))
    assert "a.txt" in names
    assert "sub/b.txt" not in names


def test_links_travel_as_links(project: Path) -> None:
    (project / "out").symlink_to("../secret")
    (project / "in").symlink_to("a.txt")
    (project / "sub" / "loop").symlink_to("..")
    found = members(make(project))
    assert found["out"].issym()
    assert found["in"].linkname == "a.txt"
    assert found["sub/loop"].issym()
    assert not any(name.startswith(("out/", "sub/loop/")) for name in found)


@pytest.mark.parametrize("path", ["../secret", "/etc", "sub/../../secret", "a\0b"])
def test_a_context_outside_of_the_project_is_refused(project: Path, path: str) -> None:
    assert refused(project, context=path).reason is Reason.PATH_REFUSED


@pytest.mark.parametrize("path", ["../secret/key", "/etc/passwd", "sub/../../secret/key"])
def test_a_dockerfile_outside_of_the_project_is_refused(project: Path, path: str) -> None:
    error = refused(project, dockerfile=path)
    assert error.reason is Reason.PATH_REFUSED
    assert "TOPSECRET" not in str(error)


def test_a_context_that_is_a_link_out_of_the_project_is_refused(project: Path) -> None:
    (project / "out").symlink_to("../secret")
    error = refused(project, context="out")
    assert error.reason is Reason.PATH_REFUSED
    assert refused(project, dockerfile="out/key").reason is Reason.PATH_REFUSED


def test_a_dockerfile_that_is_a_link_out_of_the_project_is_refused(project: Path) -> None:
    (project / "Dockerfile").unlink()
    (project / "Dockerfile").symlink_to("../secret/key")
    assert refused(project).reason is Reason.PATH_REFUSED


def test_a_dockerfile_that_is_a_link_within_the_project_is_followed(project: Path) -> None:
    (project / "real").write_text("FROM scratch\n# real\n")
    (project / "Dockerfile").unlink()
    (project / "Dockerfile").symlink_to("real")
    context = make(project)
    assert context.dockerfile_text.endswith("# real\n")
    assert content(context, context.dockerfile).endswith("# real\n")


@pytest.mark.parametrize("name", [".dockerignore", "Dockerfile.dockerignore"])
def test_a_dockerignore_that_is_a_link_is_refused(project: Path, name: str) -> None:
    (project / name).symlink_to("/dev/zero")
    assert refused(project).reason is Reason.DOCKERIGNORE_INVALID


def test_a_dockerignore_that_is_huge_is_refused(project: Path) -> None:
    (project / ".dockerignore").write_bytes(b"x\n" * 100_000)
    assert refused(project).reason is Reason.PATH_REFUSED


def test_a_dockerfile_that_is_no_file_is_refused(project: Path) -> None:
    (project / "Dockerfile").unlink()
    os.mkfifo(project / "Dockerfile")
    assert refused(project).reason is Reason.PATH_REFUSED


def test_a_pipe_in_the_context_is_refused(project: Path) -> None:
    os.mkfifo(project / "pipe")
    error = refused(project)
    assert error.reason is Reason.PATH_REFUSED
    assert "pipe" in error.detail


def test_a_missing_dockerfile_and_a_missing_folder_are_named(project: Path) -> None:
    error = refused(project, dockerfile="docker/Dockerfile")
    assert (error.reason, error.user_error) == (Reason.DOCKERFILE_MISSING, True)
    assert "docker/Dockerfile" in error.detail
    error = refused(project, context="none")
    assert (error.reason, error.user_error) == (Reason.CONTEXT_MISSING, True)


def test_a_context_that_is_too_large_is_refused(project: Path) -> None:
    (project / "big").write_bytes(b"0" * 3_000_000)
    error = refused(project, limit=2_000_000)
    assert error.reason is Reason.CONTEXT_TOO_LARGE


def test_the_git_folder_is_no_context(project: Path) -> None:
    assert refused(project, context=".git").reason is Reason.PATH_REFUSED
