"""The address of a log: as text with a cursor, as events, afterwards and when it is gone."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.unit.builder.kit import Kit

EVENTS = {"Accept": "text/event-stream"}


def events(body: str) -> list[tuple[str, str, dict[str, Any]]]:
    """The id, the name and the data of each event."""
    found = []
    for block in body.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if line[:1] != ":")
        if lines:
            found.append((lines["id"], lines["event"], json.loads(lines["data"])))
    return found


async def test_a_log_is_read_as_text_and_gone_on_with(kit: Kit) -> None:
    async with kit.running() as api:
        id = await kit.order()
        await kit.ended(id)
        whole = await api.get("/builds/1/log")
        assert whole.headers["content-type"] == "text/plain; charset=utf-8"
        assert whole.headers["boatyard-log-complete"] == "true"
        assert "#2 hello\n" in whole.text
        end = int(whole.headers["boatyard-log-cursor"])
        assert end == len(whole.content)
        rest = await api.get("/builds/1/log", params={"cursor": end - 10})
        assert rest.content == whole.content[-10:]
        nothing = await api.get("/builds/1/log", params={"cursor": end + 5})
        assert (nothing.content, nothing.headers["boatyard-log-cursor"]) == (b"", str(end + 5))


async def test_the_same_address_gives_events_with_the_same_cursor(kit: Kit) -> None:
    async with kit.running() as api:
        await kit.ended(await kit.order())
        text = (await api.get("/builds/1/log")).text
        answer = await api.get("/builds/1/log", headers=EVENTS)
        assert answer.headers["content-type"].startswith("text/event-stream")
        told = events(answer.text)
        assert "".join(data["text"] for _, name, data in told if name == "log") == text
        assert told[-1][:2] == (str(len(text.encode())), "end")
        assert told[-1][2] == {"status": "succeeded", "reason": None, "detail": ""}
        cursor = str(len(text.encode()) - 4)
        again = await api.get("/builds/1/log", headers={**EVENTS, "Last-Event-ID": cursor})
        assert events(again.text)[0][2]["text"] == text[-4:]


@pytest.mark.parametrize("last", ["", "x", "-1", "\uff19", "1e3", "9" * 40])
async def test_a_last_event_id_of_somebody_else_begins_anew(kit: Kit, last: str) -> None:
    async with kit.running() as api:
        await kit.ended(await kit.order())
        headers = [(b"Accept", EVENTS["Accept"].encode()), (b"Last-Event-ID", last.encode())]
        told = events((await api.get("/builds/1/log", headers=headers)).text)
        assert told[0][2]["text"].startswith("==> Build 1 of team/app")


async def test_a_build_that_waits_has_an_empty_log(kit: Kit) -> None:
    async with kit.running(workers=0) as api:
        await kit.order()
        answer = await api.get("/builds/1/log")
        assert (answer.status_code, answer.text) == (200, "")
        assert answer.headers["boatyard-log-complete"] == "false"


async def test_a_log_that_is_not_kept_any_more_is_gone(kit: Kit) -> None:
    async with kit.running() as api:
        id = await kit.order()
        await kit.ended(id)
        kit.state.logs.remove([id])
        answer = await api.get("/builds/1/log")
        assert answer.status_code == 410
        assert answer.json()["type"] == "urn:boatyard:problem:log-gone"


async def test_a_long_log_says_what_was_left_out(kit: Kit) -> None:
    kit.files["Dockerfile"] = "# dummy: print 8000000\nFROM scratch\nRUN echo the-beginning\n"
    async with kit.running(log_limit_mib=2) as api:
        id = await kit.order()
        await kit.ended(id)
        text = (await api.get("/builds/1/log")).text
        assert "the-beginning" in text
        assert "bytes were left out here" in text
        assert text.rstrip().splitlines()[-1] == "==> Succeeded"
        assert len(text) < 2.2 * 1024 * 1024
        told = events((await api.get("/builds/1/log", headers=EVENTS)).text)
        assert sum(data["left_out"] for _, name, data in told if name == "log") > 5_000_000
        assert len(list(kit.folder.glob("logs/builds/*/*/*.log"))) <= 5


async def test_the_client_gets_an_anonymous_refusal_before_any_event(kit: Kit) -> None:
    async with kit.running(workers=0) as api:
        await kit.order()
        del api.headers["Authorization"]
        answer: httpx.Response = await api.get("/builds/1/log", headers=EVENTS)
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"
