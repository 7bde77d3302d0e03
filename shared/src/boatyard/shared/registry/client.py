"""The registry over HTTP (OCI distribution specification 1.1)."""

from __future__ import annotations

import asyncio
import hashlib
import json
import uuid
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import httpx

from boatyard.shared.events import RegistryActor
from boatyard.shared.oci import MediaType
from boatyard.shared.registry import (
    ACCEPT,
    MAX_CONFIG,
    MAX_MANIFEST,
    PLACEHOLDER_ANNOTATION,
    Image,
    Manifest,
    ManifestDetails,
    ManifestGone,
    ManifestUnreadable,
    RegistryDenied,
    RegistryUnavailable,
    Resolved,
)
from boatyard.shared.registry.describe import children, details, image, is_index
from boatyard.shared.registry.tokens import TokenProvider

PAGE = 100
TIMEOUT = httpx.Timeout(30, connect=5)
AT_ONCE = 8


class RegistryClient:
    """A registry at a URL. `close` it at the end."""

    def __init__(self, url: str, tokens: TokenProvider) -> None:
        self._tokens = tokens
        self._http = httpx.AsyncClient(
            base_url=url,
            timeout=TIMEOUT,
            trust_env=False,
            verify=url.startswith("https:"),  # to read this machine's certificates takes a while
            limits=httpx.Limits(max_connections=16, max_keepalive_connections=AT_ONCE),
        )
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def ping(self) -> None:
        """Return if it answers; asking for a token is an answer, too.

        Not at `/v2/`, where it would write a line about the missing token into its log each time.
        """
        try:
            answer = await self._http.get("/", timeout=5)
        except httpx.HTTPError as error:
            raise RegistryUnavailable(type(error).__name__) from error
        if answer.status_code not in (200, 401):
            raise RegistryUnavailable(f"answered {answer.status_code}")

    async def repositories(self) -> AsyncIterator[str]:
        """Every repository that it knows."""
        async for page in self._pages("/v2/_catalog", "registry:catalog:*"):
            for name in page.get("repositories") or []:
                yield name

    async def tags(self, repository: str) -> list[str]:
        """The tags of a repository."""
        found: list[str] = []
        async for page in self._pages(f"/v2/{repository}/tags/list", _scope(repository, "pull")):
            found += page.get("tags") or []
        return found

    async def resolve(
        self, repository: str, reference: str, *, known: Resolved | None = None
    ) -> Resolved | None:
        """What a tag or digest stands for."""
        answer = await self._ask(
            "HEAD",
            _manifest_path(repository, reference),
            _scope(repository, "pull"),
            headers={"If-None-Match": f'"{known.digest}"'} if known else None,
        )
        if answer.status_code == 404:
            return None
        if answer.status_code == 304:
            return known
        digest = answer.headers.get("Docker-Content-Digest", "")
        return Resolved(digest, answer.headers.get("Content-Type", "").split(";")[0])

    async def manifest(self, repository: str, reference: str) -> Manifest | None:
        """The manifest under a tag or digest."""
        answer = await self._ask(
            "GET", _manifest_path(repository, reference), _scope(repository, "pull")
        )
        if answer.status_code == 404:
            return None
        if len(answer.content) > MAX_MANIFEST:
            raise ManifestUnreadable("it is larger than 4 MiB")
        digest = "sha256:" + hashlib.sha256(answer.content).hexdigest()
        media_type = answer.headers.get("Content-Type", "").split(";")[0]
        return Manifest(
            answer.headers.get("Docker-Content-Digest", digest), media_type, answer.content
        )

    async def describe(
        self, repository: str, digest: str, *, known: Image | None = None
    ) -> ManifestDetails | None:
        """What an image says of itself."""
        config = await self._config(repository, known) if known else None
        if known and config is not None:
            return details([(digest, known, config)])
        top = await self.manifest(repository, digest)
        if top is None:
            return None
        if not is_index(top):
            return details([await self._image(repository, top)])
        listed = await asyncio.gather(
            *(self.manifest(repository, child.digest) for child in children(top))
        )
        images = [
            await self._image(repository, child)
            for child in listed
            if child is not None and not is_index(child)
        ]
        return details(images)

    async def put_tag(self, repository: str, tag: str, manifest: Manifest, *, actor: str) -> None:
        """Point a tag at a manifest."""
        answer = await self._ask(
            "PUT",
            _manifest_path(repository, tag),
            _scope(repository, "pull,push"),
            actor=actor,
            content=manifest.body,
            headers={"Content-Type": manifest.media_type},
        )
        _check_writable(answer)
        if answer.status_code in (400, 404):
            raise ManifestGone(_words(answer))

    async def delete_tag(self, repository: str, tag: str, *, actor: str) -> None:
        """Remove one tag.

        Distribution 3 does it when asked. Distribution 2.8 knows only digests, and removing a digest removes
        every tag on it: there the tag is first moved to a placeholder of its own, which is then removed. The
        former is our doing, the latter the actor's: the registry notifies of both.
        """
        answer = await self._ask(
            "DELETE",
            _manifest_path(repository, tag),
            _scope(repository, "delete"),
            actor=actor,
        )
        if answer.status_code in (202, 404):
            return
        placeholder = make_placeholder()
        if await self.resolve(repository, tag) is not None:
            await self.put_tag(repository, tag, placeholder, actor=RegistryActor.SWEEPER)
            await self.delete_manifest(repository, placeholder.digest, actor=actor)

    async def delete_manifest(
        self, repository: str, digest: str, *, actor: str = RegistryActor.SWEEPER
    ) -> None:
        """Remove a manifest and every tag that points at it."""
        answer = await self._ask(
            "DELETE",
            _manifest_path(repository, digest),
            _scope(repository, "delete"),
            actor=actor,
        )
        _check_writable(answer)

    async def _image(self, repository: str, manifest: Manifest) -> tuple[str, Image, bytes]:
        parts = image(manifest)
        return manifest.digest, parts, await self._config(repository, parts) or b"{}"

    async def _config(self, repository: str, parts: Image) -> bytes | None:
        """An image's configuration; None if it is not there."""
        if parts.config_size > MAX_CONFIG:
            raise ManifestUnreadable("its configuration is larger than 8 MiB")
        answer = await self._ask(
            "GET",
            f"/v2/{repository}/blobs/{parts.config_digest}",
            _scope(repository, "pull"),
            follow_redirects=True,  # a registry on object storage sends blobs from there
        )
        return None if answer.status_code == 404 else answer.content[:MAX_CONFIG]

    async def _pages(self, path: str, scope: str) -> AsyncIterator[dict[str, Any]]:
        following: str | None = f"{path}?n={PAGE}"
        while following:
            answer = await self._ask("GET", following, scope)
            if answer.status_code == 404:
                return
            try:
                yield answer.json()
            except ValueError as error:
                raise RegistryUnavailable("it answered no JSON") from error
            following = _next_page(answer)

    async def _ask(
        self,
        method: str,
        path: str,
        scope: str,
        *,
        actor: str = RegistryActor.READER,
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> httpx.Response:
        token = await self._tokens.token(actor, (scope,))
        sent = {"Accept": ACCEPT, **(headers or {})}
        if token:
            sent["Authorization"] = f"Bearer {token}"
        try:
            async with self._slots:
                answer = await self._http.request(method, path, headers=sent, **more)
        except httpx.HTTPError as error:
            raise RegistryUnavailable(type(error).__name__) from error
        if answer.status_code in (401, 403):
            raise RegistryDenied(f"{method} {scope}: {answer.status_code}")
        if answer.status_code >= 500 or answer.status_code == 429:
            raise RegistryUnavailable(f"answered {answer.status_code}")
        return answer


def _check_writable(answer: httpx.Response) -> None:
    """RegistryUnavailable where the registry can only be read now, as while its garbage is collected."""
    if answer.status_code == httpx.codes.METHOD_NOT_ALLOWED:
        raise RegistryUnavailable("it can only be read now: its garbage is being collected")


def make_placeholder() -> Manifest:
    """An index of nothing, different each time, that needs no blobs."""
    body = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": MediaType.OCI_INDEX,
            "manifests": [],
            "annotations": {PLACEHOLDER_ANNOTATION: str(uuid.uuid4())},
        }
    ).encode()
    return Manifest("sha256:" + hashlib.sha256(body).hexdigest(), MediaType.OCI_INDEX, body)


def _scope(repository: str, actions: str) -> str:
    return f"repository:{repository}:{actions}"


def _manifest_path(repository: str, reference: str) -> str:
    return f"/v2/{repository}/manifests/{reference}"


def _next_page(answer: httpx.Response) -> str | None:
    following = answer.links.get("next", {}).get("url")
    if not following:
        return None
    parts = urlsplit(following)
    return f"{parts.path}?{parts.query}"


def _words(answer: httpx.Response) -> str:
    try:
        errors = answer.json()["errors"]
        return "; ".join(str(error.get("message", error.get("code"))) for error in errors)
    except (ValueError, KeyError, TypeError, AttributeError):
        return f"answered {answer.status_code}"
