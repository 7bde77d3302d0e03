import datetime as dt
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from boatyard.registry_notifier.envelope import MAX_ENVELOPE
from boatyard.shared.access import SESSION_COOKIE, csrf_token
from boatyard.shared.events import Access, TagPushed, TokenScope, Verb
from tests.unit.registry_notifier.kit import EVENTS, SECRET, SWEEP, A, B, Notifier, event, push

ADMINISTRATOR = Access(authenticated=True, username="root", administrator=True)
EVERYTHING = (TokenScope(repository="*", verbs=frozenset(Verb)),)
BEARER = {"Authorization": "Bearer by_token"}


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["type"] == f"urn:boatyard:problem:{code}"
    return body


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        f"Basic {SECRET}",
        SECRET,
        f"Bearer {SECRET}x",
        "Bearer \xff",
    ],
)
async def test_whoever_does_not_know_the_secret_is_refused(notifier: Notifier, header: str) -> None:
    answer = await notifier.http.post(
        EVENTS,
        content=json.dumps({"events": [push("v1", A)]}),
        headers={b"Authorization": header.encode("latin-1"), b"Content-Type": b"application/json"},
    )
    problem(answer, 401, "notification-refused")
    assert await notifier.outbox() == []


async def test_no_header_at_all_is_refused(notifier: Notifier) -> None:
    answer = await notifier.http.post(EVENTS, json={"events": []})
    problem(answer, 401, "notification-refused")


async def test_whoever_does_not_know_the_secret_learns_nothing_of_the_body(
    notifier: Notifier,
) -> None:
    answer = await notifier.http.post(
        EVENTS, content=b"{", headers={"Content-Type": "application/json"}
    )
    problem(answer, 401, "notification-refused")


async def test_the_secret_is_in_no_log(notifier: Notifier) -> None:
    with capture_logs() as logs:
        await notifier.post(push("v1", A))
        await notifier.post(Authorization=f"Bearer {SECRET}-forged")
    assert "notification_refused" in {log["event"] for log in logs}
    assert SECRET not in str(logs)


@pytest.mark.parametrize("media_type", ["text/plain", "application/xml", "multipart/form-data", ""])
async def test_another_content_type_is_refused(notifier: Notifier, media_type: str) -> None:
    body = problem(await notifier.post(**{"Content-Type": media_type}), 422, "invalid-input")
    assert body["errors"][0]["field"] == "header.Content-Type"


@pytest.mark.parametrize("body", [b"", b"{", b'{"events": [}', b"\xff\xfe", b"[" * 100_000])
async def test_broken_json_is_the_senders_fault(notifier: Notifier, body: bytes) -> None:
    answer = await raw(notifier, body)
    problem(answer, 400, "broken-json")


@pytest.mark.parametrize("body", [b"null", b"[]", b"{}", b'{"events": 7}'])
async def test_what_is_no_envelope_is_refused_with_the_reason(
    notifier: Notifier, body: bytes
) -> None:
    refused = problem(await raw(notifier, body), 422, "invalid-input")
    assert refused["errors"][0]["field"].startswith("body")


async def test_a_body_beyond_what_the_registry_can_send_is_refused(notifier: Notifier) -> None:
    answer = await raw(notifier, b" " * (MAX_ENVELOPE + 1))
    problem(answer, 413, "body-too-large")


async def test_a_client_with_a_name_of_a_megabyte_can_not_block_the_registrys_queue(
    notifier: Notifier,
) -> None:
    pull = event("pull_tag", request={"useragent": "<" * 1_000_000})
    escaped = json.dumps({"events": [pull]}).replace("<", "\\u003c")
    assert (await raw(notifier, escaped.encode())).status_code == 202
    assert len(await notifier.outbox()) == 1


async def test_an_event_that_can_not_be_read_does_not_block_the_registrys_queue(
    notifier: Notifier,
) -> None:
    with capture_logs() as logs:
        answer = await notifier.post({"id": "x", "from": "the future"}, push("v1", A))
    assert answer.status_code == 202
    assert "notification_unreadable" in {log["event"] for log in logs}
    assert len(await notifier.outbox()) == 1


async def test_a_name_that_has_no_place_here_does_not_block_the_registrys_queue(
    notifier: Notifier,
) -> None:
    with capture_logs() as logs:
        answer = await notifier.post(event("push_tag", target={"repository": "library"}))
    assert answer.status_code == 202
    (log,) = [log for log in logs if log["event"] == "notification_ignored"]
    assert (log["repository"], log["reason"]) == ("library", "must be written as namespace/name")


async def test_an_empty_envelope_is_accepted(notifier: Notifier) -> None:
    assert (await notifier.post()).status_code == 202


async def test_what_is_accepted_is_committed(notifier: Notifier, tmp_path: Path) -> None:
    assert (await notifier.post(push("v1", A))).status_code == 202
    again = Notifier(f"sqlite+aiosqlite:///{tmp_path}/registry-notifier.db")
    assert [type(message) for message in await again.outbox()] == [TagPushed]
    await again.stop()


