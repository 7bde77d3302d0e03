"""The build engine of this process: found when the first build needs it, and asked whether it still lives."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from boatyard.builder.engines.base import Engine, EngineDown, EngineFacts
from boatyard.builder.engines.buildkit import BuildKitEngine
from boatyard.builder.engines.classic import ClassicEngine
from boatyard.builder.engines.docker import DockerEngine
from boatyard.builder.engines.dummy import DummyEngine
from boatyard.builder.settings import BuilderSettings

CHECK_SECONDS = 5.0
"""How long an engine that answered is taken to be well."""
SHARED = (
    "builds run in an engine that is not walled off: "
    "let only people build whom you trust with this machine"
)


class EngineHost:
    """Gives the engine to whoever builds. `engine` as often as needed, `close` at the end."""

    def __init__(self, make: Callable[[], Awaitable[Engine]]) -> None:
        self._make = make
        self._engine: Engine | None = None
        self._lock = asyncio.Lock()
        self._checked = float("-inf")
        self.facts: EngineFacts | None = None
        self.problem = ""
        """Why there is no engine now, in words; empty while there is one or none was needed yet."""

    async def engine(self) -> Engine:
        """The engine, well and reachable; EngineDown says in words why there is none."""
        loop = asyncio.get_running_loop()
        async with self._lock:
            if self._engine is not None and loop.time() - self._checked < CHECK_SECONDS:
                return self._engine
            try:
                if self._engine is None:
                    self._engine = await self._make()
                self.facts = await self._engine.check()
            except EngineDown as error:
                self.problem = str(error)
                await self._drop()
                raise
            self._checked, self.problem = loop.time(), ""
            return self._engine

    def suspect(self) -> None:
        """Something went wrong with it: ask again before it is given to anybody."""
        self._checked = float("-inf")

    @property
    def note(self) -> str:
        """What an operator should know of it; empty if there is nothing."""
        if self.problem:
            return f"builds wait: {self.problem}"
        return SHARED if self.facts is not None and not self.facts.walled_off else ""

    async def close(self) -> None:
        """Let go of it."""
        async with self._lock:
            await self._drop()

    async def _drop(self) -> None:
        engine, self._engine = self._engine, None
        if engine is not None:
            await engine.close()


def engine_host(settings: BuilderSettings) -> EngineHost:
    """The host of the engine that the settings name."""

    async def make() -> Engine:
        if settings.engine == "dummy":
            return DummyEngine()
        return await docker_engine(settings, settings.docker_host, walled_off=False)

    return EngineHost(make)


async def docker_engine(settings: BuilderSettings, host: str, *, walled_off: bool) -> Engine:
    """A Docker engine with the builder that the settings name, or BuildKit where it has it."""
    wanted = settings.engine
    if wanted == "auto":
        probe = DockerEngine(host)
        try:
            wanted = "buildkit" if (await probe.check()).has_buildkit else "classic"
        finally:
            await probe.close()
    kind = BuildKitEngine if wanted == "buildkit" else ClassicEngine
    return kind(host, walled_off=walled_off, push_seconds=settings.push_timeout_seconds)
