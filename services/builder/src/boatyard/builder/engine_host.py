"""The build engine of this process: found when the first build needs it, and asked whether it still lives."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from boatyard.builder.engines.base import Engine, EngineDown, EngineFacts

CHECK_SECONDS = 5.0
"""How long an engine that answered is taken to be well."""
SHARED = (
    "builds run in an engine that is not walled off: "
    "let only people build whom you trust with this machine"
)


class Keeper(Protocol):
    """Whatever runs an engine for us."""

    async def stop(self) -> None:
        """Stop it."""
        ...


@dataclass(frozen=True, kw_only=True)
class Found:
    """An engine, and what belongs to it."""

    engine: Engine
    registry: str
    """Boatyard's registry as this engine reaches it."""
    keeper: Keeper | None = None
    note: str = ""
    """What an operator should know of it."""


class EngineHost:
    """Gives the engine to whoever builds. `engine` as often as needed, `close` at the end."""

    def __init__(self, find: Callable[[], Awaitable[Found]]) -> None:
        self._find = find
        self._found: Found | None = None
        self._lock = asyncio.Lock()
        self._checked = float("-inf")
        self.facts: EngineFacts | None = None
        self.problem = ""
        """Why there is no engine now, in words; empty while there is one or none was needed yet."""

    async def engine(self) -> Engine:
        """The engine, well and reachable; EngineDown says in words why there is none."""
        loop = asyncio.get_running_loop()
        async with self._lock:
            if self._found is not None and loop.time() - self._checked < CHECK_SECONDS:
                return self._found.engine
            try:
                if self._found is None:
                    self._found = await self._find()
                self.facts = await self._found.engine.check()
            except EngineDown as error:
                self.problem = str(error)
                await self._drop()
                raise
            self._checked, self.problem = loop.time(), ""
            return self._found.engine

    @property
    def registry(self) -> str:
        """Boatyard's registry as the engine reaches it; there must be an engine."""
        assert self._found is not None  # noqa: S101 - a mistake of the caller
        return self._found.registry

    def suspect(self) -> None:
        """Something went wrong with it: ask again before it is given to anybody."""
        self._checked = float("-inf")

    @property
    def note(self) -> str:
        """What an operator should know of it; empty if there is nothing."""
        if self.problem:
            return f"builds wait: {self.problem}"
        if self.facts is None or self._found is None:
            return ""
        notes = [] if self.facts.walled_off else [SHARED]
        return "; ".join([*notes, *([self._found.note] if self._found.note else [])])

    async def close(self) -> None:
        """Let go of it."""
        async with self._lock:
            await self._drop()

    async def _drop(self) -> None:
        found, self._found = self._found, None
        if found is not None:
            await found.engine.close()
            if found.keeper is not None:
                await found.keeper.stop()
