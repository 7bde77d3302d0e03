"""What one attempt is made of: where to, with which keys, and the bytes that come out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from boatyard.shared.signing import Signer
from boatyard.webhook_dispatcher.formats.announcement import Announcement


@dataclass(frozen=True)
class Links:
    """Where people and image clients find Boatyard."""

    public_url: str
    """The address of the console, without a trailing slash."""
    registry_host: str
    """The registry as it stands in image names."""


@dataclass(frozen=True)
class Secrets:
    """The keys of one webhook. None of them is part of its own representation."""

    signing: tuple[Signer, ...] = field(repr=False)
    """The current key first, then those in their grace period."""
    robot: str | None = field(default=None, repr=False)
    """With what a robot of Feishu or DingTalk wants its messages signed."""


@dataclass(frozen=True)
class Attempt:
    """What a format turns into a request."""

    announcement: Announcement
    url: str = field(repr=False)
    """As it was entered. The address of a chat robot is a secret in itself."""
    at: dt.datetime
    """The moment of this attempt; robots refuse a signature that is older than an hour."""
    robot: str | None = field(repr=False)
    links: Links


@dataclass(frozen=True)
class Rendered:
    """What a format made of an attempt: JSON, and what differs from the ordinary."""

    body: Mapping[str, Any]
    content_type: str = "application/json"
    url: str | None = field(default=None, repr=False)
    """Where to instead of the webhook's own address."""


@dataclass(frozen=True)
class Prepared:
    """One request, ready to be sent; another attempt needs another one."""

    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes
