"""What people do with tags."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from boatyard.catalog.dependencies import CatalogState
from boatyard.catalog.tags import store
from boatyard.catalog.tags.store import Described
from boatyard.shared.db import UnitOfWork
from boatyard.shared.errors import Gone, Invalid, NotFound, Unavailable
from boatyard.shared.oci import NameFault, check_tag
from boatyard.shared.registry import ManifestGone, RegistryError

POLL_SECONDS = 0.1


async def found(session: AsyncSession, repository_id: UUID, name: str) -> Described:
    """A tag with its image; NotFound if there is none."""
    described = await store.read(session, repository_id, name) if _is_legal(name) else None
    if described is None:
        raise NotFound("tag-not-found", f"There is no tag {name[:128]!r} here.")
    return described


async def remark(uow: UnitOfWork, repository_id: UUID, name: str, text: str) -> Described:
    """Write a remark on a tag; NotFound if there is none of that name."""
    if _is_legal(name):
        await store.set_remark(uow.session, repository_id, name, text)
    return await found(uow.session, repository_id, name)


def legal_tag(name: str) -> str:
    """The name, if it can be a tag's; NotFound otherwise."""
    if not _is_legal(name):
        raise NotFound("tag-not-found", f"There is no tag {name[:128]!r} here.")
    return name


def _is_legal(name: str) -> bool:
    try:
        check_tag(name)
    except NameFault:
        return False
    return True


async def delete(
    state: CatalogState, repository_id: UUID, repository: str, name: str, *, by: str
) -> bool:
    """Delete a tag in the registry; whether the news of it has come back already."""
    async with state.database.reading() as session:
        await found(session, repository_id, name)
    async with _registry_problems():
        await state.registry.delete_tag(repository, name, actor=by)

    async def gone(session: AsyncSession) -> bool:
        return await store.tag(session, repository_id, name) is None

    return await _arrives(state, gone)


async def restore(
    state: CatalogState, repository_id: UUID, repository: str, name: str, digest: str, *, by: str
) -> bool:
    """Point a tag at a digest of its history again; whether the news of it has come back already."""
    async with state.database.reading() as session:
        if not await store.was(session, repository_id, legal_tag(name), digest):
            raise Invalid.field("body.digest", f"is not in the history of the tag {name}")
    async with _registry_problems():
        manifest = await state.registry.manifest(repository, digest)
        if manifest is None:
            raise ManifestGone
        await state.registry.put_tag(repository, name, manifest, actor=by)

    async def points(session: AsyncSession) -> bool:
        tag = await store.tag(session, repository_id, name)
        return tag is not None and tag.digest == digest

    return await _arrives(state, points)


async def _arrives(
    state: CatalogState, condition: Callable[[AsyncSession], Awaitable[bool]]
) -> bool:
    """Wait until the news of what was done has come back, so that a client reads its own write."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + state.settings.news_wait_seconds
    while True:
        async with state.database.reading() as session:
            if await condition(session):
                return True
        if loop.time() >= deadline:
            return False
        await state.arrivals.wait(POLL_SECONDS)


@asynccontextmanager
async def _registry_problems() -> AsyncIterator[None]:
    """Turn what the registry port raises into problems for a client."""
    try:
        yield
    except ManifestGone as error:
        raise Gone(
            "manifest-gone", "The registry does not have this image, or a part of it, any more."
        ) from error
    except RegistryError as error:
        raise Unavailable(
            "registry-unreachable", "The registry can't be reached now. Try again in a moment."
        ) from error
