"""Watches over one attempt at a build: keeps its lease alive and notices when it must stop."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import dataclass

from boatyard.builder import actions, fences, store
from boatyard.builder.actions import Ending
from boatyard.builder.dependencies import BuilderState
from boatyard.builder.models import Build
from boatyard.builder.reasons import Reason
from boatyard.builder.transcript import Transcript
from boatyard.shared import leases
from boatyard.shared.db import DATABASE_FAULTS
from boatyard.shared.events import BuildStatus
from boatyard.shared.logging import get_logger
from boatyard.shared.waiting import uncut, wait_for_any

LOOK_SECONDS = 1.0
"""How soon a wish is noticed that another process wrote down; our own ring a bell."""
PUSH_GRACE_SECONDS = 7.0
"""How long a push may go on while this process is being stopped."""
_log = get_logger("builder")


@dataclass(frozen=True)
class PutBack:
    """The build waits again: why, for how many seconds, and whether this was one of its attempts."""

    why: str
    after: float = 0.0
    counted: bool = True


@dataclass(frozen=True)
class Lost:
    """The build is another's now, or has ended: nothing may be written about it."""


class Watch:
    """The watch over one attempt. `run` returns when it must stop, and why."""

    def __init__(
        self, state: BuilderState, build: Build, transcript: Transcript, *, stop: asyncio.Event
    ) -> None:
        self._state, self._build, self._transcript, self._stop = state, build, transcript, stop
        self.pushing = False
        """Set once tags may move: from then on nobody's wish stops it."""

    async def run(self) -> Ending | PutBack | Lost:
        """Watch."""
        loop = asyncio.get_running_loop()
        lease = self._state.settings.lease_seconds
        renewed = loop.time()
        while True:
            bell = self._state.queue.stopping.next()
            try:
                renew = loop.time() - renewed > lease / 4
                found = await uncut(self._look(renew=renew))
                renewed = loop.time() if renew else renewed
            except DATABASE_FAULTS as error:
                _log.warning("lease_not_renewed", reason=type(error).__name__)
                found = Lost() if loop.time() - renewed > lease else None
            found = found or self._silence()
            if found is not None:
                return found
            if self._stop.is_set():
                return await self._leave()
            await wait_for_any((bell, self._stop), min(LOOK_SECONDS, lease / 4))

    async def _look(self, *, renew: bool) -> Ending | Lost | None:
        """Renew the lease, if it is time, and see what is wished."""
        build = self._build
        assert build.claim_id is not None  # noqa: S101 - it was claimed
        if renew:
            until = self._state.clock.now() + dt.timedelta(
                seconds=self._state.settings.lease_seconds
            )
            async with self._state.database.unit_of_work() as uow:
                held = await leases.renew(uow.session, Build, claim_id=build.claim_id, until=until)
                if self.pushing:
                    await fences.extend(uow.session, build.id, until=until)
            if not held:
                return Lost()
        async with self._state.database.reading() as session:
            row = await store.by_id(session, build.id)
        if row is None or row.claim_id != build.claim_id:
            return Lost()
        return None if self.pushing else actions.asked_ending(row)

    def _silence(self) -> Ending | None:
        limit = self._state.settings.silence_seconds
        silent = asyncio.get_running_loop().time() - self._transcript.last_at
        if self.pushing or silent <= limit:
            return None
        return Ending.because(BuildStatus.TIMED_OUT, Reason.SILENT, limit=f"{limit} s")

    async def _leave(self) -> PutBack:
        """This process is being stopped: a push may come to its end, anything else begins anew elsewhere."""
        if self.pushing:
            await asyncio.sleep(PUSH_GRACE_SECONDS)
        return PutBack(why="builder is being restarted", counted=False)
