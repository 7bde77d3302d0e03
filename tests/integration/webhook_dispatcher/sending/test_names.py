"""What the DNS answers: nothing, late, something else the next time, or something that is not allowed."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence

import pytest

from boatyard.shared.egress import EgressPolicy
from boatyard.shared.testing.endpoints import hangs, sends, sends_and_closes, serving
from boatyard.shared.testing.processes import free_port
from boatyard.webhook_dispatcher.connector import Lookup
from boatyard.webhook_dispatcher.outcome import ErrorClass, Request
from boatyard.webhook_dispatcher.sender import Limits
from tests.integration.webhook_dispatcher.sending.conftest import (
    SHORT,
    answered,
    failed,
    send,
    sender,
    timed_out,
)

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
ONLY_SIX = EgressPolicy.parse("::1/128")


def answers(*in_turn: Sequence[str]) -> Lookup:
    """A DNS that answers differently each time, and at last always the same."""
    remaining = list(in_turn)

    async def lookup(host: str, port: int) -> Sequence[str]:
        return remaining.pop(0) if len(remaining) > 1 else remaining[0]

    return lookup


async def test_a_name_that_does_not_exist_is_told(dialled: list[str]) -> None:
    failure = failed(await send("http://gone.example/"), ErrorClass.DNS_ERROR, peer_ip=None)
    assert failure.timings.dns is not None
    assert (failure.timings.connect, failure.timings.first_byte) == (None, None)
    assert dialled == []


@pytest.mark.parametrize("host", ["a..example", "x" * 64 + ".example", ".", "-", "_"])
async def test_what_can_not_be_a_name_is_told(host: str, dialled: list[str]) -> None:
    outcome = await send(f"http://{host}/")
    assert getattr(outcome, "error_class", None) in (
        ErrorClass.DNS_ERROR,
        ErrorClass.BLOCKED_ADDRESS,
    )
    assert dialled == []


async def test_a_dns_that_hangs_does_not_extend_the_deadline(dialled: list[str]) -> None:
    async def never(host: str, port: int) -> Sequence[str]:
        await asyncio.Event().wait()
        return ()

    failure = timed_out(
        await send("http://slow.example/", limits=SHORT, lookup=never), peer_ip=None
    )
    assert failure.timings.dns is not None
    assert failure.timings.dns > 300
    assert dialled == []


async def test_a_dns_that_answers_nothing_is_a_dns_error(dialled: list[str]) -> None:
    outcome = await send("http://empty.example/", lookup=answers([]))
    failed(outcome, ErrorClass.DNS_ERROR, peer_ip=None)
    assert dialled == []


async def test_a_name_with_ipv6_alone_is_reached() -> None:
    async with serving(sends(OK), host="::1") as endpoint:
        answer = answered(await send(f"http://six.example:{endpoint.port}/hook"))
        assert f"host: six.example:{endpoint.port}" in endpoint.heads[0].decode().lower()
    assert answer.peer_ip == "::1"


async def test_a_literal_ipv6_address_is_reached() -> None:
    async with serving(sends(OK), host="::1") as endpoint:
        assert answered(await send(endpoint.url)).peer_ip == "::1"


async def test_where_one_address_refuses_the_next_is_tried() -> None:
    async with serving(sends(OK), host="::1") as endpoint:
        url = f"http://both.example:{endpoint.port}/"
        answer = answered(await send(url, lookup=answers(["127.0.0.1", "::1"])))
    assert answer.peer_ip == "::1"


async def test_where_every_address_refuses_that_is_told() -> None:
    lookup = answers(["127.0.0.1", "::1"] * 50)
    outcome = await send(f"http://many.example:{free_port()}/", lookup=lookup)
    failed(outcome, ErrorClass.CONNECTION_REFUSED, peer_ip=outcome.peer_ip)
    assert outcome.peer_ip in ("127.0.0.1", "::1")


@pytest.mark.parametrize("found", [["::1", "127.0.0.1"], ["127.0.0.1", "::1"]])
async def test_a_name_of_which_one_address_is_forbidden_is_not_dialled_at_all(
    found: list[str], dialled: list[str]
) -> None:
    async with serving(sends(OK), host="::1") as endpoint:
        url = f"http://mixed.example:{endpoint.port}/"
        outcome = await send(url, policy=ONLY_SIX, lookup=answers(found))
        assert endpoint.connections == 0
    failed(outcome, ErrorClass.BLOCKED_ADDRESS, peer_ip=None)
    assert dialled == []


async def test_a_name_that_is_bound_again_to_a_forbidden_address_is_not_dialled(
    dialled: list[str],
) -> None:
    lookup = answers(["::1"], ["127.0.0.1"])
    limits = Limits(deadline=20, connect=20, dns=0)
    async with (
        serving(
            sends_and_closes(OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")), host="::1"
        ) as endpoint,
        sender(policy=ONLY_SIX, limits=limits, lookup=lookup) as made,
    ):
        request = Request(f"http://rebind.example:{endpoint.port}/", {}, b"")
        answered(await made.send(request))
        failed(await made.send(request), ErrorClass.BLOCKED_ADDRESS, peer_ip=None)
        assert endpoint.connections == 1
    assert dialled == ["::1"]


async def test_between_the_check_and_the_dial_nothing_is_resolved_again() -> None:
    asked = 0

    async def count(host: str, port: int) -> Sequence[str]:
        nonlocal asked
        asked += 1
        return ["127.0.0.1"]

    async with serving(sends(OK)) as endpoint:
        answered(await send(f"http://hook.example:{endpoint.port}/", lookup=count))
    assert asked == 1


async def test_an_address_that_swallows_connections_is_a_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        port = full.getsockname()[1]
        fillers = [socket.socket() for _ in range(8)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        failure = timed_out(await send(f"http://127.0.0.1:{port}/", limits=SHORT))
        for filler in fillers:
            filler.close()
    assert failure.timings.connect is not None
    assert failure.timings.connect > 200
    assert failure.timings.first_byte is None


async def test_many_names_that_hang_hold_up_no_other() -> None:
    release = asyncio.Event()

    async def some_hang(host: str, port: int) -> Sequence[str]:
        if host != "hook.example":
            await release.wait()
        return ["127.0.0.1"]

    async with (
        serving(hangs) as stuck,
        serving(sends(OK)) as healthy,
        sender(lookup=some_hang) as made,
    ):
        urls = [f"http://n{number}.example:{stuck.port}/" for number in range(100)]
        waiting = [asyncio.create_task(made.send(Request(url, {}, b""))) for url in urls]
        answered(await made.send(Request(f"http://hook.example:{healthy.port}/", {}, b"")))
        assert not any(task.done() for task in waiting)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
