"""Writes down what happens, before it happens and after: one transaction for a whole batch.

A request may only leave when the commit that says so is safe, so the ends of some attempts and the beginnings
of others share a commit. What must be decided under the locks of that transaction is decided here: whether the
webhook may still be sent to, how its endpoint is doing, whether it is to be disabled.
"""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from boatyard.shared.clock import Clock
from boatyard.shared.db import Database, UnitOfWork
from boatyard.shared.events import WebhookDisabled, new_id
from boatyard.shared.logging import get_logger
from boatyard.webhook_dispatcher.delivery import Judgement, Target
from boatyard.webhook_dispatcher.formats import Announcement, Links, supports
from boatyard.webhook_dispatcher.health import Health, Window
from boatyard.webhook_dispatcher.models import BreakerState, Trigger, WebhookState
from boatyard.webhook_dispatcher.outcome import Request
from boatyard.webhook_dispatcher.records import begun, ended, given_back
from boatyard.webhook_dispatcher.results import Finished, Started
from boatyard.webhook_dispatcher.rows import (
    SENDABLE,
    Known,
    Row,
    announcement_of,
    facts_of,
    health_columns,
    target_of,
    width_of,
)
from boatyard.webhook_dispatcher.scheduler import Facts, Pick
from boatyard.webhook_dispatcher.store import queue
from boatyard.webhook_dispatcher.vault import Vault, VaultError

