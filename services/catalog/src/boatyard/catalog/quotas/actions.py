"""Use cases of quotas."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from boatyard.catalog.accounts import store as accounts
from boatyard.catalog.dependencies import CatalogState
from boatyard.catalog.quotas import store
from boatyard.shared.db import UnitOfWork
from boatyard.shared.errors import NotFound
from boatyard.shared.events import Access

GIB = 1024**3


async def allowed(state: CatalogState, session: AsyncSession, namespace: str) -> int | None:
    """How many bytes a namespace may keep; None if it may keep as many as it likes."""
    own = await store.quota(session, namespace)
    if own is not None:
        return own.max_bytes
    return int(state.settings.quota_gib * GIB) or None


async def why_full(state: CatalogState, session: AsyncSession, namespace: str) -> str | None:
    """Why nothing more can be pushed into a namespace, for a person to read; None if something can.

    It is looked at before a push, whose size nobody knows yet: a namespace may go beyond its quota by the
    images of one push.
    """
    limit = await allowed(state, session, namespace)
    if limit is None:
        return None
    used = (await store.usage(session, namespace)).bytes
    if used < limit:
        return None
    return (
        f"{namespace} keeps {_gib(used)} of the {_gib(limit)} GiB that it may: delete tags, "
        "or ask an administrator for more"
    )


def _gib(size: int) -> str:
    return f"{size / GIB:.1f}"


async def check_seen(session: AsyncSession, access: Access, namespace: str) -> None:
    """NotFound unless the caller belongs to a namespace, or administers this Boatyard and it is there."""
    if access.administrator:
        await _found(session, namespace)
    elif namespace not in access.roles:
        raise NotFound("namespace-not-found", f"There is no namespace {namespace} of yours.")


async def decide(uow: UnitOfWork, namespace: str, max_bytes: int | None) -> None:
    """Let a namespace keep so much, whatever the settings say."""
    await _found(uow.session, namespace)
    await store.put(uow.session, namespace, max_bytes)


async def forget(uow: UnitOfWork, namespace: str) -> None:
    """Let the settings say how much a namespace may keep."""
    await _found(uow.session, namespace)
    await store.delete(uow.session, namespace)


async def _found(session: AsyncSession, namespace: str) -> None:
    if await accounts.namespace(session, namespace) is None:
        raise NotFound("namespace-not-found", f"There is no namespace {namespace}.")
