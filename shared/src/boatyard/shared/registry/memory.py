"""A registry in memory, which behaves as the real one does; for tests of what is built on the port."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from boatyard.shared.events import RegistryActor
from boatyard.shared.registry import (
    Image,
    Manifest,
    ManifestDetails,
    ManifestGone,
    RegistryUnavailable,
    Resolved,
)
from boatyard.shared.registry.describe import children, details, image, is_index, parse


@dataclass
class _Repository:
    manifests: dict[str, Manifest] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)


class MemoryRegistry:
    """The registry without a server. `away` makes it unreachable; `log` is what was changed, and by whom."""

    def __init__(self) -> None:
        self._repositories: dict[str, _Repository] = {}
        self.away = False
        self.log: list[tuple[str, str, str, str]] = []

    def add_blob(self, repository: str, digest: str, data: bytes) -> None:
        """Store a blob."""
        self._at(repository).blobs[digest] = data

    def add_manifest(self, repository: str, manifest: Manifest, *, tag: str | None = None) -> None:
        """Store a manifest, under a tag if one is given."""
        self._at(repository).manifests[manifest.digest] = manifest
        if tag:
            self._at(repository).tags[tag] = manifest.digest

    async def ping(self) -> None:
        """Return if it is not away."""
        self._check()

    async def repositories(self) -> AsyncIterator[str]:
        """Every repository, the empty ones too."""
        self._check()
        for name in sorted(self._repositories):
            yield name

    async def tags(self, repository: str) -> list[str]:
        """The tags of a repository, in lexical order."""
        self._check()
        return sorted(self._at(repository).tags) if repository in self._repositories else []

    async def resolve(
        self, repository: str, reference: str, *, known: Resolved | None = None
    ) -> Resolved | None:
        """What a tag or digest stands for."""
        found = await self.manifest(repository, reference)
        if found and known and found.digest == known.digest:
            return known
        return Resolved(found.digest, found.media_type) if found else None

    async def manifest(self, repository: str, reference: str) -> Manifest | None:
        """The manifest under a tag or digest."""
        self._check()
        here = self._repositories.get(repository, _Repository())
        return here.manifests.get(here.tags.get(reference, reference))

    async def describe(
        self, repository: str, digest: str, *, known: Image | None = None
    ) -> ManifestDetails | None:
        """What an image says of itself."""
        here = self._at(repository)
        if known and known.config_digest in here.blobs:
            self._check()
            return details([(digest, known, here.blobs[known.config_digest])])
        top = await self.manifest(repository, digest)
        if top is None:
            return None
        parts = (
            [here.manifests[c.digest] for c in children(top) if c.digest in here.manifests]
            if is_index(top)
            else [top]
        )
        images = [(part.digest, image(part)) for part in parts]
        return details([(d, i, here.blobs.get(i.config_digest, b"{}")) for d, i in images])

    async def put_tag(self, repository: str, tag: str, manifest: Manifest, *, actor: str) -> None:
        """Point a tag at a manifest; ManifestGone if a blob or a child is missing."""
        self._check()
        here = self._at(repository)
        needed = (
            {c.digest for c in children(manifest)} - here.manifests.keys()
            if is_index(manifest)
            else {d["digest"] for d in _descriptors(manifest)} - here.blobs.keys()
        )
        if needed:
            raise ManifestGone("blob unknown to registry")
        self.add_manifest(repository, manifest, tag=tag)
        self.log.append(("put", repository, tag, actor))

    async def delete_tag(self, repository: str, tag: str, *, actor: str) -> None:
        """Remove one tag."""
        self._check()
        if self._at(repository).tags.pop(tag, None):
            self.log.append(("delete-tag", repository, tag, actor))

    async def delete_manifest(
        self, repository: str, digest: str, *, actor: str = RegistryActor.SWEEPER
    ) -> None:
        """Remove a manifest and its tags."""
        self._check()
        here = self._at(repository)
        if here.manifests.pop(digest, None):
            here.tags = {tag: d for tag, d in here.tags.items() if d != digest}
            self.log.append(("delete", repository, digest, actor))

    def _at(self, repository: str) -> _Repository:
        return self._repositories.setdefault(repository, _Repository())

    def _check(self) -> None:
        if self.away:
            raise RegistryUnavailable("told to be away")


def _descriptors(manifest: Manifest) -> list[dict[str, str]]:
    body = parse(manifest)
    return [body["config"], *body.get("layers", [])]
