"""The commands of organizations, their members and robots, and of what namespaces keep."""

from __future__ import annotations

from pathlib import Path

import pytest

from boatyard.shared.testing.installation import PASSWORD, Installation, Person
from tests.integration.cli.kit import CommandLine


@pytest.fixture(scope="module")
def ada(yard: Installation, captain: Person) -> Person:
    """Somebody who administers nothing."""
    return yard.sign_up("ada")


def test_an_organization_lives_from_create_to_delete(boatyard: CommandLine) -> None:
    made = boatyard.json("organizations", "create", "crew", "--description", "Everything")
    assert (made["name"], made["role"]) == ("crew", "admin")
    boatyard("organizations", "edit", "crew", "--description", "船 the shop")
    assert "船 the shop" in boatyard("organizations", "show", "crew")
    assert "crew          admin" in boatyard("organizations", "list")
    wrong = boatyard.run("organizations", "delete", "crew", typed="crow\n")
    assert (wrong.returncode, "nothing was done" in wrong.stderr) == (1, True)
    assert boatyard("organizations", "delete", "crew", typed="crew\n") == "deleted crew"
    assert "crew" in boatyard.refusal("organizations", "delete", "crew", "--yes")


def test_a_member_is_added_given_another_role_and_removed(
    boatyard: CommandLine, ada: Person
) -> None:
    boatyard("organizations", "create", "deck")
    members = ("organizations", "members")

    def roles() -> dict[str, str]:
        listed = boatyard.json(*members, "list", "deck")
        return {member["username"]: member["role"] for member in listed}

    boatyard(*members, "add", "deck", "ada", "--role", "reader")
    assert roles() == {"ada": "reader", "captain": "admin"}
    assert "writer" in boatyard(*members, "add", "deck", "ada", "--role", "writer")
    assert roles()["ada"] == "writer"
    assert "ada" in boatyard(*members, "remove", "deck", "ada")
    assert roles() == {"captain": "admin"}
    assert "no account nobody" in boatyard.refusal(
        *members, "add", "deck", "nobody", "--role", "admin"
    )


def test_a_robot_serves_a_pipeline_until_it_is_deleted(
    boatyard: CommandLine, yard: Installation, tmp_path: Path
) -> None:
    boatyard("organizations", "create", "fleet")
    boatyard("repositories", "create", "fleet/app")
    robots = ("organizations", "robots")
    limits = ("--repository", "fleet/app", "--verb", "pull", "--days", "1")
    made = boatyard.run(*robots, "create", "fleet", "ci", "--role", "reader", *limits)
    assert "signs in as fleet+ci" in made.stderr
    pipeline = CommandLine(
        tmp_path / "pipeline", BOATYARD_SERVER=yard.url, BOATYARD_TOKEN=made.stdout.strip()
    )
    assert pipeline.json("repositories", "show", "fleet/app")["verbs"] == ["pull"]
    [listed] = boatyard.json(*robots, "list", "fleet")
    assert (listed["username"], listed["role"]) == ("fleet+ci", "reader")
    assert "fleet/app (pull)" in boatyard(*robots, "list", "fleet")

    fresh = boatyard(*robots, "rotate-secret", "fleet", "ci", "--days", "2")
    assert "boatyard login" in pipeline.refusal("repositories", "show", "fleet/app")
    pipeline.environment["BOATYARD_TOKEN"] = fresh
    pipeline("repositories", "show", "fleet/app")

    edited = boatyard.json(*robots, "edit", "fleet", "ci", "--disable", "--role", "writer")
    assert (edited["disabled"], edited["role"]) == (True, "writer")
    pipeline.refusal("repositories", "show", "fleet/app")
    assert not boatyard.json(*robots, "edit", "fleet", "ci", "--enable")["disabled"]
    pipeline("repositories", "show", "fleet/app")
    assert boatyard(*robots, "delete", "fleet", "ci") == "deleted fleet+ci"
    assert boatyard.json(*robots, "list", "fleet") == []


def test_a_robot_may_do_what_its_role_may_unless_told(boatyard: CommandLine) -> None:
    boatyard("organizations", "create", "dock")
    made = boatyard.json("organizations", "robots", "create", "dock", "ci")
    assert made["role"] == "writer"
    assert made["expires_at"] is None
    assert [scope["repository"] for scope in made["scopes"]] == ["dock/*"]


def test_a_quota_is_set_and_reset_by_administrators(
    boatyard: CommandLine, yard: Installation, ada: Person, tmp_path: Path
) -> None:
    boatyard("organizations", "create", "hold")
    before = boatyard.json("namespaces", "usage", "hold")
    assert (before["bytes"], before["max_bytes"]) == (0, None)
    assert "unlimited" in boatyard("namespaces", "usage", "hold")
    assert "10.0 GiB" in boatyard("namespaces", "set-quota", "hold", "10GiB")
    assert boatyard.json("namespaces", "usage", "hold")["max_bytes"] == 10 * 1024**3
    assert boatyard.json("namespaces", "set-quota", "hold", "unlimited")["max_bytes"] is None
    assert "hold" in boatyard("namespaces", "reset-quota", "hold")
    assert "is no size" in boatyard.refusal("namespaces", "set-quota", "hold", "much", code=2)
    adas = CommandLine(tmp_path / "ada")
    adas("login", "--username", ada.username, yard.url, typed=f"{PASSWORD}\n")
    assert "administrator" in adas.refusal("namespaces", "set-quota", "ada", "10GB")
