"""The commands against a whole Boatyard."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from boatyard.shared.testing.installation import PASSWORD, Installation, Person
from boatyard.shared.testing.processes import wait_until
from boatyard.shared.testing.pusher import Pusher
from boatyard.shared.testing.receiver import Reply
from tests.e2e.mailbox import Mailbox
from tests.integration.cli.kit import CommandLine


def test_login_keeps_a_token_and_never_the_password(
    yard: Installation, captain: Person, tmp_path: Path
) -> None:
    boatyard = CommandLine(tmp_path)
    boatyard("login", f"{yard.url}/", typed=f"captain\n{PASSWORD}\n")
    kept = boatyard.config.read_text()
    assert PASSWORD not in kept
    assert stat.S_IMODE(boatyard.config.stat().st_mode) == 0o600
    assert boatyard.json("whoami")["username"] == "captain"
    id = json.loads(kept)["token_id"]
    assert id in boatyard("tokens", "list")


def test_logout_revokes_what_login_made(boatyard: CommandLine, captain: Person) -> None:
    id = json.loads(boatyard.config.read_text())["token_id"]
    boatyard("logout")
    assert not boatyard.config.exists()
    assert id not in [token["id"] for token in captain.get("/account/tokens")["items"]]
    assert "boatyard login" in boatyard.refusal("whoami")


def test_a_second_login_leaves_no_token_behind(
    boatyard: CommandLine, yard: Installation, captain: Person
) -> None:
    first = json.loads(boatyard.config.read_text())["token_id"]
    boatyard("login", "--username", "captain", yard.url, typed=f"{PASSWORD}\n")
    assert first not in [token["id"] for token in captain.get("/account/tokens")["items"]]


def test_a_wrong_password_changes_nothing(boatyard: CommandLine, yard: Installation) -> None:
    before = boatyard.config.read_text()
    said = boatyard.refusal("login", "--username", "captain", yard.url, typed="wrong\n")
    assert said == "boatyard: The username or the password is wrong."
    assert boatyard.config.read_text() == before


def test_a_pipeline_needs_a_token_and_no_login(
    boatyard: CommandLine, yard: Installation, tmp_path: Path
) -> None:
    boatyard("repositories", "create", "captain/pipeline")
    made = ("--repository", "captain/pipeline", "--verb", "pull", "--days", "1")
    token = boatyard("tokens", "create", "ci", *made)
    elsewhere = tmp_path / "pipeline"
    pipeline = CommandLine(elsewhere, BOATYARD_SERVER=yard.url, BOATYARD_TOKEN=token)
    assert pipeline.json("repositories", "show", "captain/pipeline")["verbs"] == ["pull"]
    assert "the permission admin" in pipeline.refusal(
        "repositories", "edit", "captain/pipeline", "--public"
    )
    assert not elsewhere.exists()
    [id] = [one["id"] for one in boatyard.json("tokens", "list") if one["name"] == "ci"]
    boatyard("tokens", "revoke", id)
    assert f"boatyard login {yard.url}" in pipeline.refusal("whoami")


def test_a_token_can_be_brought_along(yard: Installation, captain: Person, tmp_path: Path) -> None:
    boatyard = CommandLine(tmp_path)
    token = captain.token("pull", "push", "delete", "admin")
    boatyard("login", yard.url, "--token-stdin", typed=f"{token}\n")
    assert "captain" in boatyard("whoami")
    boatyard("logout")
    boatyard.environment["BOATYARD_TOKEN"] = token
    assert "captain" in boatyard("--server", yard.url, "whoami")


def test_a_repository_lives_from_create_to_delete(boatyard: CommandLine) -> None:
    boatyard("repositories", "create", "captain/app", "--summary", "船 a boat")
    boatyard("repositories", "edit", "captain/app", "--public")
    shown = boatyard.json("repositories", "show", "captain/app")
    assert (shown["summary"], shown["public"]) == ("船 a boat", True)
    assert "captain/app  public" in boatyard("repositories", "list", "--q", "boat")
    wrong = boatyard.run("repositories", "delete", "captain/app", typed="captain/apple\n")
    assert (wrong.returncode, "nothing was done" in wrong.stderr) == (1, True)
    boatyard("repositories", "delete", "captain/app", typed="captain/app\n")
    assert "no repository" in boatyard.refusal("repositories", "delete", "captain/app", "--yes")


def test_a_list_is_read_over_many_pages(boatyard: CommandLine, captain: Person) -> None:
    for number in range(103):
        captain.post("/repositories", name=f"page-{number}")
    pages = ("repositories", "list", "--q", "page-", "--limit")
    assert len(boatyard.json(*pages, "1000")) == 103
    some = boatyard.run(*pages, "102")
    assert len(some.stdout.splitlines()) == 103
    assert "more than these 102" in some.stderr


async def test_a_tag_is_remarked_on_deleted_and_restored(
    boatyard: CommandLine, yard: Installation
) -> None:
    realm, registry = f"{yard.url}/registry/token", f"http://{yard.registry}"
    async with Pusher(registry, realm=realm, username="captain", password=PASSWORD) as pusher:
        await pusher.prepare("captain/tagged")
        digest = await pusher.push("captain/tagged", "1.0", text="first")
        moved = await pusher.push("captain/tagged", "1.0", text="second")

    def digests() -> list[str]:
        return [tag["digest"] for tag in boatyard.json("tags", "list", "captain/tagged")]

    wait_until(lambda: digests() == [moved], seconds=90, what="the tag is listed")
    boatyard("tags", "remark", "captain/tagged", "1.0", "runs in production")
    assert "runs in production" in boatyard("tags", "list", "captain/tagged")
    history = boatyard.json("tags", "history", "captain/tagged", "1.0")
    assert [change["digest"] for change in history] == [moved, digest]
    boatyard("tags", "delete", "captain/tagged", "1.0")
    wait_until(lambda: digests() == [], seconds=90, what="the tag is deleted")
    boatyard("tags", "restore", "captain/tagged", "1.0", digest)
    wait_until(lambda: digests() == [digest], seconds=90, what="the tag is restored")
    assert f"captain/tagged@{digest}" in boatyard("tags", "show", "captain/tagged", "1.0")


def test_a_webhook_is_tested_and_its_deliveries_looked_at(
    boatyard: CommandLine, mailbox: Mailbox
) -> None:
    repository = "captain/hooked"
    boatyard("repositories", "create", repository)
    filters = ("--event", "tag.pushed", "--include-tag", "v*")
    made = boatyard.json("webhooks", "create", repository, mailbox.url, *filters)
    id, secret = made["id"], made["secret"]
    delivery = boatyard("webhooks", "test", repository, id)
    [sent] = mailbox.wait_for(1)

    def one() -> str:
        return boatyard("webhooks", "delivery", repository, id, delivery)

    wait_until(lambda: "succeeded" in one(), seconds=90, what="the delivery is on record")
    assert sent.headers["webhook-id"] in one()
    assert delivery in boatyard("webhooks", "deliveries", repository, id, "--state", "succeeded")
    boatyard("webhooks", "redeliver", repository, id, delivery)
    mailbox.wait_for(2)
    since = ("--since", "2026-01-01T00:00:00Z")
    assert boatyard("webhooks", "replay", repository, id, *since) == "0 deliveries are sent again"
    fresh = boatyard("webhooks", "rotate-secret", repository, id)
    assert fresh.startswith("whsec_")
    assert fresh != secret
    changed = ("--state", "paused", "--include-tag", "")
    edited = boatyard.json("webhooks", "edit", repository, id, *changed)
    assert (edited["state"], edited["include_tags"]) == ("paused", [])
    assert secret not in boatyard("webhooks", "list", repository)
    boatyard("webhooks", "delete", repository, id)
    assert boatyard.json("webhooks", "list", repository) == []


def test_what_would_be_sent_is_shown_and_not_sent(boatyard: CommandLine, mailbox: Mailbox) -> None:
    boatyard("repositories", "create", "captain/example")
    preview = ("webhooks", "preview", "captain/example", "--url", mailbox.url)
    shown = boatyard(*preview)
    assert f"sent to  {mailbox.url}" in shown
    assert "webhook-signature: v1," in shown
    slack = boatyard.json(*preview, "--format", "slack", "--event", "build.failed")
    assert "captain/example" in slack["body"]
    assert "event: " in boatyard.refusal(*preview, "--event", "ship.sunk")
    assert mailbox.requests == []


def test_a_receiver_that_was_away_catches_up(boatyard: CommandLine) -> None:
    repository = "captain/told"
    boatyard("repositories", "create", repository)
    made = boatyard.json("webhooks", "create", repository, "http://127.0.0.1:9/away")
    feed = ("webhooks", "events", repository, made["id"])
    assert boatyard.json(*feed) == []
    for summary in ("one", "two", "three"):
        boatyard("repositories", "edit", repository, "--summary", summary)
    wait_until(lambda: len(boatyard.json(*feed)) == 3, seconds=90, what="the events are known")
    first, *later = boatyard.json(*feed)
    assert boatyard.json(*feed, "--after", first["id"]) == later
    some = boatyard.run(*feed, "--limit", "2")
    assert some.stdout.count("repository.updated") == 2
    assert "more than these 2" in some.stderr
    assert "There are none." in boatyard.run(*feed, "--after", later[-1]["id"]).stderr


def test_a_feed_is_read_over_many_pages(mailbox: Mailbox, tmp_path: Path) -> None:
    def page(*numbers: int) -> Reply:
        told = {"type": "tag.pushed", "timestamp": "2026-01-01T00:00:00Z", "data": {"tag": "1.0"}}
        items = [{"id": str(number), **told} for number in numbers]
        last = items[-1]["id"]
        return Reply(body=json.dumps({"items": items, "next_cursor": last}).encode())

    mailbox.then(page(*range(100)), page(*range(100, 150)))
    boatyard = CommandLine(tmp_path, BOATYARD_SERVER=mailbox.url, BOATYARD_TOKEN="byt_x")
    found = boatyard.json("webhooks", "events", "team/app", "1", "--limit", "1000")
    assert [int(event["id"]) for event in found] == list(range(150))
    asked = [request.path.partition("?")[2] for request in mailbox.requests]
    assert asked == ["limit=100", "after=99&limit=100"]


def test_a_key_of_ones_own_comes_from_standard_input(boatyard: CommandLine) -> None:
    boatyard("repositories", "create", "captain/keyed")
    key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    url = "http://127.0.0.1:9/never"
    made = ("webhooks", "create", "captain/keyed", url, "--secret-file", "-")
    assert key in boatyard(*made, typed=f"{key}\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["repositories", "create", "captain/-a"], "name: "),
        (["webhooks", "create", "captain/hooked", "ftp://x"], "url: "),
        (["builds", "log", "captain/none", "1", "--follow"], "no repository captain/none"),
        (["builds", "start", "captain/none", "1"], "captain/none"),
        (["rules", "list", "captain/none"], "captain/none"),
    ],
)
def test_a_refusal_is_a_sentence_that_names_what_is_wrong(
    boatyard: CommandLine, arguments: list[str], words: str
) -> None:
    said = boatyard.refusal(*arguments)
    assert said.startswith("boatyard: ")
    assert words in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize(
    "arguments",
    [["repositories", "show", "hello"], ["tags", "show", "captain/app", ".."], ["sink"]],
)
def test_what_was_not_understood_is_a_usage_error(
    boatyard: CommandLine, arguments: list[str]
) -> None:
    assert "Usage: " in boatyard.refusal(*arguments, code=2)
