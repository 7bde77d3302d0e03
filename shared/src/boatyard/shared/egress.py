"""Where outgoing HTTP may go: the decision about one address, and about a URL that somebody entered.

The decision that counts is made on the address that is dialled, at each dial, by whoever opens the socket; the
check of a URL only tells a person early. Ranges: IANA's special-purpose registries (RFC 6890 and what was added
since), and, since IPv6 hands out global unicast in 2000::/3 alone (RFC 4291 §2.4), everything outside of that.
"""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Self
from urllib.parse import SplitResult, urlsplit

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

REFUSAL = "the address is not allowed, unless whoever runs Boatyard allows its network"
"""All that a user is told of a refusal: which address it was, or why, would map the inside of the network."""
MAX_URL_LENGTH = 2048

_BLOCKED_V4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",  # link-local, and the metadata services of the clouds
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
_GLOBAL_V6 = IPv6Network("2000::/3")
_BLOCKED_V6 = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # IETF protocols, Teredo among them
        "2001:db8::/32",
        "2002::/16",  # 6to4
        "3fff::/20",
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")
_COMPATIBLE = IPv6Network("::/96")

_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?", re.IGNORECASE)
_UNFIT = re.compile(r"[\x00-\x20\x7f-\xa0\ud800-\udfff\\<>\"^`{|}]|\s")


class BlockedAddress(OSError):
    """An address was not dialled because it is not allowed.

    An OSError, since a connection that can't be made is one for everything between a socket and its user.
    """

    def __init__(self) -> None:
        super().__init__(REFUSAL)


def is_blocked(address: Address) -> bool:
    """Whether an address is anything but a public one of the internet.

    Private, loopback, link-local, multicast, reserved and unallocated addresses are blocked, and so are those
    that carry an IPv4 address through a translator (NAT64, 6to4, Teredo, IPv4-compatible), whatever they carry.
    An IPv4-mapped one is dialled over IPv4, and is judged as that.
    """
    address = dialled(address)
    if isinstance(address, IPv4Address):
        return any(address in network for network in _BLOCKED_V4)
    return address not in _GLOBAL_V6 or any(address in network for network in _BLOCKED_V6)


def dialled(address: Address) -> Address:
    """The address that a socket really connects to: for an IPv4-mapped one its IPv4 address."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _carried(address: Address) -> tuple[IPv4Address, ...]:
    """The IPv4 addresses that a translator would make of an IPv6 one (RFC 6052, 3056, 4380, 4291)."""
    if isinstance(address, IPv4Address):
        return ()
    if address.is_loopback or address.is_unspecified:
        return ()  # ::1 and :: have the form of ::0.0.0.1 and ::0.0.0.0, and are addresses of their own
    if address in _NAT64 or address in _COMPATIBLE:
        return (IPv4Address(int(address) & 0xFFFFFFFF),)
    if address.sixtofour is not None:
        return (address.sixtofour,)
    return address.teredo or ()


@dataclass(frozen=True)
class EgressPolicy:
    """What may be dialled: every public address, and the ranges that the operator allows besides."""

    allow: tuple[Network, ...] = ()

    @classmethod
    def parse(cls, ranges: str) -> Self:
        """Read ranges separated by commas (`10.1.0.0/16, fd00::/8`); ValueError names the wrong one."""
        return cls(tuple(_network(part.strip()) for part in ranges.split(",") if part.strip()))

    def permits(self, address: Address) -> bool:
        """Whether an address may be dialled.

        An allowed range opens itself only: a translator's range (such as 64:ff9b::/96 where DNS64 is in use)
        does not lead to IPv4 addresses that are blocked and not allowed themselves.
        """
        address = dialled(address)
        if not is_blocked(address):
            return True
        return self._allows(address) and all(
            not is_blocked(carried) or self._allows(carried) for carried in _carried(address)
        )

    def check(self, address: Address) -> None:
        """Return if an address may be dialled, else raise BlockedAddress."""
        if not self.permits(address):
            raise BlockedAddress

    def _allows(self, address: Address) -> bool:
        return any(
            address.version == network.version and address in network for network in self.allow
        )


PUBLIC_ONLY = EgressPolicy()
"""The policy where the operator allowed nothing besides."""


def check_url(url: str, policy: EgressPolicy = PUBLIC_ONLY) -> None:
    """Return if a URL may be a webhook's, else raise ValueError with a reason for the person who entered it.

    What a host name stands for is not looked up here: that is decided at every dial.
    """
    if len(url) > MAX_URL_LENGTH:
        raise ValueError(f"must have at most {MAX_URL_LENGTH} characters, has {len(url)}")
    unfit = _UNFIT.search(url)
    if unfit:
        raise ValueError(f"character {unfit.start() + 1}, {unfit[0]!r}, must be percent-encoded")
    parts = _split(url)
    if parts.scheme not in ("http", "https"):
        raise ValueError("must begin with https:// or http://")
    if "@" in parts.netloc:
        raise ValueError("must not contain a user name or a password")
    _check_port(parts)
    _check_host(parts.hostname or "", policy)


def _network(text: str) -> Network:
    try:
        return ip_network(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is no address range such as 10.1.0.0/16: {error}") from error


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError as error:
        raise ValueError("is not a URL: its host is malformed") from error


def _check_port(parts: SplitResult) -> None:
    try:
        legal = parts.port is None or parts.port > 0
    except ValueError:
        legal = False
    if not legal:
        raise ValueError("the port must be a number from 1 to 65535")


def _check_host(host: str, policy: EgressPolicy) -> None:
    name = _ascii(host).removesuffix(".")
    if not name:
        raise ValueError("must name a host")
    literal = literal_address(name)
    address = literal or _known_address(name)
    if address is not None and not policy.permits(address):
        raise ValueError(REFUSAL)
    if isinstance(literal, IPv4Address) and name != str(literal):
        raise ValueError(f"write the address as {literal}")
    if literal is None and (
        len(name) > 253 or not all(_LABEL.fullmatch(label) for label in name.split("."))
    ):
        raise ValueError(f"{host!r} is not a host name")


def _known_address(name: str) -> Address | None:
    """What a name stands for everywhere (RFC 6761 §6.3)."""
    local = name == "localhost" or name.endswith(".localhost")
    return IPv4Address("127.0.0.1") if local else None


def _ascii(host: str) -> str:
    """A host as the DNS is asked for it; full-width digits become digits here (RFC 3490)."""
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise ValueError(f"{host!r} is not a host name") from error


def literal_address(name: str) -> Address | None:
    """The address that a host is in itself, in any notation that resolvers take; None for a name."""
    try:
        return ip_address(name)
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(name))  # decimal, hexadecimal, octal and short forms
    except OSError:
        return None
