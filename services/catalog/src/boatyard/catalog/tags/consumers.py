"""Tag events become the tags that users see.

Events may come twice or out of order: history takes each in its place, and only the newest of a tag changes it.
"""

from __future__ import annotations

import datetime as dt

from boatyard.catalog.accounts import store as accounts
from boatyard.catalog.activity import store as activity
from boatyard.catalog.dependencies import CatalogState
from boatyard.catalog.repositories import actions as repositories
from boatyard.catalog.repositories import store as repository_store
from boatyard.catalog.repositories.models import Repository
from boatyard.catalog.tags import store
from boatyard.shared.bus.inbox import Consumer
from boatyard.shared.db import UnitOfWork
from boatyard.shared.events import ManifestPulled, TagDeleted, TagPushed
from boatyard.shared.logging import get_logger
from boatyard.shared.oci import is_referrer_tag

_log = get_logger("catalog")


def consumer(state: CatalogState) -> Consumer:
    """What catalog does with the events of registry-notifier."""

    async def pushed(uow: UnitOfWork, event: TagPushed) -> None:
        await apply_push(uow, event, now=state.clock.now())
        _ring_after_commit(state, uow)

    async def deleted(uow: UnitOfWork, event: TagDeleted) -> None:
        await apply_delete(uow, event)
        _ring_after_commit(state, uow)

    return Consumer(
        name="catalog",
        handlers={TagPushed: pushed, TagDeleted: deleted, ManifestPulled: apply_pull},
    )


def _ring_after_commit(state: CatalogState, uow: UnitOfWork) -> None:
    if state.arrivals.ring not in uow.after_commit:
        uow.after_commit.append(state.arrivals.ring)


async def apply_push(uow: UnitOfWork, event: TagPushed, *, now: dt.datetime) -> None:
    """A tag points at an image: enter it, and make the repository if this is its first push."""
    repository = await _repository(uow, event)
    if repository is None:
        return
    session = uow.session
    if not await store.add_change(session, repository.id, event):
        return
    await store.add_manifest(session, repository.id, event, now=now)
    if await store.point(session, repository.id, event) and not is_referrer_tag(event.tag):
        await store.count_tag(session, repository.id, 1)
    await store.note_push(session, repository.id, at=event.occurred_at)
    await activity.add(session, repository.id, event.occurred_at, pushes=1)


async def _repository(uow: UnitOfWork, event: TagPushed) -> Repository | None:
    """The repository of a push, made private if there is none; None if nobody owns the namespace.

    It is held until the end, so that two processes apply the events of one repository one after the other.
    """
    namespace, _, name = event.repository.partition("/")
    repository = await repository_store.by_name(uow.session, namespace, name, hold=True)
    if repository is not None:
        return repository
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
    await repositories.add(uow, new)
    return await repository_store.by_name(uow.session, namespace, name, hold=True)


async def apply_delete(uow: UnitOfWork, event: TagDeleted) -> None:
    """A tag is gone."""
    namespace, _, name = event.repository.partition("/")
    repository = await repository_store.by_name(uow.session, namespace, name, hold=True)
    if repository is None:
        return
    if not await store.add_change(uow.session, repository.id, event):
        return
    if await store.remove(uow.session, repository.id, event.tag) and not is_referrer_tag(event.tag):
        await store.count_tag(uow.session, repository.id, -1)


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
        await activity.add(uow.session, repository.id, event.occurred_at, pulls=1)
