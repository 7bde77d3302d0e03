"""Every way to write an address inside: nothing is dialled, and a user learns nothing but that.

Something listens at each address, so that whoever got through would be noticed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from boatyard.shared.egress import PUBLIC_ONLY, REFUSAL, EgressPolicy
from boatyard.shared.testing.endpoints import RawEndpoint, sends, serving
from boatyard.webhook_dispatcher.outcome import ErrorClass, Failed
from tests.integration.webhook_dispatcher.sending.conftest import send

FINE = sends(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
LITERALS = [
    "127.0.0.1",
    "127.0.0.1.",
    "127.1",
    "2130706433",
    "0x7f.1",
    "0x7f000001",
    "0177.0.0.1",
    "017700000001",
    "0",
    "0.0.0.0",
    "169.254.169.254",
    "10.0.0.1",
    "192.168.1.1",
    "100.100.100.200",
    "[::1]",
    "[::]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]",
    "[2001:0:7f00:1::]",
    "[fd00:ec2::254]",
    "[fe80::1]",
    "[ff02::1]",
]
NAMES = ["localhost", "LOCALHOST", "localhost.", "\u24db\u24de\u24d2alhost", "１２７.0.0.1"]  # noqa: RUF001


@pytest.fixture
async def inside() -> AsyncIterator[list[RawEndpoint]]:
    async with serving(FINE) as four, serving(FINE, host="::1") as six:
        yield [four, six]


async def refused(host: str, inside: list[RawEndpoint], policy: EgressPolicy) -> Failed:
    outcomes = [
        await send(
            f"http://{host}:{endpoint.port}/hook",
            policy=policy,
            lookup=None,  # the machine's own: it knows localhost
        )
        for endpoint in inside
    ]
    assert [endpoint.connections for endpoint in inside] == [0, 0]
    first, second = outcomes
    assert isinstance(first, Failed), first
    assert isinstance(second, Failed), second
    assert (first.error_class, first.peer_ip) == (second.error_class, second.peer_ip)
    return second


@pytest.mark.parametrize("host", LITERALS)
async def test_an_address_inside_is_not_dialled_however_it_is_written(
    host: str, inside: list[RawEndpoint], dialled: list[str]
) -> None:
    failure = await refused(host, inside, PUBLIC_ONLY)
    assert failure.error_class is ErrorClass.BLOCKED_ADDRESS
    assert (failure.message, failure.peer_ip) == (REFUSAL, None)
    assert dialled == []


@pytest.mark.parametrize("host", NAMES)
async def test_a_name_for_this_machine_is_not_dialled_however_it_is_written(
    host: str, inside: list[RawEndpoint], dialled: list[str]
) -> None:
    failure = await refused(host, inside, PUBLIC_ONLY)
    assert failure.error_class in (ErrorClass.BLOCKED_ADDRESS, ErrorClass.DNS_ERROR)
    assert failure.peer_ip is None
    assert dialled == []


@pytest.mark.parametrize(
    "authority",
    [
        "1.1.1.1@127.0.0.1:{port}",
        "1.1.1.1%40127.0.0.1:{port}",
        "127.0.0.1:{port}#@1.1.1.1",
        "127.0.0.1:{port}?@1.1.1.1",
        "1.1.1.1\\@127.0.0.1:{port}",
        "127.0.0.1:{port}\\@1.1.1.1",
        "127.0.0.1\t:{port}",
        "[::1%25lo]:{port}",
        "[::1%lo]:{port}",
        "127.0.0.1%00.example:{port}",
        "127。0。0。1:{port}",
    ],
)
async def test_a_url_that_parsers_read_differently_leads_nowhere(
    authority: str, inside: list[RawEndpoint], dialled: list[str]
) -> None:
    for endpoint in inside:
        outcome = await send(
            f"http://{authority.format(port=endpoint.port)}/", policy=PUBLIC_ONLY, lookup=None
        )
        assert isinstance(outcome, Failed), outcome
        assert endpoint.connections == 0
    assert dialled == []


async def test_what_the_operator_allows_opens_itself_and_nothing_else(
    inside: list[RawEndpoint], dialled: list[str]
) -> None:
    failure = await refused("[::ffff:127.0.0.1]", inside, EgressPolicy.parse("::1/128"))
    assert failure.error_class is ErrorClass.BLOCKED_ADDRESS
    failure = await refused("127.0.0.1", inside, EgressPolicy.parse("127.0.0.2/32, ::/96"))
    assert failure.error_class is ErrorClass.BLOCKED_ADDRESS
    assert dialled == []


@pytest.mark.parametrize("scheme", ["ftp", "file", "gopher", "ws", "unix", "http+unix", ""])
async def test_only_http_is_spoken(scheme: str, dialled: list[str]) -> None:
    async with serving(FINE) as endpoint:
        outcome = await send(endpoint.url.replace("http", scheme, 1))
        assert isinstance(outcome, Failed), outcome
        assert endpoint.connections == 0
    assert dialled == []
