"""The scheduler against a model that knows what must never happen, whatever comes in whatever order."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from itertools import count as counter
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from boatyard.webhook_dispatcher.models import BreakerState, Trigger
from boatyard.webhook_dispatcher.scheduler import (
    FAILING_STREAK,
    HARD_LIMIT,
    Facts,
    Lane,
    Pick,
    Ready,
    Scheduler,
)

OWNERS = ("ann", "team")
HOOKS = st.integers(min_value=0, max_value=3)


@dataclass
class Table:
    """What the database would say: the truth behind the scheduler."""

    facts: dict[UUID, Facts] = field(default_factory=dict)
    waiting: dict[UUID, list[Ready]] = field(default_factory=lambda: defaultdict(list))
    """In the order in which they became due, which is that of their events too."""
    under_way: dict[UUID, Pick] = field(default_factory=dict)

    def free(self, hook: UUID) -> list[Ready]:
        return [ready for ready in self.waiting[hook] if ready.id not in self.under_way]

    def busy(self, hook: UUID) -> int:
        return sum(pick.ready.webhook_id == hook for pick in self.under_way.values())


class SchedulerModel(RuleBasedStateMachine):
    """Deliveries arrive, are sent, succeed and fail; webhooks change, endpoints hang, time passes."""

    @initialize(slots=st.integers(min_value=4, max_value=12))
    def begin(self, slots: int) -> None:
        self.slots = slots
        self.scheduler = Scheduler(slots)
        self.table = Table()
        self.ids = counter(
            1000
        )  # random ones would be sorted otherwise when an example is tried again
        self.now = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)

    @rule(
        hook=HOOKS,
        cap=st.integers(min_value=1, max_value=5),
        ordered=st.booleans(),
        sendable=st.booleans(),
        streak=st.integers(min_value=0, max_value=5),
        by_a_person=st.booleans(),
    )
    def configure(
        self, hook: int, *, cap: int, ordered: bool, sendable: bool, streak: int, by_a_person: bool
    ) -> None:
        facts = self._facts(hook)
        self._learn(replace(facts, cap=cap, ordered=ordered, sendable=sendable, fail_streak=streak))
        if by_a_person:
            self.scheduler.drop_ready(facts.id)

    @rule(hook=HOOKS, seconds=st.integers(min_value=0, max_value=30))
    def open_breaker(self, hook: int, seconds: int) -> None:
        until = self.now + dt.timedelta(seconds=seconds)
        self._learn(
            replace(
                self._facts(hook), breaker=BreakerState.OPEN, breaker_until=until, fail_streak=9
            )
        )

    @rule(hook=HOOKS)
    def close_breaker(self, hook: int) -> None:
        self._learn(
            replace(
                self._facts(hook),
                breaker=BreakerState.CLOSED,
                breaker_until=None,
                fail_streak=0,
            )
        )

    @rule(
        hook=HOOKS,
        count=st.integers(min_value=1, max_value=8),
        handed_over=st.booleans(),
        trigger=st.sampled_from([Trigger.AUTOMATIC, Trigger.AUTOMATIC, Trigger.MANUAL]),
    )
    def arrive(self, hook: int, count: int, *, handed_over: bool, trigger: Trigger) -> None:
        facts = self._facts(hook)
        for _ in range(count):
            ready = Ready(UUID(int=next(self.ids)), facts.id, trigger)
            self.table.waiting[facts.id].append(ready)
            if handed_over:
                self.scheduler.update(facts)
                self.scheduler.offer(ready)

    @rule(hook=HOOKS)
    def arrive_and_be_admitted(self, hook: int) -> None:
        """What a transaction does that enters a delivery: take it at once if it may."""
        facts = self._facts(hook)
        self.scheduler.update(facts)
        quota = {Lane.FAILING: self.slots // 4, Lane.HEALTHY: self.slots - self.slots // 4}
        ready = Ready(UUID(int=next(self.ids)), facts.id)
        waited_before = bool(self.table.free(facts.id)) and facts.ordered
        pick = self.scheduler.admit(ready, self.now)
        if pick is not None:
            self._check_allowed(pick)
            assert not waited_before, "overtook an earlier event"
            self.table.under_way[ready.id] = pick
            assert self.scheduler.used(self._lane(pick)) <= quota[self._lane(pick)]
        self.table.waiting[facts.id].append(ready)
        self.scheduler.offer(ready)

    @rule()
    def look(self) -> None:
        """What the feeder does: tell which webhooks have something due, fetch what is asked for."""
        for id, facts in self.table.facts.items():
            if self.table.free(id):
                self.scheduler.update(facts)
                self.scheduler.saw_due(id)
        self._fetch()

    @rule(limit=st.integers(min_value=1, max_value=8))
    def take(self, limit: int) -> None:
        before = {lane: self.scheduler.used(lane) for lane in Lane}
        quota = {Lane.FAILING: self.slots // 4, Lane.HEALTHY: self.slots - self.slots // 4}
        for pick in self.scheduler.take(self.now, limit):
            self._check_allowed(pick)
            self.table.under_way[pick.ready.id] = pick
        for lane, used in before.items():
            assert self.scheduler.used(lane) <= max(used, quota[lane]), "more than its lane has"

    @precondition(lambda self: self.table.under_way)
    @rule(data=st.data(), success=st.booleans())
    def finish(self, data: st.DataObject, *, success: bool) -> None:
        id = data.draw(st.sampled_from(sorted(self.table.under_way)))
        self._finish(id, success=success)

    @precondition(lambda self: self.table.under_way)
    @rule(data=st.data())
    def fail_to_claim(self, data: st.DataObject) -> None:
        id = data.draw(st.sampled_from(sorted(self.table.under_way)))
        self.scheduler.put_back(self.table.under_way.pop(id))

    @rule(seconds=st.sampled_from([0.1, 1.0, 3.0, 40.0]))
    def pass_time(self, seconds: float) -> None:
        self.now += dt.timedelta(seconds=seconds)
        self.scheduler.tick(self.now)

    @rule()
    def settle(self) -> None:
        """Nobody starves: if everything succeeds from here on, all that may be sent is sent."""
        for _ in range(200):
            self.look()
            self.take(self.slots)
            for id in list(self.table.under_way):
                self._finish(id, success=True)
            self.now += dt.timedelta(seconds=31)
            self.scheduler.tick(self.now)
            for facts in list(self.table.facts.values()):
                if facts.breaker is not BreakerState.CLOSED:
                    self.close_breaker(facts.id.int)
        left = {
            id: len(waiting)
            for id, waiting in self.table.waiting.items()
            if waiting and self.table.facts[id].sendable
        }
        assert not left, f"never sent: {left}"

    @invariant()
    def slots_are_accounted_for(self) -> None:
        used = Counter(self._lane(pick) for pick in self.table.under_way.values())
        assert {lane: self.scheduler.used(lane) for lane in Lane} == {
            lane: used[lane] for lane in Lane
        }
        assert self.scheduler.under_way <= self.slots * HARD_LIMIT

    def _facts(self, hook: int) -> Facts:
        id = UUID(int=hook)
        owner = OWNERS[hook % len(OWNERS)]
        return self.table.facts.setdefault(id, Facts(id=id, owner=owner))

    def _learn(self, facts: Facts) -> None:
        self.table.facts[facts.id] = facts
        self.scheduler.update(facts)

    def _fetch(self) -> None:
        for id in self.scheduler.hungry(self.now):
            found = self.table.free(id)
            if self.table.facts[id].ordered:
                found = [] if self.table.busy(id) else found[:1]
            self.scheduler.load(id, found[:3], more=len(found) > 3)

    def _finish(self, id: UUID, *, success: bool) -> None:
        pick = self.table.under_way.pop(id)
        if success:
            self.table.waiting[pick.ready.webhook_id].remove(pick.ready)
        self.scheduler.finished(pick.ready, success=success)

    def _lane(self, pick: Pick) -> Lane:
        line = self.scheduler.line(pick.ready.webhook_id)
        assert line is not None, "a line with something under way was forgotten"
        return line.lane

    def _check_allowed(self, pick: Pick) -> None:
        facts = self.table.facts[pick.ready.webhook_id]
        busy = self.table.busy(facts.id)
        assert pick.ready.id not in self.table.under_way, "sent twice at the same time"
        assert busy < (1 if facts.ordered else facts.cap), "more than its cap"
        if facts.fail_streak >= FAILING_STREAK or facts.breaker is not BreakerState.CLOSED:
            assert busy == 0, "a failing endpoint gets one at a time"
        if pick.ready.trigger is not Trigger.MANUAL:
            assert facts.sendable
            assert facts.waits_until(self.now) is None, "the breaker is open"


TestSchedulerModel = SchedulerModel.TestCase
TestSchedulerModel.settings = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