KEPT_ANNOUNCEMENTS = 2048
KEPT_TARGETS = 4096
_log = get_logger("webhook-dispatcher")


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What the operator decides about deliveries."""

    links: Links
    lease: dt.timedelta
    disable_after: dt.timedelta
    scale: float
    worker: str


@dataclass
class Recorded:
    """What a transaction came to. It counts once it is committed."""

    started: list[Started] = field(default_factory=list)
    refused: list[Pick] = field(default_factory=list)
    """Picks that nobody shall send now, or that somebody else has."""
    facts: list[Facts] = field(default_factory=list)
    disabled: set[UUID] = field(default_factory=set)


@dataclass
class _Batch:
    """One transaction: what it has read under its locks, and what it comes to."""

    uow: UnitOfWork
    connection: AsyncConnection
    now: dt.datetime
    rows: Mapping[UUID, Row]
    healths: dict[UUID, Health]
    recorded: Recorded


class Recorder:
    """The transactions of one dispatcher."""

    def __init__(self, database: Database, vault: Vault, clock: Clock, rules: Rules) -> None:
        self._database, self._vault, self._clock, self._rules = database, vault, clock, rules
        self._announcements: OrderedDict[int, Announcement] = OrderedDict()
        self._targets: OrderedDict[UUID, Target] = OrderedDict()
        self._rows: dict[UUID, Known] = {}
        self._windows: defaultdict[UUID, Window] = defaultdict(Window)

    def remember(self, sequence: int, announcement: Announcement) -> None:
        """Keep an announcement that will be needed soon."""
        self._announcements[sequence] = announcement
        while len(self._announcements) > KEPT_ANNOUNCEMENTS:
            self._announcements.popitem(last=False)

    def forget(self, sequences: Iterable[int]) -> None:
        """Forget announcements that were not committed: others will have their numbers."""
        for sequence in sequences:
            self._announcements.pop(sequence, None)

    async def record(self, finished: Sequence[Finished], picks: Sequence[Pick]) -> Recorded:
        """Write down how some attempts ended, and that others begin."""
        async with self._database.unit_of_work() as uow:
            return await self.record_in(uow, finished, picks)

    async def record_in(
        self, uow: UnitOfWork, finished: Sequence[Finished], picks: Sequence[Pick]
    ) -> Recorded:
        """Write it down in a transaction that others write in, too."""
        ids = {f.started.webhook_id for f in finished} | {p.ready.webhook_id for p in picks}
        connection = await uow.session.connection()
        rows = await queue.read_webhooks(connection, ids, lock=not self._database.is_sqlite)
        await self._read_targets(connection, rows)
        known = {id: self._known(row) for id, row in rows.items()}
        healths = {id: each.health for id, each in known.items()}
        batch = _Batch(uow, connection, self._clock.now(), rows, healths, Recorded())
        if finished:
            await self._end(batch, finished)
        if picks:
            await self._begin(batch, picks)
        changed = [id for id in rows if healths[id] is not known[id].health]
        if changed:
            columns = [{"of_webhook": id, **health_columns(healths[id])} for id in changed]
            await queue.update_webhooks(connection, columns)
        recorded = batch.recorded
        recorded.facts = [
            facts_of(row, healths[id], disabled=id in recorded.disabled)
            if id in changed or id in recorded.disabled
            else known[id].facts
            for id, row in rows.items()
        ]
        return recorded

    async def _end(self, batch: _Batch, finished: Sequence[Finished]) -> None:
        await queue.end_attempts(batch.connection, [ended(each) for each in finished])
        await queue.give_back(batch.connection, [given_back(each, batch.now) for each in finished])
        for each in finished:
            row = batch.rows.get(each.started.webhook_id)
            if row is None or each.judgement is None:
                continue
            health = batch.healths[row.id] = self._learn(batch.healths[row.id], each)
            reason = self._reason_to_disable(health, each.judgement, batch.now)
            if reason and row.state == WebhookState.ACTIVE:
                await self._disable(batch, row, reason)

    def _learn(self, health: Health, finished: Finished) -> Health:
        window = self._windows[finished.started.webhook_id]
        if finished.succeeded:
            if health.breaker is not BreakerState.CLOSED:
                window.clear()
            window.add(finished.at, failed=False)
            return health.after_success(finished.at)
        if finished.started.trigger is Trigger.TEST:
            return health
        window.add(finished.at, failed=True)
        return health.after_failure(finished.at, window=window, scale=self._rules.scale)

    def _reason_to_disable(
        self, health: Health, judgement: Judgement, now: dt.datetime
    ) -> str | None:
        if judgement.unwanted:
            return "gone"
        return "failing" if health.is_hopeless(now, after=self._rules.disable_after) else None

    async def _disable(self, batch: _Batch, row: Row, reason: str) -> None:
        if row.id in batch.recorded.disabled:
            return
        batch.recorded.disabled.add(row.id)
        values = {
            "of_webhook": row.id,
            "state": WebhookState.DISABLED.value,
            "disabled_at": batch.now,
            "disabled_reason": reason,
            "generation": row.generation + 1,
        }
        await queue.update_webhooks(batch.connection, [values])
        target = self._targets[row.id]
        batch.uow.publish(
            WebhookDisabled(
                webhook_id=row.id,
                repository_id=target.repository_id,
                repository=target.repository,
                name=target.name,
                reason=reason,
                failing_since=batch.healths[row.id].failing_since,
                occurred_at=batch.now,
            )
        )

    async def _begin(self, batch: _Batch, picks: Sequence[Pick]) -> None:
        allowed, probes = await self._allowed(batch, picks)
        claim_id = new_id()
        claimed = await queue.claim(
            batch.connection,
            allowed,
            claim_id=claim_id,
            now=batch.now,
            until=batch.now + self._rules.lease,
        )
        announcements = await self._announcements_of(batch.connection, claimed)
        started = batch.recorded.started
        mute = []
        for row in claimed:
            if row.id in probes:
                row = row._replace(trigger=Trigger.PROBE)
            attempt = self._start(batch, row, announcements[row.event_seq], claim_id)
            if attempt is None:
                mute.append(row.id)
                continue
            started.append(attempt)
            if row.id in probes:
                health = batch.healths[row.webhook_id]
                batch.healths[row.webhook_id] = health.probing(batch.now + self._rules.lease)
        if mute:
            await queue.skip(batch.connection, mute, now=batch.now)
        if started:
            begun_rows = [begun(each, self._rules.worker) for each in started]
            await queue.begin_attempts(batch.connection, begun_rows)
        ours = {each.id for each in started}
        batch.recorded.refused = [pick for pick in picks if pick.ready.id not in ours]

    async def _allowed(self, batch: _Batch, picks: Sequence[Pick]) -> tuple[list[UUID], set[UUID]]:
        """What may be sent by what the webhooks are now, as other processes see them; and which are probes."""
        leased: Mapping[UUID, int] = {}
        if not self._database.is_sqlite:  # there, this process is the only one
            leased = await queue.count_leased(batch.connection, batch.rows.keys())
        room = {id: width_of(row) - leased.get(id, 0) for id, row in batch.rows.items()}
        allowed: list[UUID] = []
        probes: set[UUID] = set()
        for pick in picks:
            row = batch.rows.get(pick.ready.webhook_id)
            if row is None or room[row.id] <= 0 or not _may_be_sent(pick, row, batch):
                continue
            health = batch.healths[row.id]
            if not pick.urgent and health.breaker is not BreakerState.CLOSED:
                if health.breaker_until is not None and health.breaker_until > batch.now:
                    continue
                room[row.id] = 0
                probes.add(pick.ready.id)
            room[row.id] -= 1
            allowed.append(pick.ready.id)
        return allowed, probes

    async def _announcements_of(
        self, connection: AsyncConnection, claimed: Sequence[queue.Claimed]
    ) -> Mapping[int, Announcement]:
        wanted = {row.event_seq for row in claimed}
        found = {seq: self._announcements[seq] for seq in wanted & self._announcements.keys()}
        missing = wanted - found.keys()
        if missing:
            for row in await queue.read_events(connection, missing):
                found[row.seq] = announcement_of(row)
                self.remember(row.seq, found[row.seq])
        return found

    async def _read_targets(self, connection: AsyncConnection, rows: Mapping[UUID, Row]) -> None:
        """Have at hand what people decided about these webhooks, read anew where a generation changed."""
        stale = [
            id
            for id, row in rows.items()
            if row.state != WebhookState.DELETED and not self._has_target(row)
        ]
        for row in await queue.read_decided(connection, stale) if stale else ():
            try:
                self._targets[row.id] = target_of(row, self._vault)
            except VaultError as error:
                _log.error("secrets_unreadable", webhook_id=str(row.id), reason=str(error))
                self._targets.pop(row.id, None)
                continue
            self._targets.move_to_end(row.id)
        while len(self._targets) > max(KEPT_TARGETS, len(rows)):
            self._windows.pop(self._targets.popitem(last=False)[0], None)

    def _has_target(self, row: Row) -> bool:
        target = self._targets.get(row.id)
        return target is not None and target.generation == row.generation

    def _known(self, row: Row) -> Known:
        """A row as values, which are made once for as long as it stays as it is."""
        known = self._rows.get(row.id)
        if known is None or known.row != row:
            known = self._rows[row.id] = Known.of(row)
            while len(self._rows) > KEPT_TARGETS:
                self._rows.pop(next(iter(self._rows)))
        return known

    def _start(
        self, batch: _Batch, row: queue.Claimed, announcement: Announcement, claim_id: UUID
    ) -> Started | None:
        """The attempt with its request; None if there are no words for it."""
        try:
            target = self._targets[row.webhook_id]
            if not supports(target.format, announcement.type):
                return None
            prepared = target.request(announcement, at=batch.now, links=self._rules.links)
        except Exception as error:  # one bad event or key must not hold up the batch it is in
            _log.error("request_unprepared", delivery_id=str(row.id), exc_info=error)
            return None
        return Started(
            id=row.id,
            webhook_id=row.webhook_id,
            number=row.number,
            claim_id=claim_id,
            trigger=Trigger(row.trigger),
            rung=row.rung,
            format=target.format,
            at_most_once=target.at_most_once,
            shown_url=target.url,
            request=Request(prepared.url, prepared.headers, prepared.body),
            at=batch.now,
            trace=announcement.trace,
        )


def _may_be_sent(pick: Pick, row: Row, batch: _Batch) -> bool:
    if pick.ready.trigger is Trigger.TEST:
        return bool(row.state != WebhookState.DELETED)
    return row.state in SENDABLE and row.id not in batch.recorded.disabled
