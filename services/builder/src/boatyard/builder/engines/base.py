"""The build engine as a port: makes an image of a context, pushes it, and cleans up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol


class EngineDown(Exception):
    """The engine can't be reached; the text says so in words for the operator."""


class Output(Protocol):
    """Where an engine tells what it does. Never blocks; called from the event loop only."""

    def step(self, number: int, title: str) -> None:
        """A step begins."""
        ...

    def text(self, number: int, text: str) -> None:
        """A step prints something, whole lines or not."""
        ...

    def done(self, number: int, *, cached: bool, seconds: float | None, error: str = "") -> None:
        """A step ended."""
        ...

    def say(self, line: str) -> None:
        """A line that belongs to no step."""
        ...


class BaseTokens(Protocol):
    """Gives what base images are pulled with: tokens for Boatyard's own registry and for no other one."""

    async def pull_token(self, host: str, repositories: tuple[str, ...]) -> str | None:
        """A token to pull those of the repositories that this build may read; None for another's registry."""
        ...


class NoBaseTokens:
    """For engines whose bases need no token."""

    async def pull_token(self, host: str, repositories: tuple[str, ...]) -> str | None:
        """None."""
        return None


@dataclass(frozen=True, kw_only=True)
class Order:
    """What to build.

    `image` is the name of the result in the engine, which belongs to this one build. `context` is a gzipped tar
    with the Dockerfile in it under the path `dockerfile`; what `.dockerignore` excludes is not there.
    """

    image: str
    context: Path
    dockerfile: str
    dockerfile_text: str
    registries: tuple[str, ...]
    """The names of Boatyard's own registry: first the one that the engine reaches it by."""
    cache_namespace: str
    """Whose cache the build sees, mounts and steps: nobody else's."""
    arguments: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    network: Literal["default", "none"] = "default"
    tokens: BaseTokens = field(default_factory=NoBaseTokens)


@dataclass(frozen=True, kw_only=True)
class EngineFacts:
    """What an engine says of itself."""

    version: str
    has_buildkit: bool
    walled_off: bool = False
    """Whether builds reach nothing but the internet and the registry: a private engine's do."""
    owner: int = 0
    """Whom the files of a context must belong to, to be root's in the image."""


class Engine(Protocol):
    """A build engine. Safe for concurrent use by any number of builds of one event loop.

    Life cycle of an image: `build` makes it under a name of its own; `push` sends it under a tag, as often as
    there are tags; `remove` takes both names away, also after a build that failed or was cancelled. `build` and
    `push` may be cancelled at any moment: what they had begun is stopped within a second, and nothing of it
    runs on. `close` ends the use of the engine, not the engine.

    Each raises BuildError with a reason and a sentence; only `check` raises EngineDown.
    """

    async def check(self) -> EngineFacts:
        """What the engine is; EngineDown if it does not answer."""
        ...

    async def build(self, order: Order, output: Output) -> str:
        """Build an image and return its id. Base images are always asked for at their registry."""
        ...

    async def push(self, image: str, reference: str, *, token: str | None, output: Output) -> str:
        """Push an image as `host/repository:tag` and return the digest of its manifest there."""
        ...

    async def remove(self, *names: str) -> None:
        """Take names away; a name that is not there is no error. The build cache stays."""
        ...

    async def leftovers(self) -> list[str]:
        """The names of images that builds left behind."""
        ...

    async def prune(self, *, keep_bytes: int) -> int:
        """Shrink the build cache to so many bytes, the longest unused first; returns how many were freed."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


IMAGE_PREFIX = "boatyard-build/"
"""Before the name of every image that is under way."""


def image_name(build_id: str, attempt: int) -> str:
    """The name of a build's image in the engine, which no other build has."""
    return f"{IMAGE_PREFIX}{build_id}:{attempt}"


def build_of(image: str) -> str:
    """The id of the build that an image under way belongs to."""
    return image.removeprefix(IMAGE_PREFIX).partition(":")[0]
