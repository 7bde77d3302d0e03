"""The two ways in which the registry's tags become known: it says so, or the sweep has seen it.

Both end in the same transaction: position and event are written together, or neither.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from sqlalchemy.ext.asyncio import AsyncSession

from boatyard.registry_notifier import store
from boatyard.registry_notifier.envelope import RegistryEvent, Unreadable
from boatyard.registry_notifier.position import (
    Change,
    Changed,
    Doubtful,
    Outcome,
    after_news,
    after_placing,
    change_of,
    moved,
    pull_id,
)
from boatyard.registry_notifier.schemas import SweepReport
from boatyard.registry_notifier.translate import (
    ACTIONS,
    Happening,
    Ignored,
    ManifestGone,
    Placed,
    Pulled,
    Pushed,
    Reason,
    TagGone,
    translate,
)
from boatyard.shared.db import UnitOfWork
from boatyard.shared.events import ManifestPulled, TagOrigin
from boatyard.shared.logging import get_logger
from boatyard.shared.registry import Resolved

_log = get_logger("registry-notifier")


@dataclass
class Receipt:
    """What came of the notifications of one request."""

    actions: Counter[str] = field(default_factory=Counter)
    ignored: Counter[str] = field(default_factory=Counter)
    changes: list[Changed] = field(default_factory=list)
    doubts: list[Doubtful] = field(default_factory=list)
    new_instances: set[str] = field(default_factory=set)
    """Processes of the registry that this process of ours had not heard of."""
    sweep: bool = False
    """Something may have been lost, so the registry is to be swept."""


async def receive(
    uow: UnitOfWork,
    events: Sequence[RegistryEvent | Unreadable],
    *,
    now: dt.datetime,
    heard_of: Collection[str] = (),
) -> Receipt:
    """Deal with notifications, each of them once, in the order in which they came.

    `heard_of` are the processes of the registry that need not be looked up. A process that is new may have
    taken the place of one that still had something to say, so then a sweep is asked for; and if something
    can't be read.
    """
    receipt = Receipt()
    for event in events:
        if isinstance(event, Unreadable):
            _log.error("notification_unreadable", reason=event.reason)
            receipt.ignored["unreadable"] += 1
            receipt.sweep = True
            continue
        receipt.actions[event.action if event.action in ACTIONS else "other"] += 1
        if event.source.instance_id not in heard_of:
            receipt.new_instances.add(event.source.instance_id)
        await _take(uow, event, receipt, now=now)
    for instance in sorted(receipt.new_instances):
        receipt.sweep |= await store.first_sight(uow.session, instance=instance, now=now)
    if receipt.sweep:
        await store.request_sweep(uow.session, now=now)
    return receipt


async def _take(
    uow: UnitOfWork, event: RegistryEvent, receipt: Receipt, *, now: dt.datetime
) -> None:
    happening = translate(event, now=now)
    if isinstance(happening, Ignored):
        _ignore(event, happening, receipt)
    elif await store.first_receipt(
        uow.session, id=event.id, received_at=now, occurred_at=happening.at
    ):
        await _apply(uow, happening, receipt)
    else:
        receipt.ignored["again"] += 1


async def _apply(uow: UnitOfWork, happening: Happening, receipt: Receipt) -> None:
    match happening:
        case Pulled():
            _pulled(uow, happening)
        case Placed():
            known = await store.lock(uow.session, happening.repository, happening.tag)
            await store.save(uow.session, after_placing(known, happening))
        case Pushed() | TagGone():
            known = await store.lock(uow.session, happening.repository, happening.tag)
            await _settle(uow, after_news(known, happening), receipt)
        case ManifestGone():
            await _manifest_gone(uow, happening, receipt)


async def _manifest_gone(uow: UnitOfWork, gone: ManifestGone, receipt: Receipt) -> None:
    for known in await store.lock_pointing_at(uow.session, gone.repository, gone.digest):
        news = TagGone(known.repository, known.tag, gone.actor, gone.at)
        await _settle(uow, after_news(known, news), receipt)


async def _settle(uow: UnitOfWork, outcome: Outcome, receipt: Receipt) -> None:
    if isinstance(outcome, Doubtful):
        receipt.doubts.append(outcome)
        return
    await store.save(uow.session, outcome.position)
    if isinstance(outcome, Changed):
        uow.publish(outcome.event)
        receipt.changes.append(outcome)


def _pulled(uow: UnitOfWork, pulled: Pulled) -> None:
    uow.publish(
        ManifestPulled(
            id=pull_id(pulled.event_id),
            occurred_at=pulled.at,
            repository=pulled.repository,
            tag=pulled.tag,
            digest=pulled.digest,
            pulled_by=pulled.actor,
        )
    )


def _ignore(event: RegistryEvent, ignored: Ignored, receipt: Receipt) -> None:
    receipt.ignored[ignored.reason] += 1
    if ignored.reason is Reason.ILLEGAL:
        _log.warning(
            "notification_ignored",
            action=event.action,
            repository=event.target.repository,
            tag=event.target.tag,
            reason=ignored.detail,
        )


class Seen(Enum):
    """What came of something that was read in the registry."""

    CHANGED = auto()
    UNCHANGED = auto()
    OVERTAKEN = auto()
    """News of the tag came while the registry was read: what was read counts no more."""


async def observe(
    uow: UnitOfWork,
    repository: str,
    tag: str,
    *,
    found: Resolved | None,
    read_at: dt.datetime,
    sequence: int,
    hint: Pushed | TagGone | None = None,
) -> Seen:
    """Take over what was read of a tag, unless its position is another one than before it was read.

    `sequence` is that of the position which was known before. `hint` is a notification that could not be
    believed; if the registry confirms it, the change is told as it was notified.
    """
    known = await store.lock(uow.session, repository, tag)
    if known.sequence != sequence:
        return Seen.OVERTAKEN
    outcome = moved(known, _change(found, read_at, hint), as_of=max(known.as_of, read_at))
    await store.save(uow.session, outcome.position)
    if not isinstance(outcome, Changed):
        return Seen.UNCHANGED
    uow.publish(outcome.event)
    return Seen.CHANGED


def _change(found: Resolved | None, read_at: dt.datetime, hint: Pushed | TagGone | None) -> Change:
    digest = found.digest if found else None
    if hint is not None and change_of(hint).digest == digest:
        return change_of(hint)
    media_type = found.media_type[:255] if found else ""
    return Change(digest, media_type, None, read_at, TagOrigin.RECONCILE)


async def sweep_report(session: AsyncSession, *, now: dt.datetime) -> SweepReport:
    """What the last sweep found, and whether one runs now."""
    row = await store.sweep_row(session)
    if row is None:
        return SweepReport(running=False)
    held = row.claim_id is not None and row.lease_until is not None and row.lease_until > now
    return SweepReport(
        running=held,
        next_at=row.due_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        repositories=row.repositories,
        tags=row.tags,
        changes=row.changes,
        skipped=row.skipped,
        error=row.error,
    )
