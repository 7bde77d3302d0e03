"""Pushes of tiny images over HTTP, for tests and benchmarks that need many of them."""

from __future__ import annotations

import hashlib
import json
from types import TracebackType
from typing import Any, Self

import httpx

from boatyard.shared.oci import MediaType

_CONFIG = (
    b'{"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":[]}}'
)
_CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"


def digest_of(content: bytes) -> str:
    """The digest under which a registry keeps these bytes."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def manifest_of(text: str) -> bytes:
    """The manifest of an image without layers; another text makes another digest."""
    config = {"mediaType": _CONFIG_TYPE, "digest": digest_of(_CONFIG), "size": len(_CONFIG)}
    return json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": MediaType.OCI_MANIFEST,
            "config": config,
            "layers": [],
            "annotations": {"text": text},
        }
    ).encode()


class Pusher:
    """Pushes to one registry as one person, or as nobody where it asks for no tokens. Use it as `async with`.

    A tag costs one request, once the repository has got its configuration and its token.
    """

    def __init__(
        self, registry: str, *, realm: str | None = None, username: str = "", password: str = ""
    ) -> None:
        self._registry, self._realm = registry, realm
        self._basic = httpx.BasicAuth(username, password)
        self._http = httpx.AsyncClient(timeout=30, trust_env=False)
        self._tokens: dict[str, str] = {}

    async def __aenter__(self) -> Self:
        """Nothing is open yet."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def prepare(self, repository: str) -> None:
        """Put there what every image of ours shares; httpx.HTTPError if that fails."""
        if self._realm:
            await self._sign_in(self._realm, repository)
        url = f"{self._registry}/v2/{repository}/blobs/uploads/?digest={digest_of(_CONFIG)}"
        started = await self._http.post(url, headers=self._headers(repository))
        started.raise_for_status()
        if started.status_code == httpx.codes.CREATED:
            return
        place = httpx.URL(self._registry).join(started.headers["Location"])
        stored = await self._http.put(
            place.copy_merge_params({"digest": digest_of(_CONFIG)}),
            content=_CONFIG,
            headers={**self._headers(repository), "Content-Type": "application/octet-stream"},
        )
        stored.raise_for_status()

    async def push(self, repository: str, tag: str, *, text: str) -> str:
        """Point a tag at the image of a text and return its digest; httpx.HTTPError if that fails."""
        manifest = manifest_of(text)
        answer = await self._put(repository, tag, manifest)
        if answer.status_code == httpx.codes.UNAUTHORIZED and self._realm:
            await self._sign_in(self._realm, repository)
            answer = await self._put(repository, tag, manifest)
        answer.raise_for_status()
        return digest_of(manifest)

    async def _put(self, repository: str, tag: str, manifest: bytes) -> httpx.Response:
        return await self._http.put(
            f"{self._registry}/v2/{repository}/manifests/{tag}",
            content=manifest,
            headers={**self._headers(repository), "Content-Type": MediaType.OCI_MANIFEST},
        )

    async def _sign_in(self, realm: str, repository: str) -> None:
        query = {"service": "boatyard", "scope": f"repository:{repository}:pull,push"}
        answer = await self._http.get(realm, params=query, auth=self._basic)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        self._tokens[repository] = found["token"]

    def _headers(self, repository: str) -> dict[str, str]:
        token = self._tokens.get(repository)
        return {"Authorization": f"Bearer {token}"} if token else {}