async def test_a_duplicate_is_accepted_and_has_no_effect(notifier: Notifier) -> None:
    pushed = push("v1", A)
    answers = [await notifier.post(pushed) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [202] * 3
    assert len(await notifier.outbox()) == 1
    assert notifier.metric("boatyard_registry_notifications_ignored_total", reason="again") == 2


async def test_what_is_received_is_counted(notifier: Notifier) -> None:
    await notifier.tell(push("v1", A), event("pull_tag"), event("push_child"), push("v1", B))
    await notifier.tell(event("push_tag", action="renamed"))
    count = notifier.metric
    assert count("boatyard_registry_notifications_total", action="push") == 3
    assert count("boatyard_registry_notifications_total", action="pull") == 1
    assert count("boatyard_registry_notifications_total", action="other") == 1
    assert count("boatyard_registry_notifications_ignored_total", reason="child") == 1
    assert count("boatyard_registry_tag_changes_total", origin="push") == 2


@pytest.fixture
async def broken(notifier: Notifier, tmp_path: Path) -> AsyncIterator[Notifier]:
    """A notifier whose database is gone."""
    broken = Notifier(f"sqlite+aiosqlite:///{tmp_path}/no-such-folder/gone.db")
    yield broken
    await broken.stop()


async def test_without_its_database_the_registry_is_told_to_keep_it(broken: Notifier) -> None:
    with capture_logs() as logs:
        answer = await broken.post(push("v1", A))
    problem(answer, 503, "database-unavailable")
    assert answer.headers["retry-after"] == "2"
    assert "database_unavailable" in {log["event"] for log in logs}
    assert not broken.state.heard_of
    assert broken.metric("boatyard_registry_notifications_total", action="push") == 0


async def test_what_could_not_be_written_is_dealt_with_when_it_comes_again(
    notifier: Notifier,
) -> None:
    pushed = push("v1", A)
    async with notifier.database.unit_of_work() as uow:
        connection = await uow.session.connection()
        await connection.exec_driver_sql("ALTER TABLE outbox RENAME TO away")
    with capture_logs():
        problem(await notifier.post(pushed), 503, "database-unavailable")
    assert (await notifier.position()).digest is None
    async with notifier.database.unit_of_work() as uow:
        connection = await uow.session.connection()
        await connection.exec_driver_sql("ALTER TABLE away RENAME TO outbox")
    assert (await notifier.post(pushed)).status_code == 202
    assert await notifier.story() == [(1, A.digest, "push")]


async def raw(notifier: Notifier, body: bytes) -> httpx.Response:
    headers = {"Authorization": f"Bearer {SECRET}", "Content-Type": "application/json"}
    return await notifier.http.post(EVENTS, content=body, headers=headers)


async def test_an_administrator_starts_a_sweep(notifier: Notifier) -> None:
    notifier.doorkeeper.answer = ADMINISTRATOR
    answer = await notifier.http.post(SWEEP, headers=BEARER)
    assert answer.status_code == 202, answer.text
    assert answer.json()["next_at"] == notifier.now.isoformat().replace("+00:00", "Z")
    assert answer.json()["running"] is False
    assert notifier.state.wake.is_set()


async def test_an_administrator_reads_what_the_last_sweep_found(notifier: Notifier) -> None:
    notifier.doorkeeper.answer = ADMINISTRATOR
    answer = await notifier.http.get(SWEEP, headers=BEARER)
    assert answer.status_code == 200
    assert answer.json() == {
        "running": False,
        "next_at": None,
        "started_at": None,
        "finished_at": None,
        "repositories": 0,
        "tags": 0,
        "changes": 0,
        "skipped": 0,
        "error": None,
    }


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_stranger_may_not_sweep(notifier: Notifier, method: str) -> None:
    problem(await notifier.http.request(method, SWEEP), 401, "unauthenticated")


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_credential_that_is_not_believed_may_not_sweep(
    notifier: Notifier, method: str
) -> None:
    answer = await notifier.http.request(method, SWEEP, headers=BEARER)
    problem(answer, 401, "credential-refused")


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_an_account_that_does_not_administer_may_not_sweep(
    notifier: Notifier, method: str
) -> None:
    notifier.doorkeeper.answer = Access(authenticated=True, username="anna")
    answer = await notifier.http.request(method, SWEEP, headers=BEARER)
    problem(answer, 403, "administrators-only")
    assert not notifier.state.wake.is_set()


@pytest.mark.parametrize(
    ("scopes", "status"),
    [
        (EVERYTHING, 200),
        ((), 403),
        ((TokenScope(repository="*", verbs=frozenset({Verb.PULL})),), 403),
        ((TokenScope(repository="team/*", verbs=frozenset(Verb)),), 403),
    ],
)
async def test_an_administrators_token_must_be_good_for_everything(
    notifier: Notifier, scopes: tuple[TokenScope, ...], status: int
) -> None:
    notifier.doorkeeper.answer = ADMINISTRATOR.model_copy(update={"scopes": scopes})
    assert (await notifier.http.get(SWEEP, headers=BEARER)).status_code == status


async def test_a_session_starts_a_sweep_only_with_its_csrf_token(notifier: Notifier) -> None:
    notifier.doorkeeper.answer = ADMINISTRATOR
    cookie = {"Cookie": f"{SESSION_COOKIE}=s3cret"}
    problem(await notifier.http.post(SWEEP, headers=cookie), 403, "csrf-token-missing")
    given = {**cookie, "X-CSRF-Token": csrf_token("s3cret")}
    assert (await notifier.http.post(SWEEP, headers=given)).status_code == 202


async def test_when_nobody_can_say_who_it_is_nobody_sweeps(notifier: Notifier) -> None:
    notifier.doorkeeper.answer = None
    problem(await notifier.http.post(SWEEP, headers=BEARER), 503, "catalog-unreachable")


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_without_its_database_nothing_is_said_of_sweeps(
    broken: Notifier, method: str
) -> None:
    broken.doorkeeper.answer = ADMINISTRATOR
    with capture_logs():
        answer = await broken.http.request(method, SWEEP, headers=BEARER)
    problem(answer, 503, "database-unavailable")


async def test_a_push_is_dated_as_the_registry_says(notifier: Notifier) -> None:
    earlier = notifier.now - dt.timedelta(hours=3)
    await notifier.tell(push("v1", A, at=earlier))
    assert [message.occurred_at for message in await notifier.outbox()] == [earlier]
