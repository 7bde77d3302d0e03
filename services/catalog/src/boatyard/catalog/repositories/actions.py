"""What people do with repositories."""

from __future__ import annotations

import datetime as dt

from boatyard.catalog.access.rules import ROLE_VERBS, scope_verbs
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
) -> Repository:
    """Make a repository in a namespace where the caller may write."""
    namespace = wish.namespace or _own_namespace(access)
    await _check_may_create(uow, access, namespace, wish.name)
    taken = await store.by_name(uow.session, namespace, wish.name)
    if taken is not None:
        still = taken.deleting_at is not None
        raise Conflict(
            "repository-exists",
            f"{taken.full_name} is still being deleted: try again in a moment."
            if still
            else f"There is a repository {taken.full_name} already.",
        )
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
    add(uow, repository)
    return repository


def add(uow: UnitOfWork, repository: Repository) -> None:
    """Store a new repository and tell of it."""
    uow.session.add(repository)
    uow.publish(
        RepositoryCreated(
            repository_id=repository.id,
            repository=repository.full_name,
            public=repository.public,
            created_by=repository.created_by,
            occurred_at=repository.created_at,
        )
    )


def _own_namespace(access: Access) -> str:
    """Where a repository goes if nothing is said: a person's own namespace, a robot's organization."""
    return (access.username or "").partition("+")[0]


async def _check_may_create(uow: UnitOfWork, access: Access, namespace: str, name: str) -> None:
    role = access.roles.get(namespace)
    verbs = frozenset(Verb) if access.administrator else ROLE_VERBS[role] if role else frozenset()
    if access.scopes is not None:
        verbs &= scope_verbs(access.scopes, f"{namespace}/{name}")
    if Verb.PUSH in verbs:
        if await accounts.namespace(uow.session, namespace):
            return
        verbs = frozenset()
    if role is None:
        raise NotFound("namespace-not-found", f"You have no namespace {namespace}.")
    raise Forbidden("permission-missing", f"You may not make repositories in {namespace}.")


async def found(uow: UnitOfWork, access: RepositoryAccess) -> Repository:
    """The repository that a route's access check has found."""
    assert access.access.repository_id is not None  # noqa: S101 - `may` saw to it
    repository = await store.by_id(uow.session, access.access.repository_id)
    if repository is None or repository.deleting_at is not None:
        raise NotFound(
            "repository-not-found", f"There is no repository {access.repository} any more."
        )
    return repository


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


def delete(
    uow: UnitOfWork, repository: Repository, *, confirm: str, by: str | None, now: dt.datetime
) -> None:
    """Delete a repository: it is gone for everybody now, and from the registry soon."""
    if confirm != repository.full_name:
        raise Invalid.field(
            "query.confirm", f"must repeat the repository's name, {repository.full_name}"
        )
    repository.deleting_at = now
    uow.session.add(repository)
    uow.publish(
        RepositoryDeleted(
            repository_id=repository.id,
            repository=repository.full_name,
            deleted_by=by,
            occurred_at=now,
        )
    )
