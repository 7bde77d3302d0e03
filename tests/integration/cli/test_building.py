"""The commands that say what a repository is built from."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from boatyard.shared.testing.github import FakeGithub
from boatyard.shared.testing.github.linking import link, make_app
from boatyard.shared.testing.installation import Person
from tests.integration.cli.kit import CommandLine


@pytest.fixture(scope="module")
def linked(captain: Person) -> None:
    """Captain's account is linked with octocat's at GitHub."""
    make_app(captain)
    link(captain)


@pytest.fixture
def sourced(boatyard: CommandLine, github: FakeGithub, linked: None) -> Callable[[str], str]:
    """Makes a repository that is built from a project with two branches and a tag."""

    def make(name: str) -> str:
        git = github.make_project(f"octocat/{name}", private=True).git
        git.commit({"Dockerfile": "FROM scratch\n"}, "Begin")
        git.commit({"greeting": "ahoy"}, "Say ahoy", branch="release/1")
        git.tag("v1.0")
        boatyard("repositories", "create", f"captain/{name}")
        boatyard("source", "set", f"captain/{name}", f"octocat/{name}")
        return f"captain/{name}"

    return make


def test_a_source_is_set_shown_changed_and_removed(
    boatyard: CommandLine, sourced: Callable[[str], str]
) -> None:
    repository = sourced("sourced")
    shown = boatyard.json("source", "show", repository)
    assert (shown["project"], shown["enabled"], shown["lfs"]) == ("octocat/sourced", True, False)
    assert "default branch  main" in boatyard("source", "show", repository)
    changed = boatyard.json("source", "set", repository, "octocat/sourced", "--disable", "--lfs")
    assert (changed["enabled"], changed["lfs"]) == (False, True)
    refusal = boatyard.refusal("source", "remove", repository, typed="yes\n")
    assert refusal.endswith(f"nothing was done: that is not {repository}")
    assert repository in boatyard("source", "remove", repository, typed=f"{repository}\n")
    assert "not built from" in boatyard.refusal("source", "show", repository)


def test_a_rule_lives_from_create_to_delete(
    boatyard: CommandLine, sourced: Callable[[str], str]
) -> None:
    repository = sourced("ruled")
    how = ("--dockerfile", "deploy/Dockerfile", "--path", "src/**", "--argument", "LEVEL=a=b")
    made = boatyard.json("rules", "create", repository, "branch", "main", "latest", *how)
    assert (made["number"], made["override"], made["enabled"]) == (1, True, True)
    assert (made["paths"], made["arguments"]) == (["src/**"], {"LEVEL": "a=b"})
    kept = boatyard.json("rules", "create", repository, "tag", "v*", "{1}", "--no-override")
    assert (kept["number"], kept["override"]) == (2, False)
    assert "LEVEL=a=b" in boatyard("rules", "show", repository, "1")
    cleared = ("--versions", "newest", "--disable", "--path", "", "--argument", "")
    edited = boatyard.json("rules", "edit", repository, "1", *cleared)
    assert (edited["versions"], edited["enabled"]) == ("newest", False)
    assert (edited["paths"], edited["arguments"]) == ([], {})
    assert (edited["pattern"], edited["dockerfile"]) == ("main", "deploy/Dockerfile")
    assert boatyard("rules", "delete", repository, "1") == f"deleted rule 1 of {repository}"
    assert [rule["number"] for rule in boatyard.json("rules", "list", repository)] == [2]
    assert f"boatyard rules list {repository}" in boatyard.refusal("rules", "show", repository, "1")


def test_a_preview_says_which_refs_become_which_tags(
    boatyard: CommandLine, sourced: Callable[[str], str]
) -> None:
    repository = sourced("previewed")
    preview = ("rules", "preview", repository)
    found = boatyard.json(*preview, "branch", "release/*", "{1},stable")
    assert [(one["name"], one["tags"]) for one in found["matches"]] == [
        ("release/1", ["1", "stable"])
    ]
    told = boatyard.run(*preview, "branch", "*", "{branch}")
    assert "release-1" in told.stdout
    assert told.stderr == "2 of 2 branches match.\n"
    none = boatyard.run(*preview, "tag", "none", "x")
    assert (none.returncode, none.stdout, none.stderr) == (0, "", "0 of 1 tags match.\n")
    assert "pattern: " in boatyard.refusal(*preview, "tag", "/(/", "x")
    assert boatyard.json("rules", "list", repository) == []


def test_what_a_preview_can_only_warn_of_is_said(
    boatyard: CommandLine, sourced: Callable[[str], str], github: FakeGithub
) -> None:
    repository = sourced("warned")
    [project] = [one for one in github.world.projects.values() if one.name == "warned"]
    project.git.commit({"greeting": "hello"}, "Say hello", branch="release-1")
    told = boatyard.run("rules", "preview", repository, "branch", "release*", "{branch}")
    assert "(release/1) would both become the version release-1" in told.stderr
    github.pause()
    try:
        told = boatyard.run("rules", "preview", repository, "branch", "main", "latest")
    finally:
        github.start()
    assert told.returncode == 0
    assert "this is what was known last" in told.stderr


def test_a_rule_needs_a_source_and_an_argument_a_name(boatyard: CommandLine) -> None:
    boatyard("repositories", "create", "captain/unsourced")
    create = ("rules", "create", "captain/unsourced", "branch", "main", "latest")
    assert "not built from a GitHub project" in boatyard.refusal(*create)
    assert "is not NAME=VALUE" in boatyard.refusal(*create, "--argument", "LEVEL", code=2)
    assert "something to change" in boatyard.refusal(
        "rules", "edit", "captain/unsourced", "1", code=2
    )
