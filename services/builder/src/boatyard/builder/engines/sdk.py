"""What the Docker SDK does for builds, in short calls that run in threads: tag, push, remove, prune.

It is imported late, by the first thread that needs it: loading it takes half a second, which a service that
starts has no time for.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import docker
from docker.errors import APIError, DockerException, ImageNotFound, NotFound
from urllib3.exceptions import HTTPError

from boatyard.builder.engines.base import IMAGE_PREFIX, EngineDown
from boatyard.builder.engines.failures import of_push
from boatyard.builder.reasons import BuildError, Reason

READ_SECONDS = 60
"""Between two messages of the engine. A push waits for its registry longer than that, see there."""


class _Client(docker.APIClient):  # type: ignore[misc]
    """A client whose stream another thread can break off."""

    def __init__(self, host: str, *, seconds: float) -> None:
        self._aborted = threading.Event()
        self._response: Any = None
        try:
            super().__init__(base_url=host, version="auto", timeout=seconds)
        except DockerException:
            self.close()  # what it had opened when it asked for the version
            raise

    def send(self, request: Any, **arguments: Any) -> Any:
        """Send a request and remember its answer."""
        self._response = super().send(request, **arguments)
        if self._aborted.is_set():
            self.abort()
        return self._response

    def abort(self) -> None:
        """Break off what is being read; the engine stops what it did for it."""
        self._aborted.set()
        response = self._response
        if response is not None:
            with suppress(HTTPError, OSError, RuntimeError, ValueError):
                response.raw.shutdown()

    def close(self) -> None:
        """Close the connections, that of an answer which was not read to its end among them."""
        if self._response is not None:
            self._response.close()
        super().close()

    @property
    def aborted(self) -> bool:
        """Whether it was broken off."""
        return self._aborted.is_set()


@contextmanager
def _client(host: str, *, seconds: float = READ_SECONDS) -> Iterator[_Client]:
    try:
        _knock(host)
        client = _Client(host, seconds=seconds)
    except (DockerException, OSError) as error:
        raise EngineDown(f"no Docker engine answers at {host}") from error
    try:
        yield client
    finally:
        client.close()


def _knock(host: str) -> None:
    """OSError if nobody listens: the SDK would leave a socket open then."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(READ_SECONDS)
        probe.connect(host.removeprefix("unix://"))


class Push:
    """One push. `run` in a thread, `abort` from anywhere."""

    def __init__(self, host: str, *, seconds: float) -> None:
        self._host, self._seconds = host, seconds
        self._client: _Client | None = None
        self._aborted = False

    def run(
        self, image: str, reference: str, token: str | None, tell: Callable[[str], None]
    ) -> str:
        """Tag and push; returns the digest at the registry. BuildError if it refuses, inside a 200 too."""
        repository, _, tag = reference.rpartition(":")
        with _client(self._host, seconds=self._seconds) as client:
            self._client = client
            if self._aborted:
                raise BuildError(Reason.ENGINE_LOST, detail="the push was broken off")
            try:
                client.tag(image, repository, tag, force=True)
                # An empty dictionary, lest the SDK looks for credentials in its own configuration.
                auth = {"registrytoken": token} if token else {}
                events = client.push(repository, tag, stream=True, decode=True, auth_config=auth)
                digest = _follow(events, tell)
            except APIError as error:
                raise of_push(str(error.explanation or error)) from error
            except (DockerException, HTTPError, OSError, ValueError) as error:
                raise BuildError(Reason.ENGINE_LOST, detail=type(error).__name__) from error
        if digest is None:
            raise BuildError(Reason.ENGINE_LOST, detail="the push ended without a digest")
        return digest

    def abort(self) -> None:
        """Break it off."""
        self._aborted = True
        if self._client is not None:
            self._client.abort()


_TELLING = ("Pushed", "Layer already exists", "Mounted from")


def _follow(events: Iterator[dict[str, Any]], tell: Callable[[str], None]) -> str | None:
    """Tell what becomes of each layer, once; the digest at the end."""
    digest, told = None, set[str]()
    for event in events:
        if "error" in event:
            raise of_push(str(event["error"]))
        digest = (event.get("aux") or {}).get("Digest", digest)
        status, layer = str(event.get("status", "")), str(event.get("id", ""))
        line = f"{layer}: {status}"
        if layer and status.startswith(_TELLING) and line not in told:
            told.add(line)
            tell(line)
    return digest


def remove(host: str, names: tuple[str, ...]) -> None:
    """Take names away and keep the layers that the cache needs."""
    with _client(host) as client:
        for name in names:
            with suppress(ImageNotFound, NotFound):
                client.remove_image(name, force=True, noprune=True)


def leftovers(host: str) -> list[str]:
    """The names of images that builds left."""
    with _client(host) as client:
        images = client.images(filters={"reference": f"{IMAGE_PREFIX}*"})
    return [
        tag
        for image in images
        for tag in image.get("RepoTags") or ()
        if tag.startswith(IMAGE_PREFIX)
    ]


def prune(host: str, keep_bytes: int) -> int:
    """Shrink the build cache, then forget images without a name; returns the bytes freed."""
    with _client(host, seconds=600) as client:
        freed = client.prune_builds(keep_storage=keep_bytes, all=True).get("SpaceReclaimed") or 0
        if client.df().get("LayersSize", 0) > keep_bytes:
            freed += client.prune_images({"dangling": True}).get("SpaceReclaimed") or 0
    return int(freed)
