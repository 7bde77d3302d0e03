"""Decides which delivery is sent next. Pure and in memory: the table of deliveries is the truth behind it.

Each webhook has a line of deliveries that are due. Slots come in two lanes, so that endpoints that fail or
hang wait for each other and for nobody else; in each lane owners take turns, and the webhooks of an owner
within that.
"""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from boatyard.webhook_dispatcher.models import BreakerState, Trigger
from boatyard.webhook_dispatcher.ring import FairRing

KEPT_READY = 128
"""So many due deliveries of a webhook are kept in memory; the others stay in the table."""
LOW = 16
"""When so few are left, more are fetched."""
FAILING_STREAK = 3
SLOW = dt.timedelta(seconds=2)
"""An endpoint that has not answered for so long stops taking slots from those that do."""
HARD_LIMIT = 4
"""Requests under way at most, in multiples of the slots: endpoints found slow give theirs back early."""
URGENT = frozenset({Trigger.TEST, Trigger.MANUAL})
"""A person waits for these: they go first, and a breaker does not hold them back."""


class Lane(StrEnum):
    """Which slots a webhook uses."""

    HEALTHY = "healthy"
    FAILING = "failing"


@dataclass(frozen=True)
class Facts:
    """What the scheduler must know of a webhook."""

    id: UUID
    owner: str
    sendable: bool = True
    cap: int = 4
    ordered: bool = False
    fail_streak: int = 0
    breaker: BreakerState = BreakerState.CLOSED
    breaker_until: dt.datetime | None = None

    def waits_until(self, now: dt.datetime) -> dt.datetime | None:
        """Until when the breaker lets nothing through; None if it does."""
        if self.breaker is BreakerState.CLOSED or self.breaker_until is None:
            return None
        return self.breaker_until if self.breaker_until > now else None


@dataclass(frozen=True)
class Ready:
    """A delivery that is due."""

    id: UUID
    webhook_id: UUID
    trigger: Trigger = Trigger.AUTOMATIC


@dataclass
class Line:
    """One webhook: what is ready, what is under way."""

    facts: Facts
    ready: deque[Ready] = field(default_factory=deque)
    urgent: deque[Ready] = field(default_factory=deque)
    under_way: OrderedDict[UUID, dt.datetime] = field(default_factory=OrderedDict)
    known: set[UUID] = field(default_factory=set)
    """What is ready or under way, so that it is not fetched twice."""
    ramp: int | None = None
    """After an outage: how many may be under way, doubled by every success."""
    slow: bool = False
    lane: Lane = Lane.HEALTHY
    """Which slots it uses; see `choose_lane`."""

    def choose_lane(self) -> Lane:
        """Which slots it should use by what is known of it."""
        facts = self.facts
        failing = facts.fail_streak >= FAILING_STREAK or facts.breaker is not BreakerState.CLOSED
        return Lane.FAILING if failing or self.slow else Lane.HEALTHY

    @property
    def width(self) -> int:
        """How many may be under way, the breaker apart."""
        if self.facts.ordered or self.lane is Lane.FAILING:
            return 1
        return min(self.facts.cap, self.ramp or self.facts.cap)

    def is_hungry(self, now: dt.datetime) -> bool:
        """Whether it could use more of what the table has for it."""
        if not self.facts.sendable or self.facts.waits_until(now) is not None:
            return False
        if self.facts.ordered:
            return not self.ready and not self.under_way
        return len(self.ready) < LOW

    def may_send(self, now: dt.datetime) -> bool:
        """Whether something of this line can be sent now, slots apart."""
        if len(self.under_way) >= self.width:
            return False
        if self.urgent:
            return True
        return bool(self.ready) and self.facts.sendable and self.facts.waits_until(now) is None


@dataclass(frozen=True)
class Pick:
    """A delivery whose turn it is."""

    ready: Ready
    urgent: bool


