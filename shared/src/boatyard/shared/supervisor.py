"""Keeps tasks running: one that fails is started again, later and later, and readiness says so meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from boatyard.shared.logging import get_logger
from boatyard.shared.service import Task
from boatyard.shared.waiting import wait_for_event

BACKOFF_SECONDS = (0.2, 1, 2, 5, 10, 30)
STEADY_SECONDS = 60.0
"""A task that ran this long is taken to be well again."""
STOP_SECONDS = 10.0
"""How long tasks have to finish what is under way once they are asked to stop."""


class Supervisor:
    """Runs tasks until it is stopped."""

    def __init__(self, tasks: Sequence[Task]) -> None:
        self._tasks = tasks
        self._stop = asyncio.Event()
        self._running: list[asyncio.Task[None]] = []
        self._failing: dict[str, str] = {}
        self._log = get_logger("supervisor")

    @property
    def failing(self) -> dict[str, str]:
        """The tasks that wait to be started again, and the kind of error that ended them."""
        return dict(self._failing)

    def start(self) -> None:
        """Start every task."""
        self._running = [
            asyncio.create_task(self._keep_running(task), name=task.name) for task in self._tasks
        ]

    async def stop(self) -> None:
        """Ask every task to stop, and cancel those that don't in time."""
        self._stop.set()
        if not self._running:
            return
        _, late = await asyncio.wait(self._running, timeout=STOP_SECONDS)
        for task in late:
            self._log.warning("task_cancelled", task=task.get_name())
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _keep_running(self, task: Task) -> None:
        failures = 0
        loop = asyncio.get_running_loop()
        while not self._stop.is_set():
            began = loop.time()
            try:
                self._failing.pop(task.name, None)
                await task.run(self._stop)
                return
            except Exception as error:
                if loop.time() - began > STEADY_SECONDS:
                    failures = 0
                self._failing[task.name] = type(error).__name__
                self._log.error("task_failed", task=task.name, exc_info=error)
            delay = BACKOFF_SECONDS[min(failures, len(BACKOFF_SECONDS) - 1)]
            failures += 1
            await wait_for_event(self._stop, delay)
