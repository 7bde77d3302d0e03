"""What both builders of the Docker engine share: everything but the building itself."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from types import ModuleType
from typing import Any, TypeVar

from boatyard.builder.engines.base import EngineDown, EngineFacts, Order, Output
from boatyard.builder.engines.daemon import Daemon
from boatyard.builder.reasons import BuildError, Reason

THREADS = 32
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Traits:
    """What sets one engine apart from another."""

    walled_off: bool = False
    owner: int = 0
    arguments: Mapping[str, str] = field(default_factory=dict)
    """Given to every build that has a network: the way out of a walled off engine."""
    push_seconds: float = 270

    def owned_by(self, owner: int) -> Traits:
        """The same, for contexts of another owner."""
        return replace(self, owner=owner)


class DockerEngine:
    """A Docker engine at a unix socket; a subclass says how it builds."""

    def __init__(self, host: str, traits: Traits | None = None) -> None:
        self.daemon = Daemon(host)
        self._host, self._traits = host, traits or Traits()
        self._threads: ThreadPoolExecutor | None = None
        self._loading: asyncio.Future[ModuleType] | None = None

    async def check(self) -> EngineFacts:
        """What the engine is; EngineDown if it does not answer."""
        facts = await self.daemon.facts()
        if self._loading is None:  # the first push must not wait for it
            self._loading = asyncio.ensure_future(self._in_thread(_sdk))
        return replace(facts, walled_off=self._traits.walled_off, owner=self._traits.owner)

    async def push(self, image: str, reference: str, *, token: str | None, output: Output) -> str:
        """Push an image, and break the push off when this is cancelled or takes too long."""
        sdk = await self._in_thread(_sdk)
        loop = asyncio.get_running_loop()

        def tell(line: str) -> None:
            loop.call_soon_threadsafe(output.say, line)

        push = sdk.Push(self._host, seconds=self._traits.push_seconds + 5)
        work = asyncio.ensure_future(
            self._in_thread(partial(push.run, image, reference, token, tell))
        )
        try:
            async with asyncio.timeout(self._traits.push_seconds):
                digest: str = await asyncio.shield(work)
                return digest
        except TimeoutError as error:
            limit = f"{self._traits.push_seconds:.0f} s"
            raise BuildError(Reason.PUSH_TIMED_OUT, limit=limit) from error
        except EngineDown as error:
            raise BuildError(Reason.ENGINE_LOST, detail=str(error)) from error
        finally:
            push.abort()
            await asyncio.gather(work, return_exceptions=True)

    async def remove(self, *names: str) -> None:
        """Take names away."""
        await self._call("remove", names)

    async def leftovers(self) -> list[str]:
        """The names of images that builds left behind."""
        found: list[str] = await self._call("leftovers")
        return found

    async def prune(self, *, keep_bytes: int) -> int:
        """Shrink the build cache."""
        freed: int = await self._call("prune", keep_bytes)
        return freed

    async def close(self) -> None:
        """Let go of connections and threads."""
        await self.daemon.close()
        if self._loading is not None:
            await asyncio.gather(self._loading, return_exceptions=True)
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)
            self._threads = None

    def arguments(self, order: Order) -> dict[str, str]:
        """The build arguments, with those that every build of this engine needs."""
        own = self._traits.arguments if order.network != "none" else {}
        return {**own, **order.arguments}

    def build_params(self, order: Order) -> dict[str, str]:
        """What either builder is told in the query of `POST /build`."""
        return {
            "t": order.image,
            "dockerfile": order.dockerfile,
            # Without it one tenant's FROM is served another tenant's image, since it is there already.
            "pull": "1",
            "rm": "1",
            "forcerm": "1",
            "networkmode": order.network,
            "buildargs": json.dumps(self.arguments(order)),
            "labels": json.dumps(dict(order.labels)),
        }

    async def _call(self, function: str, *arguments: Any) -> Any:
        sdk = await self._in_thread(_sdk)
        try:
            return await self._in_thread(partial(getattr(sdk, function), self._host, *arguments))
        except EngineDown as error:
            raise BuildError(Reason.ENGINE_LOST, detail=str(error)) from error
        except (sdk.DockerException, OSError) as error:
            raise BuildError(Reason.ENGINE_LOST, detail=type(error).__name__) from error

    async def _in_thread(self, work: Callable[[], T]) -> T:
        # Threads of its own: pushes wait long, and everybody else's short calls must not wait for them.
        if self._threads is None:
            self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="docker")
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


def _sdk() -> ModuleType:
    """The half of this that uses the SDK, loaded when it is needed first."""
    from boatyard.builder.engines import sdk

    return sdk


def encoded(value: Mapping[str, Any]) -> str:
    """A value as Docker's headers carry it."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


def engine_lost(error: EngineDown) -> BuildError:
    """What a build is told when its engine is gone."""
    return BuildError(Reason.ENGINE_LOST, detail=str(error))
