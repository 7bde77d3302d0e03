"""What people do with repositories."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.ext.asyncio import AsyncSession

from boatyard.catalog.access.rules import verbs_on
from boatyard.catalog.accounts import store as accounts
from boatyard.catalog.repositories import store
from boatyard.catalog.repositories.models import Repository
from boatyard.catalog.repositories.schemas import NewRepository, RepositoryChange
from boatyard.shared.access import RepositoryAccess
from boatyard.shared.db import UnitOfWork
from boatyard.shared.errors import Conflict, Forbidden, Invalid, NotFound
from boatyard.shared.events import (
    Access,
    RepositoryCreated,
    RepositoryDeleted,
    RepositoryUpdated,
    Verb,
)


async def create(
    uow: UnitOfWork, access: Access, wish: NewRepository, *, now: dt.datetime
) -> tuple[Repository, frozenset[Verb]]:
    """Make a repository in a namespace where the caller may write; also, what they may do to it."""
    namespace = wish.namespace or _own_namespace(access)
    await _check_may_create(uow, access, namespace, wish.name)
    repository = Repository(
        namespace=namespace,
        name=wish.name,
        summary=wish.summary,
        details=wish.details,
        public=wish.public,
        continuous_build=wish.continuous_build,
        created_at=now,
        updated_at=now,
        created_by=access.username,
    )
    if not await add(uow, repository):
        raise await _taken(uow, namespace, wish.name)
    return repository, _verbs_in(access, repository.full_name, public=wish.public)


async def _taken(uow: UnitOfWork, namespace: str, name: str) -> Conflict:
    """What to tell somebody who wants a name that there is already."""
    there = await store.by_name(uow.session, namespace, name)
    if there is not None and there.deleting_at is not None:
        return Conflict(
            "repository-being-deleted",
            f"{there.full_name} is still being deleted: try again in a moment.",
        )
    return Conflict("repository-exists", f"There is a repository {namespace}/{name} already.")


async def add(uow: UnitOfWork, repository: Repository) -> bool:
    """Store a new repository and tell of it; False, and nothing is done, if there is one of its name."""
    if not await store.insert(uow.session, repository):
        return False
    uow.publish(
        RepositoryCreated(
            repository_id=repository.id,
            repository=repository.full_name,
            public=repository.public,
            created_by=repository.created_by,
            occurred_at=repository.created_at,
        )
    )
    return True


def _own_namespace(access: Access) -> str:
    """Where a repository goes if nothing is said: a person's own namespace, a robot's organization."""
    return (access.username or "").partition("+")[0]


async def _check_may_create(uow: UnitOfWork, access: Access, namespace: str, name: str) -> None:
    """NotFound or Forbidden if the caller may not; the namespace is held until the end otherwise."""
    may = Verb.PUSH in _verbs_in(access, f"{namespace}/{name}", public=False)
    if namespace in access.roles and not may:
        raise Forbidden("permission-missing", f"You may not make repositories in {namespace}.")
    if not may or await accounts.hold_namespace(uow.session, namespace) is None:
        raise NotFound("namespace-not-found", f"You have no namespace {namespace}.")


def _verbs_in(access: Access, repository: str, *, public: bool) -> frozenset[Verb]:
    """What the caller may do to a repository of that name."""
    return verbs_on(
        repository,
        public=public,
        role=access.roles.get(repository.partition("/")[0]),
        administrator=access.administrator,
        scopes=access.scopes,
    )


async def found(session: AsyncSession, access: RepositoryAccess) -> Repository:
    """The repository that a route's access check has found."""
    assert access.access.repository_id is not None  # noqa: S101 - `may` saw to it
    repository = await store.by_id(session, access.access.repository_id)
    if repository is None or repository.deleting_at is not None:
        raise gone(access)
    return repository


def gone(access: RepositoryAccess) -> NotFound:
    """What to tell somebody whose repository was deleted between the check and the act."""
    return NotFound("repository-not-found", f"There is no repository {access.repository} any more.")


def change(
    uow: UnitOfWork,
    repository: Repository,
    wish: RepositoryChange,
    *,
    by: str | None,
    now: dt.datetime,
) -> None:
    """Apply what is to change, and tell of it if anything did."""
    wishes = wish.model_dump(exclude_none=True)
    changed = tuple(name for name, value in wishes.items() if getattr(repository, name) != value)
    if not changed:
        return
    for name in changed:
        setattr(repository, name, wishes[name])
    repository.updated_at = now
    uow.session.add(repository)
    uow.publish(
        RepositoryUpdated(
            repository_id=repository.id,
            repository=repository.full_name,
            public=repository.public,
            summary=repository.summary,
            changed=changed,
            updated_by=by,
            occurred_at=now,
        )
    )


async def delete(
    uow: UnitOfWork, access: RepositoryAccess, *, confirm: str, now: dt.datetime
) -> None:
    """Delete a repository: it is gone for everybody now, and from the registry soon."""
    if confirm != access.repository:
        raise Invalid.field(
            "query.confirm", f"must repeat the repository's name, {access.repository}"
        )
    assert access.access.repository_id is not None  # noqa: S101 - `may` saw to it
    if not await store.mark_deleting(uow.session, access.access.repository_id, now=now):
        raise gone(access)
    uow.publish(
        RepositoryDeleted(
            repository_id=access.access.repository_id,
            repository=access.repository,
            deleted_by=access.access.username,
            occurred_at=now,
        )
    )
