"""The SQL of repositories and favourites."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from boatyard.catalog.keyset import Order, plan_anew
from boatyard.catalog.repositories.models import Favourite, Repository
from boatyard.shared.db import insert_of
from boatyard.shared.events import Access, Verb


@dataclass(frozen=True)
class Wanted:
    """Which repositories a list is to have, in which order."""

    query: str = ""
    namespace: str | None = None
    public: bool | None = None
    everyone: bool = False
    starred_by: UUID | None = None
    sort: str = "name"


def readable(access: Access) -> sa.ColumnElement[bool]:
    """That the caller may pull a repository."""
    given = sa.true() if access.administrator else _in_own_namespace(access)
    return sa.or_(col(Repository.public), sa.and_(given, _in_scope(access)))


def _own(access: Access) -> sa.ColumnElement[bool]:
    """That a repository is in one of the caller's namespaces, and within their token's scopes."""
    return sa.and_(_in_own_namespace(access), _in_scope(access))


def _in_own_namespace(access: Access) -> sa.ColumnElement[bool]:
    return col(Repository.namespace).in_(sorted(access.roles))


def _in_scope(access: Access) -> sa.ColumnElement[bool]:
    if access.scopes is None:
        return sa.true()
    covered = [_covered(scope.repository) for scope in access.scopes if Verb.PULL in scope.verbs]
    return sa.or_(sa.false(), *covered)


def _covered(pattern: str) -> sa.ColumnElement[bool]:
    if pattern == "*":
        return sa.true()
    namespace, _, name = pattern.partition("/")
    here = col(Repository.namespace) == namespace
    return here if name == "*" else sa.and_(here, col(Repository.name) == name)


async def listed(
    session: AsyncSession, access: Access, wanted: Wanted, *, cursor: str | None, limit: int
) -> tuple[Sequence[Repository], str | None]:
    """A page of repositories, and the cursor of the next."""
    order = Order.named(wanted.sort, _SORTS)
    query = sa.select(Repository).where(
        col(Repository.deleting_at).is_(None), *_conditions(access, wanted)
    )
    if cursor is not None:
        query = query.where(order.after(cursor))
    await plan_anew(session)
    rows = (await session.execute(query.order_by(*order.by()).limit(limit + 1))).scalars().all()
    page = rows[:limit]
    return page, order.cursor(page[-1]) if len(rows) > limit else None


def _conditions(access: Access, wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if wanted.starred_by is not None:
        starred = sa.select(col(Favourite.repository_id)).where(
            col(Favourite.account_id) == wanted.starred_by
        )
        conditions += [col(Repository.id).in_(starred), readable(access)]
    elif wanted.namespace is not None:
        conditions += [col(Repository.namespace) == wanted.namespace, readable(access)]
    else:
        conditions.append(col(Repository.public).is_(True) if wanted.everyone else _own(access))
    if wanted.public is not None:
        conditions.append(col(Repository.public) == wanted.public)
    if wanted.query:
        conditions.append(_text().like(_pattern(wanted.query), escape="\\"))
    return conditions


def _text() -> sa.ColumnElement[str]:
    """What is searched, written exactly as in the index of the migration 0002."""
    slash, space = sa.literal_column("'/'", sa.String()), sa.literal_column("' '", sa.String())
    whole = col(Repository.namespace) + slash + col(Repository.name) + space
    return sa.func.lower(whole + col(Repository.summary))


def _pattern(query: str) -> str:
    """The pattern of LIKE that finds a text as it is."""
    escaped = "".join("\\" + c if c in "%_\\" else c for c in query.lower())
    return f"%{escaped}%"


_SORTS: dict[str, tuple[Any, ...]] = {
    "name": (col(Repository.namespace), col(Repository.name)),
    "updated": (col(Repository.updated_at), col(Repository.id)),
    "created": (col(Repository.id),),  # ids are made in the order of time
    "pulls": (col(Repository.pull_count), col(Repository.id)),
    "stars": (col(Repository.star_count), col(Repository.id)),
}


_BY_NAME = sa.select(Repository).where(
    col(Repository.namespace) == sa.bindparam("namespace"),
    col(Repository.name) == sa.bindparam("name"),
)
_REPOSITORIES = Repository.metadata.tables["repository"]
_NAMES: sa.BindParameter[Any] = sa.bindparam("names", expanding=True)
_HOLD = (
    sa.select(_REPOSITORIES.c.namespace, _REPOSITORIES.c.name, _REPOSITORIES.c.id)
    .where(sa.tuple_(_REPOSITORIES.c.namespace, _REPOSITORIES.c.name).in_(_NAMES))
    .order_by(_REPOSITORIES.c.id)  # or two that hold several could wait for each other
    .with_for_update(key_share=True)
)
_NOTE_PUSH = (
    sa.update(_REPOSITORIES)
    .where(_REPOSITORIES.c.id == sa.bindparam("repository"))
    .values(
        last_pushed_at=sa.bindparam("at"),
        updated_at=sa.bindparam("at"),
        tag_count=_REPOSITORIES.c.tag_count + sa.bindparam("more", type_=sa.Integer),
    )
)
_COUNT_TAGS = (
    sa.update(_REPOSITORIES)
    .where(_REPOSITORIES.c.id == sa.bindparam("repository"))
    .values(tag_count=_REPOSITORIES.c.tag_count + sa.bindparam("more", type_=sa.Integer))
)
"""Put together once, as every push needs them."""


async def by_name(session: AsyncSession, namespace: str, name: str) -> Repository | None:
    """The repository of that name, also one that is being deleted."""
    found = await session.execute(_BY_NAME, {"namespace": namespace, "name": name})
    return found.scalar_one_or_none()


async def hold(session: AsyncSession, names: Collection[str]) -> dict[str, UUID]:
    """Which of these repositories there are, by their full names, also those that are being deleted.

    Nobody else changes them until the transaction ends.
    """
    connection = await session.connection()
    parts = [tuple(name.split("/", 1)) for name in sorted(names)]
    found = await connection.execute(_HOLD, {"names": parts})
    return {f"{namespace}/{name}": id for namespace, name, id in found}


async def note_pushes(
    session: AsyncSession, pushed_at: Mapping[UUID, dt.datetime], more: Mapping[UUID, int]
) -> None:
    """Remember when repositories were pushed to last, and by how many their tags have become more."""
    connection = await session.connection()
    pushes = [{"repository": id, "at": at, "more": more.get(id, 0)} for id, at in pushed_at.items()]
    if pushes:
        await connection.execute(_NOTE_PUSH, pushes)
    others = [
        {"repository": id, "more": count}
        for id, count in more.items()
        if count and id not in pushed_at
    ]
    if others:
        await connection.execute(_COUNT_TAGS, others)


async def insert(session: AsyncSession, repository: Repository) -> bool:
    """Store a new repository; False if there is one of its name."""
    insert = insert_of(session)
    added = await session.execute(
        insert(Repository)
        .values(**repository.model_dump())
        .on_conflict_do_nothing()
        .returning(col(Repository.id))
    )
    return added.first() is not None


async def mark_deleting(session: AsyncSession, id: UUID, *, now: dt.datetime) -> bool:
    """Note that a repository is to go; False if it was noted already."""
    marked = await session.execute(
        sa.update(Repository)
        .where(col(Repository.id) == id, col(Repository.deleting_at).is_(None))
        .values(deleting_at=now)
        .returning(col(Repository.id))
    )
    return marked.first() is not None


async def by_id(session: AsyncSession, id: UUID) -> Repository | None:
    """The repository with that id."""
    return await session.get(Repository, id)


async def being_deleted(session: AsyncSession) -> Sequence[Repository]:
    """The repositories that the registry still has to be rid of."""
    found = await session.execute(
        sa.select(Repository)
        .where(col(Repository.deleting_at).is_not(None))
        .order_by(col(Repository.deleting_at))
        .limit(100)
    )
    return found.scalars().all()


async def is_starred(session: AsyncSession, account_id: UUID | None, repository_id: UUID) -> bool:
    """Whether a repository is among an account's favourites."""
    if account_id is None:
        return False
    return await session.get(Favourite, (account_id, repository_id)) is not None


async def star(
    session: AsyncSession, account_id: UUID, repository_id: UUID, *, now: dt.datetime
) -> None:
    """Make it a favourite, if it is not one yet."""
    insert = insert_of(session)
    added = await session.execute(
        insert(Favourite)
        .values(account_id=account_id, repository_id=repository_id, created_at=now)
        .on_conflict_do_nothing()
        .returning(col(Favourite.repository_id))
    )
    if added.first() is not None:
        await _count_star(session, repository_id, 1)


async def unstar(session: AsyncSession, account_id: UUID, repository_id: UUID) -> None:
    """Make it a favourite no more."""
    removed = await session.execute(
        sa.delete(Favourite)
        .where(
            col(Favourite.account_id) == account_id,
            col(Favourite.repository_id) == repository_id,
        )
        .returning(col(Favourite.repository_id))
    )
    if removed.first() is not None:
        await _count_star(session, repository_id, -1)


async def _count_star(session: AsyncSession, repository_id: UUID, by: int) -> None:
    await session.execute(
        sa.update(Repository)
        .where(col(Repository.id) == repository_id)
        .values(star_count=col(Repository.star_count) + by)
    )
