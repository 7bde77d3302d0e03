"""A build's log, followed from a server that breaks off; and what a terminal does to a command."""

from __future__ import annotations

import asyncio
import json
import signal
from pathlib import Path

import pytest
from aiohttp import web

from boatyard.cli.client import Api
from boatyard.cli.errors import CommandError
from boatyard.cli.following import events, follow
from boatyard.shared.testing.processes import free_port
from boatyard.shared.testing.receiver import Behaviour, Reply
from tests.e2e.mailbox import Mailbox
from tests.integration.cli.kit import CommandLine

LOG = ("builds", "log", "team/app", "7", "--follow")
STREAM = {"Content-Type": "text/event-stream"}
GONE_AWAY = Reply(503, {"Content-Type": "text/html"}, b"<html>")


def log(id: int, text: str) -> bytes:
    data = json.dumps({"text": text, "left_out": 0}, ensure_ascii=False)
    return f"id: {id}\nevent: log\ndata: {data}\n\n".encode()


def end(status: str, detail: str = "") -> bytes:
    data = json.dumps({"status": status, "reason": None, "detail": detail})
    return f"id: 9\nevent: end\ndata: {data}\n\n".encode()


def stream(*events: bytes) -> Reply:
    return Reply(headers=STREAM, body=b": here it comes\n\n" + b"".join(events))


def torn(*events: bytes) -> Behaviour:
    """Break the connection off in the middle of an event."""

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(headers=STREAM)
        await response.prepare(request)
        await response.write(b"".join(events) + b"id: 8\nevent: log\ndata: ")
        if request.transport is not None:
            request.transport.close()
        return response

    return answer


def waiting(*events: bytes) -> Behaviour:
    """A stream that stays open."""

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(headers=STREAM)
        await response.prepare(request)
        await response.write(b"".join(events))
        await asyncio.Event().wait()
        return response

    return answer


@pytest.fixture
def boatyard(mailbox: Mailbox, tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path, BOATYARD_SERVER=mailbox.url, BOATYARD_TOKEN="byt_x")


def test_it_goes_on_where_the_connection_broke_off(boatyard: CommandLine, mailbox: Mailbox) -> None:
    mailbox.then(
        torn(log(3, "one\n"), log(5, "船\u2028\n")),
        GONE_AWAY,
        stream(log(6, "three\n"), end("succeeded")),
    )
    done = boatyard.run(*LOG)
    assert (done.returncode, done.stdout) == (0, "one\n船\u2028\nthree\n")
    assert done.stderr == "Build succeeded\n"
    asked = [request.headers.get("last-event-id") for request in mailbox.requests]
    assert asked == [None, "5", "5"]


def test_a_build_that_failed_ends_with_1(boatyard: CommandLine, mailbox: Mailbox) -> None:
    mailbox.then(stream(log(3, "one\n"), end("timed_out", "It took too long.")))
    done = boatyard.run(*LOG)
    assert (done.returncode, done.stdout) == (1, "one\n")
    assert done.stderr == "Build timed out: It took too long.\n"


def test_it_gives_up_on_a_server_that_stays_away() -> None:
    with (
        Api(f"http://127.0.0.1:{free_port()}") as away,
        pytest.raises(CommandError, match="does not answer"),
    ):
        follow(away, "/log", pauses=(0, 0))


def test_it_gives_up_on_a_stream_that_brings_nothing(mailbox: Mailbox) -> None:
    mailbox.always(stream())
    with Api(mailbox.url) as idle, pytest.raises(CommandError, match="breaks off"):
        follow(idle, "/log", pauses=(0, 0))
    assert len(mailbox.requests) == 3


def test_it_waits_as_long_as_connections_last(mailbox: Mailbox) -> None:
    mailbox.then(*[stream()] * 5, stream(end("succeeded")))
    with Api(mailbox.url) as idle:
        [event] = events(idle, "/log", pauses=(0,), steady_seconds=0)
    assert event.name == "end"


def test_a_refusal_is_not_asked_for_again(boatyard: CommandLine, mailbox: Mailbox) -> None:
    problem = {"type": "about:blank", "detail": "There is no build 7.", "errors": []}
    mailbox.always(Reply(404, body=json.dumps(problem).encode()))
    assert boatyard.refusal(*LOG) == "boatyard: There is no build 7."
    assert len(mailbox.requests) == 1


def test_ctrl_c_ends_with_130_and_no_traceback(boatyard: CommandLine, mailbox: Mailbox) -> None:
    mailbox.then(waiting(log(3, "one\n")))
    with boatyard.started(*LOG) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "one\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(90) == 130
        assert process.stderr.read() == ""


def test_a_reader_that_goes_away_is_no_traceback(boatyard: CommandLine, mailbox: Mailbox) -> None:
    mailbox.then(stream(*(log(number, "line\n" * 1000) for number in range(100))))
    with boatyard.started(*LOG) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(90) == 1
        assert process.stderr.read() == ""


def test_a_server_that_is_none_of_boatyards_is_named(mailbox: Mailbox, tmp_path: Path) -> None:
    boatyard = CommandLine(tmp_path, BOATYARD_SERVER=mailbox.url)
    mailbox.then(Reply(200, body=b"<html>"), Reply(302, {"Location": "https://elsewhere.example"}))
    assert "not as Boatyard does" in boatyard.refusal("whoami")
    assert "leads to https://elsewhere.example" in boatyard.refusal("whoami")