class Scheduler:
    """The lines of all webhooks that have something due.

    Life of a delivery here: `offer` or `load`, `take`, then `finished`; or `put_back` if it was not sent.
    """

    def __init__(self, slots: int) -> None:
        self._quota = {Lane.FAILING: max(1, slots // 4)}
        self._quota[Lane.HEALTHY] = max(1, slots - self._quota[Lane.FAILING])
        self._hard_limit = slots * HARD_LIMIT
        self._lines: dict[UUID, Line] = {}
        self._rings: dict[Lane, FairRing[UUID]] = {lane: FairRing() for lane in Lane}
        self._used = dict.fromkeys(Lane, 0)
        self._turn = 0
        self._wanting: set[UUID] = set()
        """The webhooks for which the table may hold more that is due."""

    @property
    def under_way(self) -> int:
        """How many requests are under way."""
        return sum(self._used.values())

    def used(self, lane: Lane) -> int:
        """How many slots of a lane are taken; more than it has when endpoints were found slow."""
        return self._used[lane]

    def line(self, webhook_id: UUID) -> Line | None:
        """The line of a webhook, for whoever looks."""
        return self._lines.get(webhook_id)

    def knows(self, webhook_id: UUID) -> bool:
        """Whether a webhook has a line."""
        return webhook_id in self._lines

    def is_held(self, webhook_id: UUID) -> bool:
        """Whether a webhook is held back by what is known of it: somebody else may know better."""
        line = self._lines.get(webhook_id)
        return line is not None and not (
            line.facts.sendable and line.facts.breaker is BreakerState.CLOSED
        )

    @property
    def wants_more(self) -> bool:
        """Whether the table holds more than is kept here."""
        return bool(self._wanting)

    def update(self, facts: Facts) -> None:
        """Take in what is known of a webhook now."""
        line = self._lines.get(facts.id)
        if line is None:
            line = self._lines[facts.id] = Line(facts)
        elif line.facts is facts or line.facts == facts:
            return
        recovered = (
            line.facts.breaker is not BreakerState.CLOSED and facts.breaker is BreakerState.CLOSED
        )
        line.facts = facts
        if recovered:
            line.ramp = 1
        self._choose_lane(line)

    def offer(self, ready: Ready) -> None:
        """A delivery has become due; there must be a line for its webhook."""
        line = self._lines[ready.webhook_id]
        if ready.id in line.known:
            return
        if ready.trigger in URGENT:
            line.urgent.append(ready)
        elif (
            line.facts.ordered or ready.webhook_id in self._wanting or len(line.ready) >= KEPT_READY
        ):
            self._wanting.add(ready.webhook_id)  # the table knows the order
            return
        else:
            line.ready.append(ready)
        line.known.add(ready.id)
        self._enqueue(line)

    def admit(self, ready: Ready, now: dt.datetime) -> Pick | None:
        """Take a delivery that is about to become due, if it can be sent at once and is before nobody else.

        There must be a line for its webhook. From here on it is under way, as if it had been offered and taken.
        """
        line = self._lines[ready.webhook_id]
        facts = line.facts
        plain = not facts.ordered and facts.breaker is BreakerState.CLOSED
        full = self._used[line.lane] >= self._quota[line.lane]
        if not plain or not facts.sendable or full or self.is_awaited(ready):
            return None
        if len(line.under_way) >= line.width or self.under_way >= self._hard_limit:
            return None
        line.known.add(ready.id)
        line.ready.append(ready)
        return self._admit(line, now)

    def is_awaited(self, ready: Ready) -> bool:
        """Whether others wait for the slot that a delivery has, or would get."""
        line = self._lines[ready.webhook_id]
        waiting = line.ready or line.urgent or ready.webhook_id in self._wanting
        return bool(waiting or self._rings[line.lane])

    def load(self, webhook_id: UUID, found: Sequence[Ready], *, more: bool) -> None:
        """Take in the deliveries that the table has for a webhook, the first ones first."""
        line = self._lines[webhook_id]
        if more:
            self._wanting.add(webhook_id)
        for ready in found:
            if ready.id not in line.known:
                (line.urgent if ready.trigger in URGENT else line.ready).append(ready)
                line.known.add(ready.id)
        self._enqueue(line)

    def saw_due(self, webhook_id: UUID) -> None:
        """The table has something due for a webhook; if nothing is ready here, it is to be fetched."""
        line = self._lines.get(webhook_id)
        if line is not None and not line.ready and len(line.under_way) < line.width:
            self._wanting.add(webhook_id)

    def hungry(self, now: dt.datetime) -> list[UUID]:
        """The webhooks whose next deliveries are to be fetched now; each is named once, then `load` it."""
        hungry = [id for id in self._wanting if self._lines[id].is_hungry(now)]
        self._wanting.difference_update(hungry)  # what is offered meanwhile is added again
        return hungry

    def take(self, now: dt.datetime, limit: int) -> list[Pick]:
        """Up to so many deliveries whose turn it is; they are under way from here on."""
        picks: list[Pick] = []
        while len(picks) < limit and self.under_way < self._hard_limit:
            line = self._next(now)
            if line is None:
                break
            picks.append(self._admit(line, now))
        return picks

    def finished(self, ready: Ready, *, success: bool) -> None:
        """A delivery is not under way any more."""
        line = self._lines[ready.webhook_id]
        if success and line.ramp is not None:
            line.ramp = line.ramp * 2 if line.ramp * 2 < line.facts.cap else None
        self._leave(line, ready)
        self._enqueue(line)

    def put_back(self, pick: Pick) -> None:
        """A delivery that was taken was not sent after all, and still is to be."""
        line = self._lines[pick.ready.webhook_id]
        self._leave(line, pick.ready)
        line.known.add(pick.ready.id)
        (line.urgent if pick.urgent else line.ready).appendleft(pick.ready)
        self._enqueue(line)

    def drop_ready(self, webhook_id: UUID) -> None:
        """Forget what was due for a webhook: it may have changed, and the table is asked again."""
        line = self._lines.get(webhook_id)
        if line is not None:
            line.known = set(line.under_way)
            line.ready.clear()
            line.urgent.clear()
            self._wanting.add(webhook_id)

    def tick(self, now: dt.datetime) -> None:
        """Look at the time: who is slow, whose breaker has waited long enough, which line has nothing left."""
        for id, line in list(self._lines.items()):
            oldest = next(iter(line.under_way.values()), now)
            line.slow = now - oldest >= SLOW
            self._choose_lane(line)
            if not line.known and id not in self._wanting and line.ramp is None:
                self._rings[line.lane].discard(line.facts.owner, id)
                del self._lines[id]

    def _next(self, now: dt.datetime) -> Line | None:
        """Whose turn it is: every fourth time the failing lane is asked first."""
        self._turn += 1
        lanes = (Lane.FAILING, Lane.HEALTHY) if self._turn % 4 == 0 else (*Lane,)
        for lane in lanes:
            while self._used[lane] < self._quota[lane]:
                id = self._rings[lane].pop()
                if id is None:
                    break
                line = self._lines[id]
                if line.may_send(now):
                    return line
        return None

    def _admit(self, line: Line, now: dt.datetime) -> Pick:
        urgent = bool(line.urgent)
        ready = line.urgent.popleft() if urgent else line.ready.popleft()
        line.under_way[ready.id] = now
        self._used[line.lane] += 1
        self._enqueue(line)
        return Pick(ready, urgent)

    def _leave(self, line: Line, ready: Ready) -> None:
        line.known.discard(ready.id)
        if line.under_way.pop(ready.id, None) is not None:
            self._used[line.lane] -= 1

    def _enqueue(self, line: Line) -> None:
        """Give a line a turn if it could use one."""
        if (line.ready or line.urgent) and len(line.under_way) < line.width:
            self._rings[line.lane].add(line.facts.owner, line.facts.id)

    def _choose_lane(self, line: Line) -> None:
        """Settle the accounts of a line whose lane may have to change."""
        before, line.lane = line.lane, line.choose_lane()
        if line.lane is not before:
            self._used[before] -= len(line.under_way)
            self._used[line.lane] += len(line.under_way)
            self._rings[before].discard(line.facts.owner, line.facts.id)
        self._enqueue(line)
