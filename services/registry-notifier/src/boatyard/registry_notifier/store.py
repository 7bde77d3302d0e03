"""Every SQL statement of registry-notifier.

The three that each notification needs are put together once: that takes SQLAlchemy longer than to run them.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from boatyard.registry_notifier.models import SWEEP_ID, Instance, Received, Sweep, Tag
from boatyard.registry_notifier.position import NEVER, Position
from boatyard.shared import leases
from boatyard.shared.db import INSERTS, UtcDateTime, insert_of

_COLUMNS = (
    col(Tag.repository),
    col(Tag.tag),
    col(Tag.digest),
    col(Tag.media_type),
    col(Tag.sequence),
    col(Tag.as_of),
    col(Tag.placeholder),
)
_TAG, _RECEIVED = Tag.metadata.tables["tag"], Tag.metadata.tables["received"]
_RECEIVE = {
    dialect: insert(_RECEIVED).on_conflict_do_nothing().returning(_RECEIVED.c.id)
    for dialect, insert in INSERTS.items()
}
_LOCK = {
    dialect: insert(_TAG)
    .values(media_type="", sequence=0, as_of=NEVER)
    .on_conflict_do_update(
        index_elements=[_TAG.c.repository, _TAG.c.tag],
        set_={"repository": _TAG.c.repository},
    )
    .returning(*_COLUMNS)
    for dialect, insert in INSERTS.items()
}
_SAVE = sa.update(_TAG).where(
    _TAG.c.repository == sa.bindparam("of_repository"), _TAG.c.tag == sa.bindparam("of_tag")
)


async def first_receipt(
    session: AsyncSession, *, id: str, received_at: dt.datetime, occurred_at: dt.datetime
) -> bool:
    """Record that a notification is dealt with here; False if it was already."""
    connection = await session.connection()
    result = await connection.execute(
        _RECEIVE[connection.dialect.name],
        {"id": id, "received_at": received_at, "occurred_at": occurred_at},
    )
    return result.first() is not None


async def latest_receipt(session: AsyncSession) -> tuple[dt.datetime, dt.datetime] | None:
    """When the last notification came, and when what it told of had happened."""
    found = await session.execute(
        sa.select(col(Received.received_at), col(Received.occurred_at))
        .order_by(col(Received.received_at).desc())
        .limit(1)
    )
    row = found.first()
    return (row[0], row[1]) if row else None


async def forget_received(session: AsyncSession, *, before: dt.datetime) -> None:
    """Forget the notifications that came before a moment."""
    await session.execute(sa.delete(Received).where(col(Received.received_at) < before))


async def first_sight(session: AsyncSession, *, instance: str, now: dt.datetime) -> bool:
    """Record that a process of the registry was heard of; False if it was before."""
    result = await session.execute(
        insert_of(session)(Instance)
        .values(id=instance, seen_at=now)
        .on_conflict_do_nothing()
        .returning(col(Instance.id))
    )
    return result.first() is not None


async def forget_instances(session: AsyncSession, *, before: dt.datetime) -> None:
    """Forget the processes of the registry that were first heard of before a moment."""
    await session.execute(sa.delete(Instance).where(col(Instance.seen_at) < before))


async def lock(session: AsyncSession, repository: str, tag: str) -> Position:
    """What is known of a tag, held until the transaction ends; an unknown tag gets its row."""
    connection = await session.connection()
    found = await connection.execute(
        _LOCK[connection.dialect.name], {"repository": repository, "tag": tag}
    )
    return _position(found.one())


async def lock_pointing_at(session: AsyncSession, repository: str, digest: str) -> list[Position]:
    """The tags that point at a manifest, a placeholder too, held until the transaction ends."""
    found = await session.execute(
        sa.select(*_COLUMNS)
        .where(
            col(Tag.repository) == repository,
            sa.func.coalesce(col(Tag.placeholder), col(Tag.digest)) == digest,
        )
        .order_by(col(Tag.tag))
        .with_for_update()
    )
    return [_position(row) for row in found]


async def save(session: AsyncSession, position: Position) -> None:
    """Write what is known of a tag, whose row is locked."""
    connection = await session.connection()
    await connection.execute(
        _SAVE,
        {
            "of_repository": position.repository,
            "of_tag": position.tag,
            "digest": position.digest,
            "media_type": position.media_type,
            "sequence": position.sequence,
            "as_of": position.as_of,
            "placeholder": position.placeholder,
        },
    )


async def position(session: AsyncSession, repository: str, tag: str) -> Position:
    """What is known of a tag now; an empty position if nothing is."""
    found = await session.execute(
        sa.select(*_COLUMNS).where(col(Tag.repository) == repository, col(Tag.tag) == tag)
    )
    row = found.first()
    return _position(row) if row else Position(repository, tag)


async def positions(session: AsyncSession, repository: str) -> list[Position]:
    """Everything that is known of the tags of a repository, those that are gone too."""
    found = await session.execute(sa.select(*_COLUMNS).where(col(Tag.repository) == repository))
    return [_position(row) for row in found]


async def repositories_with_tags(session: AsyncSession) -> set[str]:
    """The repositories in which some tag is known to be there."""
    found = await session.execute(
        sa.select(col(Tag.repository)).where(col(Tag.digest).is_not(None)).distinct()
    )
    return set(found.scalars())


async def request_sweep(session: AsyncSession, *, now: dt.datetime) -> None:
    """Make a sweep due now; if one is under way, another one follows it."""
    await session.execute(
        insert_of(session)(Sweep)
        .values(id=SWEEP_ID, due_at=now, requests=1, **_NOTHING_SWEPT)
        .on_conflict_do_update(
            index_elements=[col(Sweep.id)],
            set_={"due_at": now, "requests": col(Sweep.requests) + 1},
        )
    )


async def claim_sweep(
    session: AsyncSession, *, now: dt.datetime, lease: dt.timedelta
) -> Sweep | None:
    """Take the sweep if it is due and nobody else has it."""
    candidates = sa.select(col(Sweep.id)).where(leases.free(Sweep, now=now))
    taken = await leases.claim(session, Sweep, candidates, now=now, lease=lease)
    return taken[0] if taken else None


async def finish_sweep(
    session: AsyncSession, claimed: Sweep, *, next_due: dt.datetime, values: dict[str, Any]
) -> bool:
    """Give the sweep back with what it found; it stays due if another was asked for meanwhile."""
    assert claimed.claim_id is not None  # noqa: S101 - claim_sweep gave it one
    asked_again = col(Sweep.requests) > claimed.requests
    due_at = sa.case((asked_again, col(Sweep.due_at)), else_=sa.literal(next_due, UtcDateTime()))
    return await leases.finish(
        session,
        Sweep,
        id=SWEEP_ID,
        claim_id=claimed.claim_id,
        values={"due_at": due_at, **values},
    )


async def sweep_row(session: AsyncSession) -> Sweep | None:
    """The row of the sweep, once one was asked for."""
    return (await session.execute(sa.select(Sweep))).scalar_one_or_none()


_NOTHING_SWEPT = {"failures": 0, "repositories": 0, "tags": 0, "changes": 0, "skipped": 0}


def _position(row: Any) -> Position:
    return Position(*row)
