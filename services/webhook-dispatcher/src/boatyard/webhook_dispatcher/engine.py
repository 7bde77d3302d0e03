"""The dispatcher: takes what is due, notes that it will be sent, sends it, notes what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from opentelemetry.trace import SpanKind

from boatyard.shared import tracing
from boatyard.shared.clock import Clock
from boatyard.shared.db import DATABASE_FAULTS, Database, UnitOfWork
from boatyard.shared.logging import get_logger
from boatyard.shared.waiting import wait_for_any, wait_for_event
from boatyard.webhook_dispatcher.delivery import RetryAt, Situation, judge
from boatyard.webhook_dispatcher.feeder import Feeder
from boatyard.webhook_dispatcher.formats import Announcement
from boatyard.webhook_dispatcher.lock import sole_dispatcher
from boatyard.webhook_dispatcher.metrics import Metrics
from boatyard.webhook_dispatcher.outcome import Failed, Outcome
from boatyard.webhook_dispatcher.recorder import Recorded, Recorder
from boatyard.webhook_dispatcher.results import Finished, Started
from boatyard.webhook_dispatcher.schedule import Ladder
from boatyard.webhook_dispatcher.scheduler import Facts, Lane, Pick, Ready, Scheduler
from boatyard.webhook_dispatcher.sender import Sender

BATCH = 128
"""Attempts that begin, and that end, in one commit at the most."""
TICK_SECONDS = 0.25
DRAIN_SECONDS = 7.0
"""How long a stopping dispatcher waits for answers; the supervisor waits a little longer."""
ENDS_SECONDS = 0.05
"""How long the end of an attempt may wait for others to be written down with, if nothing waits for its slot."""
BACKOFF_SECONDS = (0.1, 0.5, 1, 2, 5)
_log = get_logger("webhook-dispatcher")


class Engine:
    """Delivers until it is stopped.

    `offer` and `wake` may be called at any time from the same event loop, also while it does not run: what they
    tell is in the database too, and is found there.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        sender: Sender,
        recorder: Recorder,
        ladder: Ladder,
        metrics: Metrics,
        slots: int,
        poll_seconds: float,
        recover_seconds: float,
        overdue_seconds: float,
    ) -> None:
        self._database, self._clock, self._sender = database, clock, sender
        self._recorder, self._ladder, self._metrics = recorder, ladder, metrics
        self.scheduler = Scheduler(slots)
        self.feeder = Feeder(
            database=database,
            clock=clock,
            scheduler=self.scheduler,
            metrics=metrics,
            poll_seconds=poll_seconds,
            recover_seconds=recover_seconds,
        )
        self._overdue_seconds = overdue_seconds
        self._changed = asyncio.Event()
        self._finished: list[Finished] = []
        self._sending: set[asyncio.Task[None]] = set()
        self._beginning = 0
        """Transactions of others in which attempts are about to begin."""
        self._running = self._taking = False
        self.feeder.on_found = self._changed.set

    def offer(
        self,
        facts: Iterable[Facts],
        ready: Iterable[Ready],
        announcements: Mapping[int, Announcement],
    ) -> None:
        """Take in deliveries that were committed and are due: nobody has to look for them."""
        if not self._running:
            return
        for sequence, announcement in announcements.items():
            self._recorder.remember(sequence, announcement)
        for fact in facts:
            self.scheduler.update(fact)
        for each in ready:
            self.scheduler.offer(each)
        self._changed.set()
        if self.scheduler.wants_more:
            self.feeder.hungry.set()

    async def begin_in(
        self,
        uow: UnitOfWork,
        facts: Iterable[Facts],
        ready: Iterable[Ready],
        announcements: Mapping[int, Announcement],
    ) -> None:
        """Let attempts begin in the transaction that makes them due: the disk is waited for once, not twice.

        Only on SQLite, where no other process sends: elsewhere this would hold locks. Whatever can't begin here
        is for `offer`.
        """
        if not (self._taking and self._database.is_sqlite):
            return
        now = self._clock.now()
        for fact in facts:
            self.scheduler.update(fact)
        picks = [pick for each in ready if (pick := self.scheduler.admit(each, now))]
        if not picks:
            return
        for sequence, announcement in announcements.items():
            self._recorder.remember(sequence, announcement)
        self._beginning += 1
        uow.after_rollback.append(lambda: self._took_back(picks, announcements))
        recorded = await self._recorder.record_in(uow, [], picks)
        uow.after_commit.append(lambda: self._began(recorded))

    def wake(self) -> None:
        """Look into the database at once: something was changed there."""
        self.feeder.wake.set()

    def reload(self, webhook_id: UUID) -> None:
        """A webhook was changed: what was known of it counts no more."""
        self.scheduler.drop_ready(webhook_id)
        self.wake()

    def problems(self) -> Mapping[str, str]:
        """What is not well: deliveries that could be sent and are not, for longer than is all right."""
        oldest = self._metrics.oldest_due_seconds.get(Lane.HEALTHY, 0.0) if self._running else 0.0
        if oldest <= self._overdue_seconds:
            return {}
        return {"webhook deliveries": f"overdue by {oldest:.0f} s"}

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until `stop` is set; then finish what is under way, as far as it ends in time."""
        async with sole_dispatcher(self._database, stop) as ours:
            if not ours:
                return
            if self._database.is_sqlite:
                await self.feeder.recover(everything=True)
            self._running = self._taking = True
            helper = asyncio.Event()
            helpers = [
                asyncio.create_task(self.feeder.run(helper)),
                asyncio.create_task(self._tick(helper)),
            ]
            try:
                await self._deliver(stop, helpers)
                await self._drain()
            finally:
                self._running = self._taking = False
                helper.set()
                self.feeder.wake.set()
                await asyncio.gather(*helpers, return_exceptions=True)

    async def _deliver(self, stop: asyncio.Event, helpers: Sequence[asyncio.Task[None]]) -> None:
        while not stop.is_set():
            self._changed.clear()
            busy = await self._cycle(taking=True)
            for helper in helpers:
                if helper.done():
                    helper.result()
            if not busy:
                await wait_for_any((self._changed, stop), 5.0)

    async def _drain(self) -> None:
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + DRAIN_SECONDS
        self._taking = False
        while (self._sending or self._beginning) and loop.time() < ends_at:
            self._changed.clear()
            if not await self._cycle(taking=False):
                await wait_for_event(self._changed, max(0.01, ends_at - loop.time()))
        for task in self._sending:
            task.cancel()
        await asyncio.gather(*self._sending, return_exceptions=True)
        while await self._cycle(taking=False):
            pass

    async def _tick(self, stop: asyncio.Event) -> None:
        while not await wait_for_event(stop, TICK_SECONDS):
            self.scheduler.tick(self._clock.now())
            self._metrics.lanes(self.scheduler)
            self._changed.set()

    async def _cycle(self, *, taking: bool) -> bool:
        """One transaction, if there is something for it; whether there was."""
        finished, self._finished = self._finished[:BATCH], self._finished[BATCH:]
        for each in finished:
            self.scheduler.finished(_ready(each.started), success=each.succeeded)
        picks = self.scheduler.take(self._clock.now(), BATCH) if taking else []
        if not finished and not picks:
            return False
        recorded = await self._record(finished, picks)
        self._apply(recorded, finished)
        return True

    def _began(self, recorded: Recorded) -> None:
        self._beginning -= 1
        self._apply(recorded, [])
        self._changed.set()

    def _took_back(self, picks: Iterable[Pick], announcements: Iterable[int]) -> None:
        self._beginning -= 1
        self._recorder.forget(announcements)
        for pick in picks:
            self.scheduler.finished(pick.ready, success=False)
        self._changed.set()

    async def _record(self, finished: Sequence[Finished], picks: Sequence[Pick]) -> Recorded:
        """Write down both; again and again until the ends are safe. Beginnings are not tried twice."""
        failures = 0
        while finished or picks:
            try:
                return await self._recorder.record(finished, picks)
            except DATABASE_FAULTS as error:
                _log.warning("recording_waits", reason=type(error).__name__, size=len(finished))
                for pick in reversed(picks):
                    self.scheduler.put_back(pick)
            except Exception as error:
                _log.error("recording_failed", exc_info=error)
                await self._record_alone(finished, picks)
                finished = []
            picks = []
            await asyncio.sleep(BACKOFF_SECONDS[min(failures, len(BACKOFF_SECONDS) - 1)])
            failures += 1
        return Recorded()

    async def _record_alone(self, finished: Sequence[Finished], picks: Sequence[Pick]) -> None:
        """One of a batch can't be written down: the others are. What is due is found in the table again."""
        for pick in picks:
            self.scheduler.finished(pick.ready, success=False)
        for each in finished:
            try:
                await self._recorder.record([each], [])
            except Exception as error:  # its lease will run out, and it will be sent again
                _log.error("attempt_unrecorded", delivery_id=str(each.started.id), exc_info=error)

    def _apply(self, recorded: Recorded, finished: Sequence[Finished]) -> None:
        for each in finished:
            self._metrics.attempt(each)
            if each.judgement and isinstance(each.judgement.step, RetryAt):
                self.feeder.due_at(each.judgement.step.at)
        for pick in recorded.refused:
            self.scheduler.finished(pick.ready, success=False)
        for fact in recorded.facts:
            self.scheduler.update(fact)
        for id in recorded.disabled:
            _log.info("webhook_disabled", webhook_id=str(id))
        if self.scheduler.wants_more:
            self.feeder.hungry.set()
        for started in recorded.started:
            task = asyncio.create_task(self._send(started))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    async def _send(self, started: Started) -> None:
        try:
            outcome = await self._exchange(started)
        except asyncio.CancelledError:
            self._end(Finished(started=started, outcome=None, judgement=None, at=self._clock.now()))
            raise
        except Exception as error:
            _log.error("sending_failed", delivery_id=str(started.id), exc_info=error)
            self._end(Finished(started=started, outcome=None, judgement=None, at=self._clock.now()))
            return
        now = self._clock.now()
        situation = Situation(
            format=started.format,
            trigger=started.trigger,
            rung=started.rung,
            at_most_once=started.at_most_once,
            now=now,
        )
        judgement = judge(outcome, situation, self._ladder)
        self._end(Finished(started=started, outcome=outcome, judgement=judgement, at=now))

    async def _exchange(self, started: Started) -> Outcome:
        with tracing.continued(
            started.trace,
            "webhook attempt",
            kind=SpanKind.CLIENT,
            boatyard__delivery__id=str(started.id),
            boatyard__webhook__id=str(started.webhook_id),
            boatyard__attempt__number=started.number,
            boatyard__attempt__trigger=started.trigger.value,
        ) as span:
            outcome = await self._sender.send(started.request)
            if outcome.status is not None:
                span.set_attribute("http.response.status_code", outcome.status)
            if isinstance(outcome, Failed):
                tracing.failed(span, outcome.error_class.value)
            return outcome

    def _end(self, finished: Finished) -> None:
        self._finished.append(finished)
        if self._taking and not self.scheduler.is_awaited(_ready(finished.started)):
            asyncio.get_running_loop().call_later(ENDS_SECONDS, self._changed.set)
        else:
            self._changed.set()


def _ready(started: Started) -> Ready:
    return Ready(started.id, started.webhook_id, started.trigger)
