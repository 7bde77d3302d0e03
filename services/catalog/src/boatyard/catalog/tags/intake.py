"""Tag events become the tags that users see.

Events may come twice or out of order: history takes each in its place, and only the newest of a tag changes it.
Those that came together are entered with a handful of statements, however many they are.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from opentelemetry.trace import SpanKind

from boatyard.catalog.accounts import store as accounts
from boatyard.catalog.activity import store as activity
from boatyard.catalog.repositories import actions as repositories
from boatyard.catalog.repositories import store as repository_store
from boatyard.catalog.repositories.models import Repository
from boatyard.catalog.tags import store
from boatyard.catalog.tags.changes import Change, Key, Settled, settle
from boatyard.shared import tracing
from boatyard.shared.db import UnitOfWork
from boatyard.shared.events import ManifestPulled, TagDeleted, TagPushed
from boatyard.shared.logging import get_logger
from boatyard.shared.oci import is_referrer_tag

OVERTAKES_FOR = dt.timedelta(minutes=1)
"""How long a deletion waits for the first push to its repository, in case that must be handled once more."""
_log = get_logger("catalog")


class Overtook(Exception):
    """A deletion came before the first push to its repository: it has to come again, or the tag would stay."""


async def apply_changes(
    uow: UnitOfWork, events: Sequence[TagPushed | TagDeleted], *, now: dt.datetime
) -> None:
    """Enter pushes and deletions, in their order; a repository is made by the first push to it.

    Overtook if a deletion is to wait for that push.
    """
    session = uow.session
    known = await _repositories(uow, events)
    for event in events:
        if event.repository not in known and event.occurred_at > now - OVERTAKES_FOR:
            await _check_order(uow, event)
    changes = [Change(known[e.repository], e) for e in events if e.repository in known]
    if not changes:
        return
    newest = await store.newest_changes(session, {change.key for change in changes})
    new = await store.add_changes(session, changes)
    settled = settle([each for each in changes if (*each.key, each.event.sequence) in new], newest)
    if settled.pushes:
        await store.add_manifests(session, settled.pushes, now=now)
    counts = await _settle_tags(uow, settled)
    await _note(uow, settled, counts)


async def _repositories(
    uow: UnitOfWork, events: Sequence[TagPushed | TagDeleted]
) -> dict[str, UUID]:
    """The repositories of events, by name; that of a push is made if there is none and its namespace is owned.

    They are held until the end, so that two processes apply the events of one repository one after the other.
    """
    known = await repository_store.hold(uow.session, {event.repository for event in events})
    for event in events:
        if event.repository not in known and isinstance(event, TagPushed):
            made = await _make_repository(uow, event)
            if made is not None:
                known[event.repository] = made
    return known


async def _check_order(uow: UnitOfWork, event: TagPushed | TagDeleted) -> None:
    """Overtook if this is a deletion in a repository that is not there, and whose first push may come yet."""
    namespace = event.repository.partition("/")[0]
    if isinstance(event, TagDeleted) and await accounts.hold_namespace(uow.session, namespace):
        raise Overtook(f"{event.repository}:{event.tag} is gone before it came")


async def _make_repository(uow: UnitOfWork, event: TagPushed) -> UUID | None:
    """Make the repository of a push, a private one; None if nobody owns the namespace."""
    namespace, _, name = event.repository.partition("/")
    if await accounts.hold_namespace(uow.session, namespace) is None:
        _log.warning("push_without_owner", repository=event.repository, tag=event.tag)
        return None
    new = Repository(
        namespace=namespace,
        name=name,
        created_at=event.occurred_at,
        updated_at=event.occurred_at,
        created_by=event.pushed_by,
    )
    with tracing.continued(event.trace, "catalog makes a repository", kind=SpanKind.CONSUMER):
        await repositories.add(uow, new)
    return (await repository_store.hold(uow.session, {event.repository})).get(event.repository)


async def _settle_tags(uow: UnitOfWork, settled: Settled) -> Counter[UUID]:
    """Have the tags point where they end up; by how many each repository's visible tags grew."""
    gone = await store.remove(uow.session, settled.removed) if settled.removed else set()
    entered: set[Key] = set()
    if settled.pointing:
        there = await store.existing(uow.session, settled.pointing.keys())
        entered = settled.pointing.keys() - there
        await store.point(uow.session, settled.pointing, entered=entered)
    counts = Counter(repository for repository, tag in entered if not is_referrer_tag(tag))
    counts.subtract(repository for repository, tag in gone if not is_referrer_tag(tag))
    return counts


async def _note(uow: UnitOfWork, settled: Settled, counts: Counter[UUID]) -> None:
    """Note with the repositories how many tags they have, and when they were pushed to."""
    pushed_at = {push.repository_id: push.event.occurred_at for push in settled.pushes}
    await repository_store.note_pushes(uow.session, pushed_at, counts)
    days = Counter(
        (push.repository_id, activity.day_of(push.event.occurred_at)) for push in settled.pushes
    )
    await activity.add(uow.session, days, "pushes")


async def apply_pull(uow: UnitOfWork, event: ManifestPulled) -> None:
    """Somebody pulled an image."""
    namespace, _, name = event.repository.partition("/")
    repository = await repository_store.by_name(uow.session, namespace, name)
    if repository is None:
        return
    counted = await store.count_pull(
        uow.session,
        repository.id,
        name=event.tag,
        digest=event.digest,
        at=event.occurred_at,
    )
    if counted:
        day = activity.day_of(event.occurred_at)
        await activity.add(uow.session, {(repository.id, day): 1}, "pulls")
