from __future__ import annotations

import re
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boatyard.shared.egress import (
    PUBLIC_ONLY,
    REFUSAL,
    BlockedAddress,
    EgressPolicy,
    check_url,
    is_blocked,
    literal_address,
)

BLOCKED = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "::/96",
    "64:ff9b::/96",
    "64:ff9b:1::/48",
    "100::/64",
    "2001::/32",
    "2001:db8::/32",
    "2002::/16",
    "3fff::/20",
    "5f00::/16",
    "fc00::/7",
    "fe80::/10",
    "fec0::/10",
    "ff00::/8",
]
PUBLIC = [
    "1.1.1.1",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "169.253.255.255",
    "169.255.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.0",
    "192.0.3.0",
    "192.88.98.255",
    "192.88.100.0",
    "192.167.255.255",
    "192.169.0.0",
    "198.17.255.255",
    "198.20.0.0",
    "198.51.99.255",
    "198.51.101.0",
    "203.0.112.255",
    "203.0.114.0",
    "223.255.255.255",
    "2001:200::",
    "2001:4860:4860::8888",
    "2003::",
    "2400::",
    "2606:4700::1111",
    "2a00::",
    "3ffe::",
    "::ffff:1.1.1.1",
]


@pytest.mark.parametrize("network", BLOCKED)
def test_the_first_the_last_and_any_address_of_a_blocked_range_is_blocked(network: str) -> None:
    addresses = ip_network(network)
    for position in (0, addresses.num_addresses // 3, addresses.num_addresses - 1):
        assert is_blocked(addresses[position])


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_not_blocked_even_right_beside_a_blocked_range(address: str) -> None:
    assert not is_blocked(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "::127.0.0.1",
        "::8.8.8.8",
        "64:ff9b::7f00:1",
        "64:ff9b::8.8.8.8",
        "64:ff9b:1::a00:1",
        "2002:7f00:1::",
        "2002:808:808::1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "fec0::1",
        "5f00::1",
        "fe80::1%eth0",
        "4000::1",
        "e000::1",
    ],
)
def test_an_address_that_wraps_or_translates_another_is_blocked(address: str) -> None:
    assert is_blocked(ip_address(address))


@given(st.integers(0, 2**32 - 1))
def test_an_ipv4_address_is_judged_alike_when_it_is_mapped_into_ipv6(number: int) -> None:
    plain, mapped = IPv4Address(number), IPv6Address((0xFFFF << 32) + number)
    assert is_blocked(plain) == is_blocked(mapped)


@given(st.one_of(st.integers(0, 2**32 - 1).map(IPv4Address), st.ip_addresses(v=6)))
def test_what_python_knows_as_not_global_is_blocked(address: IPv4Address | IPv6Address) -> None:
    if not address.is_global and not (address.version == 6 and address.ipv4_mapped):
        assert is_blocked(address)


def test_an_allowed_range_opens_itself_and_nothing_else() -> None:
    policy = EgressPolicy.parse("10.1.0.0/16, fd00::/8")
    assert policy.permits(ip_address("10.1.2.3"))
    assert policy.permits(ip_address("fd12::1"))
    assert policy.permits(ip_address("1.1.1.1"))
    assert not policy.permits(ip_address("10.2.0.1"))
    assert not policy.permits(ip_address("fc00::1"))
    assert not policy.permits(ip_address("127.0.0.1"))


def test_the_loopback_address_of_ipv6_can_be_allowed_like_any_other() -> None:
    policy = EgressPolicy.parse("::1/128")
    assert policy.permits(ip_address("::1"))
    assert not policy.permits(ip_address("::2"))
    assert not policy.permits(ip_address("127.0.0.1"))


def test_an_allowed_range_holds_for_the_mapped_form_of_its_addresses_too() -> None:
    policy = EgressPolicy.parse("10.1.0.0/16")
    assert policy.permits(ip_address("::ffff:10.1.0.1"))
    assert not policy.permits(ip_address("::ffff:10.2.0.1"))


