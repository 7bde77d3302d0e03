"""The SQL of tags, their history and the images behind them.

The statements that each push needs are put together once: that takes longer than to run them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from boatyard.catalog.keyset import Order, plan_anew
from boatyard.catalog.repositories.models import Repository
from boatyard.catalog.tags.changes import Change, Key, Push
from boatyard.catalog.tags.models import ManifestRow, Tag, TagChange
from boatyard.shared.db import INSERTS
from boatyard.shared.events import TagPushed
from boatyard.shared.oci import is_referrer_tag

Described = tuple[Tag, ManifestRow]

_SORTS: dict[str, tuple[Any, ...]] = {
    "name": (col(Tag.name),),
    "pushed": (col(Tag.pushed_at), col(Tag.name)),
    "pulls": (col(Tag.pull_count), col(Tag.name)),
}

_TAGS, _CHANGES, _MANIFESTS = (
    Tag.metadata.tables[name] for name in ("tag", "tag_change", "manifest")
)
_KEYS: sa.BindParameter[Any] = sa.bindparam("keys", expanding=True)
_NEWEST = (
    sa.select(_CHANGES.c.repository_id, _CHANGES.c.tag, sa.func.max(_CHANGES.c.sequence))
    .where(sa.tuple_(_CHANGES.c.repository_id, _CHANGES.c.tag).in_(_KEYS))
    .group_by(_CHANGES.c.repository_id, _CHANGES.c.tag)
)
_ADD_CHANGES = {
    dialect: insert(_CHANGES)
    .on_conflict_do_nothing()
    .returning(_CHANGES.c.repository_id, _CHANGES.c.tag, _CHANGES.c.sequence)
    for dialect, insert in INSERTS.items()
}


def _add_manifests(insert: Any) -> Any:
    adding = insert(_MANIFESTS)
    return adding.on_conflict_do_update(
        index_elements=[_MANIFESTS.c.repository_id, _MANIFESTS.c.digest],
        set_={"gone": False, "due_at": adding.excluded.due_at, "tries": 0},
        where=_MANIFESTS.c.gone.is_(True),
    )


_ADD_MANIFESTS = {dialect: _add_manifests(insert) for dialect, insert in INSERTS.items()}
_THESE_TAGS = sa.tuple_(_TAGS.c.repository_id, _TAGS.c.name).in_(_KEYS)
_EXISTING = sa.select(_TAGS.c.repository_id, _TAGS.c.name).where(_THESE_TAGS)
_REMOVE = sa.delete(_TAGS).where(_THESE_TAGS).returning(_TAGS.c.repository_id, _TAGS.c.name)
_MOVE = (
    sa.update(_TAGS)
    .where(
        _TAGS.c.repository_id == sa.bindparam("of_repository"),
        _TAGS.c.name == sa.bindparam("of_tag"),
    )
    .values(
        {
            name: sa.bindparam(name)
            for name in ("digest", "sequence", "pushed_at", "pushed_by", "origin")
        }
    )
)
_ENTER = sa.insert(_TAGS)


_TO_DESCRIBE = (
    sa.select(ManifestRow, Repository)
    .join(Repository, col(Repository.id) == col(ManifestRow.repository_id))
    .where(col(ManifestRow.due_at) <= sa.bindparam("now"), col(Repository.deleting_at).is_(None))
    .order_by(col(ManifestRow.due_at))
    .limit(sa.bindparam("most"))
)


def _with_manifest() -> sa.Select[Tag, ManifestRow]:
    same = sa.and_(
        col(ManifestRow.repository_id) == col(Tag.repository_id),
        col(ManifestRow.digest) == col(Tag.digest),
    )
    return sa.select(Tag, ManifestRow).join(ManifestRow, same)


async def listed(
    session: AsyncSession,
    repository_id: UUID,
    *,
    query: str,
    sort: str,
    cursor: str | None,
    limit: int,
) -> tuple[Sequence[Described], str | None]:
    """A page of tags with their images, and the cursor of the next."""
    order = Order.named(sort, _SORTS)
    wanted = sa.select(Tag).where(col(Tag.repository_id) == repository_id, ~col(Tag.hidden))
    if query:
        wanted = wanted.where(_matches(query))
    if cursor is not None:
        wanted = wanted.where(order.after(cursor))
    await plan_anew(session)
    rows = (await session.execute(wanted.order_by(*order.by()).limit(limit + 1))).scalars().all()
    page = await _described(session, repository_id, rows[:limit])
    return page, order.cursor(rows[limit - 1]) if len(rows) > limit else None


async def _described(
    session: AsyncSession, repository_id: UUID, tags: Sequence[Tag]
) -> list[Described]:
    """Tags with their images, asked for apart: with a join PostgreSQL may sort all tags for one page."""
    found = await session.execute(
        sa.select(ManifestRow).where(
            col(ManifestRow.repository_id) == repository_id,
            col(ManifestRow.digest).in_({tag.digest for tag in tags}),
        )
    )
    manifests = {manifest.digest: manifest for manifest in found.scalars()}
    return [(tag, manifests[tag.digest]) for tag in tags if tag.digest in manifests]


def _matches(query: str) -> sa.ColumnElement[bool]:
    """That a tag contains the text, or matches it if it has `*` or `?`."""
    name = sa.func.lower(col(Tag.name))
    lowered = query.lower()
    if "*" not in query and "?" not in query:
        return name.contains(lowered, autoescape=True)
    escaped = "".join("\\" + c if c in "%_\\" else c for c in lowered)
    return name.like(escaped.replace("*", "%").replace("?", "_"), escape="\\")


async def read(session: AsyncSession, repository_id: UUID, name: str) -> Described | None:
    """A tag with its image."""
    found = await session.execute(
        _with_manifest().where(col(Tag.repository_id) == repository_id, col(Tag.name) == name)
    )
    row = found.first()
    return (row[0], row[1]) if row else None


async def tag(session: AsyncSession, repository_id: UUID, name: str) -> Tag | None:
    """A tag."""
    return await session.get(Tag, (repository_id, name))


async def set_remark(session: AsyncSession, repository_id: UUID, name: str, remark: str) -> bool:
    """Write a remark on a tag; False if it is gone."""
    found = await session.execute(
        sa.update(Tag)
        .where(col(Tag.repository_id) == repository_id, col(Tag.name) == name)
        .values(remark=remark)
        .returning(col(Tag.name))
    )
    return found.first() is not None


async def any_left(session: AsyncSession, repository_id: UUID) -> bool:
    """Whether a repository has a tag."""
    found = await session.execute(
        sa.select(col(Tag.name)).where(col(Tag.repository_id) == repository_id).limit(1)
    )
    return found.first() is not None


async def history(
    session: AsyncSession, repository_id: UUID, name: str, *, before: int | None, limit: int
) -> Sequence[TagChange]:
    """A tag's changes, the newest first."""
    wanted = (
        sa.select(TagChange)
        .where(col(TagChange.repository_id) == repository_id, col(TagChange.tag) == name)
        .order_by(col(TagChange.sequence).desc())
        .limit(limit)
    )
    if before is not None:
        wanted = wanted.where(col(TagChange.sequence) < before)
    return (await session.execute(wanted)).scalars().all()


