"""The registry as a port: what Boatyard reads of it and the few things it changes there.

RegistryError
├── RegistryUnavailable   it can't be reached, or it fails: try again later
├── RegistryDenied        our token is not good enough
├── ManifestGone          a manifest, or something that it needs, is not there any more
└── ManifestUnreadable    a manifest is larger than is read, or is not what it says it is
"""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from boatyard.shared.events import RegistryActor
from boatyard.shared.oci import MediaType

MAX_MANIFEST = 4 * 1024 * 1024
"""Bytes of a manifest; the registry itself takes no larger ones."""
MAX_CONFIG = 8 * 1024 * 1024
PLACEHOLDER_ANNOTATION = "dev.boatyard.placeholder"
ACCEPT = ", ".join(MediaType)


class RegistryError(Exception):
    """The base of what the registry port raises."""


class RegistryUnavailable(RegistryError):
    """It can't be reached, or it fails: try again later."""


class RegistryDenied(RegistryError):
    """Our token is not good enough."""


class ManifestGone(RegistryError):
    """A manifest, or something that it needs, is not there any more."""


class ManifestUnreadable(RegistryError):
    """A manifest is larger than is read, or is not what it says it is."""


@dataclass(frozen=True)
class Resolved:
    """What a tag or a digest stands for."""

    digest: str
    media_type: str


@dataclass(frozen=True)
class Manifest:
    """A manifest as it is stored, byte for byte."""

    digest: str
    media_type: str
    body: bytes


@dataclass(frozen=True)
class Platform:
    """One platform that an image runs on. `size` is in bytes, compressed, as it travels."""

    os: str
    architecture: str
    variant: str | None
    digest: str
    size: int


@dataclass(frozen=True)
class Image:
    """What one platform's manifest lists: its configuration's digest and size, and the size of everything."""

    config_digest: str
    config_size: int
    size: int


@dataclass(frozen=True)
class ManifestDetails:
    """What an image says of itself. For an index, `size` is the sum over its platforms."""

    size: int
    platforms: tuple[Platform, ...]
    labels: dict[str, str]
    created: dt.datetime | None


class Registry(Protocol):
    """A registry. Safe for concurrent use. Every method may raise RegistryUnavailable or RegistryDenied."""

    async def ping(self) -> None:
        """Return if it answers."""
        ...

    def repositories(self) -> AsyncIterator[str]:
        """Every repository that it knows, the empty ones too."""
        ...

    async def tags(self, repository: str) -> list[str]:
        """The tags of a repository; none if there is no such repository."""
        ...

    async def resolve(
        self, repository: str, reference: str, *, known: Resolved | None = None
    ) -> Resolved | None:
        """What a tag or digest stands for; None if there is none.

        Each answer is a pull that the registry notifies of, unless it is still `known`: then nothing was read.
        """
        ...

    async def manifest(self, repository: str, reference: str) -> Manifest | None:
        """The manifest under a tag or digest; None if there is none; ManifestUnreadable if it is too large."""
        ...

    async def describe(
        self, repository: str, digest: str, *, known: Image | None = None
    ) -> ManifestDetails | None:
        """What an image says of itself; None if it is gone; ManifestUnreadable if it can't be understood.

        The manifest of a `known` image is not read: that would be a pull, which the registry notifies of.
        """
        ...

    async def put_tag(self, repository: str, tag: str, manifest: Manifest, *, actor: str) -> None:
        """Point a tag at a manifest that is stored; ManifestGone if something it needs is not there."""
        ...

    async def delete_tag(self, repository: str, tag: str, *, actor: str) -> None:
        """Remove one tag and leave the image and its other tags alone; nothing happens if it is not there."""
        ...

    async def delete_manifest(
        self, repository: str, digest: str, *, actor: str = RegistryActor.SWEEPER
    ) -> None:
        """Remove a manifest and every tag that points at it; nothing happens if it is not there."""
        ...