@pytest.mark.parametrize(
    ("translator", "inside", "public"),
    [
        ("64:ff9b::/96", "64:ff9b::a00:1", "64:ff9b::808:808"),
        ("2002::/16", "2002:a00:1::1", "2002:808:808::1"),
        (
            "2001::/32",
            "2001:0:808:808:0:0:f5ff:fffe",  # the client 10.0.0.1 behind the server 8.8.8.8
            "2001:0:808:808:0:0:f7f7:f7f7",
        ),
        ("::/96", "::10.0.0.1", "::8.8.8.8"),
    ],
)
def test_an_allowed_translator_does_not_lead_to_private_addresses(
    translator: str, inside: str, public: str
) -> None:
    policy = EgressPolicy.parse(translator)
    assert policy.permits(ip_address(public))
    assert not policy.permits(ip_address(inside))
    assert EgressPolicy.parse(f"{translator},10.0.0.0/8").permits(ip_address(inside))
    assert not EgressPolicy.parse("10.0.0.0/8").permits(ip_address(inside))


def test_no_ranges_are_an_empty_list() -> None:
    assert EgressPolicy.parse(" , ") == EgressPolicy.parse("") == PUBLIC_ONLY


@pytest.mark.parametrize(
    "ranges", ["10.0.0.0/33", "10.0.0.1/8", "intranet", "10.0.0.0/8;11.0.0.0/8"]
)
def test_a_wrong_range_is_named(ranges: str) -> None:
    with pytest.raises(ValueError, match="is no address range"):
        EgressPolicy.parse(f"192.168.0.0/16,{ranges}")


def test_a_refusal_says_the_same_for_every_address() -> None:
    texts = set()
    for address in ("127.0.0.1", "169.254.169.254", "fe80::1", "64:ff9b::7f00:1"):
        with pytest.raises(BlockedAddress) as refusal:
            PUBLIC_ONLY.check(ip_address(address))
        texts |= {str(refusal.value), str(refusal.value.args)}
    assert texts == {REFUSAL, str((REFUSAL,))}


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "http://example.com:8080/a/b?c=%2F&d=e+f#g",
        "HTTPS://Example.COM/",
        "https://under_score.example.com/",
        "https://example.com./",
        "https://xn--bcher-kva.example/",
        "https://bücher.example/päth",
        "https://1.1.1.1/",
        "https://[2606:4700::1111]:8443/",
        "https://[::ffff:1.1.1.1]/",
        "https://123.example/",
        "https://example.com/" + "a" * (2048 - len("https://example.com/")),
    ],
)
def test_a_good_url_is_taken(url: str) -> None:
    check_url(url)
    assert len(url) <= 2048


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "must begin with https:// or http://"),
        ("example.com/hook", "must begin with https:// or http://"),
        ("ftp://example.com", "must begin with https:// or http://"),
        ("file:///etc/passwd", "must begin with https:// or http://"),
        ("javascript:alert(1)", "must begin with https:// or http://"),
        ("gopher://127.0.0.1:6379/_", "must begin with https:// or http://"),
        ("https://", "must name a host"),
        ("https:example.com", "must name a host"),
        ("https:///path", "must name a host"),
        ("https://:443/", "must name a host"),
        ("https://./", "must name a host"),
        ("https://user@example.com", "must not contain a user name or a password"),
        ("https://user:secret@example.com", "must not contain a user name or a password"),
        ("https://example.com@127.0.0.1", "must not contain a user name or a password"),
        ("https://example.com:0", "the port must be a number from 1 to 65535"),
        ("https://example.com:65536", "the port must be a number from 1 to 65535"),
        ("https://example.com:http", "the port must be a number from 1 to 65535"),
        ("https://example.com:-1", "the port must be a number from 1 to 65535"),
        ("https://[::1", "is not a URL: its host is malformed"),
        ("https://[gg::1]/", "is not a URL: its host is malformed"),
        ("https://a b/", "character 10, ' ', must be percent-encoded"),
        ("https://example.com/\r\nX: y", "character 21, '\\r', must be percent-encoded"),
        ("https://example.com\\@127.0.0.1", "character 20, '\\\\', must be percent-encoded"),
        ("https://example.com/\x00", "character 21, '\\x00', must be percent-encoded"),
        ("https://example.com/\u2028", "character 21, '\\u2028', must be percent-encoded"),
        ("https://example.com/\ud800", "character 21, '\\ud800', must be percent-encoded"),
        ("https://a..b/", "'a..b' is not a host name"),
        ("https://-a.example/", "'-a.example' is not a host name"),
        ("https://127.0.0.%31/", "'127.0.0.%31' is not a host name"),
        ("https://" + "a" * 64 + ".example/", f"'{'a' * 64}.example' is not a host name"),
        ("https://" + "é" * 64 + ".example/", f"'{'é' * 64}.example' is not a host name"),
        ("https://" + "a." * 127 + "com/", f"'{'a.' * 127}com' is not a host name"),
        ("https://example.com/" + "a" * 2029, "must have at most 2048 characters, has 2049"),
        ("https://134744072/", "write the address as 8.8.8.8"),
        ("https://0x8.8.0x808/", "write the address as 8.8.8.8"),
    ],
)
def test_a_bad_url_is_refused_with_a_reason_for_the_person_who_entered_it(
    url: str, reason: str
) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(reason)}$"):
        check_url(url)


LOOPBACK_FORMS = [
    "localhost",
    "LOCALHOST",
    "localhost.",
    "foo.localhost",
    "127.0.0.1",
    "127.0.0.1.",
    "127.1",
    "127.0.1",
    "2130706433",
    "017700000001",
    "0x7f000001",
    "0X7F.1",
    "0x7f.0.0.1",
    "0177.0.0.01",
    "0",
    "0.0.0.0",
    "[::1]",
    "[::]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "\uff11\uff12\uff17.0.0.1",  # full-width digits
    "\u2460\u2461\u2466.0.0.1",  # digits in circles
    "127\u30020\u30020\u30021",  # ideographic full stops
    "\u24dbocalhost",
]
OTHER_INSIDE_FORMS = [
    "169.254.169.254",
    "[fd00:ec2::254]",
    "2852039166",
    "10.0.0.1",
    "[fe80::1%25eth0]",
]


@pytest.mark.parametrize("host", LOOPBACK_FORMS + OTHER_INSIDE_FORMS)
def test_an_inside_address_in_any_notation_is_refused_with_one_message(host: str) -> None:
    with pytest.raises(ValueError, match=f"^{REFUSAL}$"):
        check_url(f"http://{host}/hook")


def test_a_url_may_lead_to_an_address_that_the_operator_allows() -> None:
    policy = EgressPolicy.parse("127.0.0.0/8")
    check_url("http://127.0.0.1:9000/hook", policy)
    check_url("http://localhost:9000/hook", policy)
    with pytest.raises(ValueError, match=r"write the address as 127\.0\.0\.1"):
        check_url("http://2130706433:9000/hook", policy)
    with pytest.raises(ValueError, match=REFUSAL):
        check_url("http://[::1]:9000/hook", policy)


@pytest.mark.parametrize(
    "host", ["127.1", "2130706433", "0x7f.1", "0177.1", "0", "1.1", "0x1010101"]
)
def test_a_literal_is_read_as_the_machine_itself_reads_it(host: str) -> None:
    [(*_, address)] = socket.getaddrinfo(host, 80, type=socket.SOCK_STREAM)
    assert literal_address(host) == ip_address(address[0])


@given(st.text(max_size=40))
def test_whatever_is_entered_is_taken_or_refused_with_a_reason(host: str) -> None:
    for url in (host, f"http://{host}", f"https://{host}/x"):
        try:
            check_url(url)
        except ValueError as fault:
            assert str(fault)  # noqa: PT017 - it may as well be taken