async def digests(session: AsyncSession, repository_id: UUID) -> set[str]:
    """Every image that the registry may hold of a repository, those that an index lists too."""
    found = await session.execute(
        sa.select(col(ManifestRow.digest), col(ManifestRow.platforms)).where(
            col(ManifestRow.repository_id) == repository_id, ~col(ManifestRow.gone)
        )
    )
    return {
        digest
        for top, platforms in found
        for digest in (top, *(platform["digest"] for platform in platforms))
    }


async def all_gone(session: AsyncSession, repository_id: UUID) -> None:
    """Note that the registry holds none of a repository's images any more."""
    await session.execute(
        sa.update(ManifestRow)
        .where(col(ManifestRow.repository_id) == repository_id)
        .values(gone=True, due_at=None)
    )


async def was(session: AsyncSession, repository_id: UUID, name: str, digest: str) -> bool:
    """Whether a tag ever pointed at a digest."""
    found = await session.execute(
        sa.select(col(TagChange.sequence))
        .where(
            col(TagChange.repository_id) == repository_id,
            col(TagChange.tag) == name,
            col(TagChange.digest) == digest,
        )
        .limit(1)
    )
    return found.first() is not None


async def newest_changes(session: AsyncSession, keys: Collection[Key]) -> dict[Key, int]:
    """The sequence of the newest change of each of these tags that the history has."""
    connection = await session.connection()
    found = await connection.execute(_NEWEST, {"keys": sorted(keys)})
    return {(repository_id, tag): sequence for repository_id, tag, sequence in found}


async def add_changes(session: AsyncSession, changes: Sequence[Change]) -> set[tuple[Any, ...]]:
    """Enter changes in the history; which were not there, as repository, tag and sequence."""
    connection = await session.connection()
    added = await connection.execute(
        _ADD_CHANGES[connection.dialect.name], [_history_row(change) for change in changes]
    )
    return {tuple(row) for row in added}


