"""Takes builds off the queue and runs them, as many at once as this process may."""

from __future__ import annotations

import asyncio
import datetime as dt

from boatyard.builder import actions, store
from boatyard.builder.dependencies import BuilderState
from boatyard.builder.engines.base import Engine, EngineDown
from boatyard.builder.models import Build
from boatyard.builder.run import Run
from boatyard.builder.workspace import Workspace
from boatyard.shared import tracing
from boatyard.shared.logging import get_logger
from boatyard.shared.waiting import wait_for_any

LOOK_SECONDS = 1.0
"""How soon a build is found that another process took in; our own ring a bell."""
NO_ENGINE_SECONDS = 2.0
_log = get_logger("builder")


class Worker:
    """The workers of this process."""

    def __init__(self, state: BuilderState) -> None:
        self._state = state
        self._running: set[asyncio.Task[None]] = set()
        self._freed = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then let what runs come to a stop."""
        workspace = Workspace(self._state.settings.work_folder)
        await asyncio.to_thread(workspace.open)
        try:
            while not stop.is_set():
                bell = self._state.queue.waiting.next()
                self._freed.clear()
                pause = await self._begin_next(workspace, stop)
                if pause:
                    await wait_for_any((bell, stop, self._freed), pause)
        finally:
            if self._running:
                await asyncio.wait(self._running)
            await asyncio.to_thread(workspace.close)

    async def _begin_next(self, workspace: Workspace, stop: asyncio.Event) -> float:
        """Begin the next build; how long to wait before the next look, if there is none."""
        state = self._state
        async with state.database.reading() as session:
            waiting = (await store.counts(session)).get("queued", 0)
        state.metrics.waiting.set(waiting)
        if not waiting or len(self._running) >= state.settings.workers:
            return LOOK_SECONDS
        try:
            engine = await state.engines.engine()
        except EngineDown as error:
            _log.warning("builds_wait", reason=str(error))
            return NO_ENGINE_SECONDS
        build = await self._take()
        if build is None:
            return LOOK_SECONDS
        self._start(build, engine, workspace, stop)
        return 0.0

    async def _take(self) -> Build | None:
        settings = self._state.settings
        async with self._state.database.unit_of_work() as uow:
            return await actions.take(
                uow,
                now=self._state.clock.now(),
                lease=dt.timedelta(seconds=settings.lease_seconds),
                per_namespace=settings.per_namespace,
            )

    def _start(
        self, build: Build, engine: Engine, workspace: Workspace, stop: asyncio.Event
    ) -> None:
        task = asyncio.create_task(self._work(build, engine, workspace, stop))
        self._running.add(task)
        self._state.metrics.running.set(len(self._running))
        task.add_done_callback(self._ended)

    async def _work(
        self, build: Build, engine: Engine, workspace: Workspace, stop: asyncio.Event
    ) -> None:
        try:
            with tracing.continued(
                build.trace,
                "build",
                boatyard__repository=build.repository,
                boatyard__build__number=build.number,
                boatyard__build__attempt=build.attempt,
            ):
                await Run(self._state, build, engine, work=workspace.folder, stop=stop).go()
        except Exception as error:
            # Its lease runs out, and the reaper puts it back.
            _log.error("build_dropped", build_id=str(build.id), exc_info=error)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._state.metrics.running.set(len(self._running))
        self._freed.set()