def _history_row(change: Change) -> dict[str, Any]:
    event = change.event
    kind, by = (
        ("pushed", event.pushed_by)
        if isinstance(event, TagPushed)
        else ("deleted", event.deleted_by)
    )
    return {
        "repository_id": change.repository_id,
        "tag": event.tag,
        "sequence": event.sequence,
        "kind": kind,
        "digest": event.digest,
        "at": event.occurred_at,
        "by": by,
        "origin": event.origin,
    }


async def add_manifests(session: AsyncSession, pushes: Sequence[Push], *, now: dt.datetime) -> None:
    """Note that images are to be described; one that was gone is back."""
    connection = await session.connection()
    rows = [_manifest_row(push.repository_id, push.event, now) for push in pushes]
    await connection.execute(_ADD_MANIFESTS[connection.dialect.name], rows)


def _manifest_row(repository_id: UUID, event: TagPushed, now: dt.datetime) -> dict[str, Any]:
    image = event.image
    return {
        "repository_id": repository_id,
        "digest": event.digest,
        "media_type": event.media_type[:128],
        "config_digest": image.config if image else None,
        "config_size": image.config_size if image else None,
        "size": image.size if image else None,
        "platforms": [],
        "labels": {},
        "gone": False,
        "due_at": now,
        "tries": 0,
    }


async def existing(session: AsyncSession, keys: Collection[Key]) -> set[Key]:
    """Which of these tags there are."""
    connection = await session.connection()
    found = await connection.execute(_EXISTING, {"keys": sorted(keys)})
    return {(repository_id, name) for repository_id, name in found}


async def point(
    session: AsyncSession, pointing: Mapping[Key, TagPushed], *, entered: Collection[Key]
) -> None:
    """Have tags point at images; those to be `entered` are not there yet."""
    connection = await session.connection()
    moved = [
        {"of_repository": key[0], "of_tag": key[1], **_pushed(event)}
        for key, event in pointing.items()
        if key not in entered
    ]
    if moved:
        await connection.execute(_MOVE, moved)
    new = [_new_tag(*key, pointing[key]) for key in sorted(entered)]
    if new:
        await connection.execute(_ENTER, new)


def _pushed(event: TagPushed) -> dict[str, Any]:
    return {
        "digest": event.digest,
        "sequence": event.sequence,
        "pushed_at": event.occurred_at,
        "pushed_by": event.pushed_by,
        "origin": event.origin,
    }


def _new_tag(repository_id: UUID, name: str, event: TagPushed) -> dict[str, Any]:
    of_new_ones = {"remark": "", "pull_count": 0, "hidden": is_referrer_tag(name)}
    return {"repository_id": repository_id, "name": name, **_pushed(event), **of_new_ones}


async def remove(session: AsyncSession, keys: Collection[Key]) -> set[Key]:
    """Remove tags; which there were."""
    connection = await session.connection()
    removed = await connection.execute(_REMOVE, {"keys": sorted(keys)})
    return {(repository_id, name) for repository_id, name in removed}


async def count_pull(
    session: AsyncSession, repository_id: UUID, *, name: str | None, digest: str, at: dt.datetime
) -> bool:
    """Count a pull: of the tag if one was named, else of every tag that points at the digest.

    Whether there was any: a platform of an image is pulled along with it and counts no more.
    """
    which = col(Tag.name) == name if name else col(Tag.digest) == digest
    counted = await session.execute(
        sa.update(Tag)
        .where(col(Tag.repository_id) == repository_id, which)
        .values(pull_count=col(Tag.pull_count) + 1, last_pulled_at=at)
        .returning(col(Tag.name))
    )
    if counted.first() is None:
        return False
    await session.execute(
        sa.update(Repository)
        .where(col(Repository.id) == repository_id)
        .values(pull_count=col(Repository.pull_count) + 1)
    )
    return True


async def to_describe(
    session: AsyncSession, *, now: dt.datetime, limit: int
) -> Sequence[tuple[ManifestRow, Repository]]:
    """Images whose turn it is to be described, with their repositories."""
    found = await session.execute(_TO_DESCRIBE, {"now": now, "most": limit})
    return [(row[0], row[1]) for row in found]


async def update_manifest(
    session: AsyncSession, repository_id: UUID, digest: str, values: dict[str, Any]
) -> None:
    """Write down what an image says of itself, or when to ask again."""
    connection = await session.connection()
    await connection.execute(
        _update_manifest(frozenset(values)),
        {"of_repository": repository_id, "of_digest": digest, **values},
    )


@cache
def _update_manifest(names: frozenset[str]) -> Any:
    return (
        sa.update(_MANIFESTS)
        .where(
            _MANIFESTS.c.repository_id == sa.bindparam("of_repository"),
            _MANIFESTS.c.digest == sa.bindparam("of_digest"),
        )
        .values({name: sa.bindparam(name) for name in names})
    )
