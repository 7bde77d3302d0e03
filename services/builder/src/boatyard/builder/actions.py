"""What happens to builds: accepted, taken, ended, canceled, superseded, tried again.

Every one of these takes the transaction it is part of. Who must hear of it is told after the commit.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from boatyard.builder import fences, store
from boatyard.builder.bells import Bell
from boatyard.builder.models import MAX_GROUP, MAX_NAME, MAX_REF, MAX_TEXT, Build
from boatyard.builder.reasons import USERS, Reason, sentence
from boatyard.builder.states import BUILDING, ENDED, QUEUED, may_become
from boatyard.shared import tracing
from boatyard.shared.bus.inbox import Reject
from boatyard.shared.db import UnitOfWork
from boatyard.shared.errors import Conflict
from boatyard.shared.events import (
    BuildCause,
    BuildFinished,
    BuildImage,
    BuildQueued,
    BuildRecipe,
    BuildSource,
    BuildStarted,
    BuildStatus,
    new_id,
)

AUTOMATIC = frozenset({BuildCause.PUSH, BuildCause.RECONCILE})
"""Builds that nobody asked for by hand: of these only the newest of a group counts."""


@dataclass(frozen=True, kw_only=True)
class Queue:
    """Where workers of this process listen: for builds that wait, and for builds that are to stop."""

    waiting: Bell = field(default_factory=Bell)
    stopping: Bell = field(default_factory=Bell)


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How a build ends."""

    status: BuildStatus
    reason: Reason | None = None
    detail: str = ""
    digest: str | None = None
    tags: tuple[str, ...] = ()

    @classmethod
    def because(cls, status: BuildStatus, reason: Reason, **values: str) -> Ending:
        """An ending with the sentence of its reason."""
        return cls(status=status, reason=reason, detail=sentence(reason, **values))

    def columns(self) -> dict[str, Any]:
        """What is written down of it."""
        return {
            "status": self.status,
            "reason": self.reason,
            "detail": self.detail[:MAX_TEXT],
            "digest": self.digest,
            "pushed_tags": list(self.tags),
            "user_error": self.reason in USERS,
            "phase": None,
            "due_at": None,
        }


def facts(build: Build) -> dict[str, Any]:
    """What every message about a build says of it."""
    return {
        "build_id": build.id,
        "number": build.number,
        "repository_id": build.repository_id,
        "repository": build.repository,
        "rule_id": build.rule_id,
        "group": build.build_group,
        "order": build.push_order,
        "tags": tuple(build.tags),
        "source": BuildSource.model_validate(build.source),
        "cause": BuildCause(build.cause),
        "caused_by": build.caused_by,
        "trace": build.trace,
    }


async def accept(uow: UnitOfWork, queue: Queue, command: BuildImage, *, now: dt.datetime) -> None:
    """Enter a build and let it wait, or supersede it if a newer push of its group is here already."""
    if await store.exists(uow.session, command.id):
        return
    if len(command.group) > MAX_GROUP:
        raise Reject(f"the group has more than {MAX_GROUP} characters")
    build = Build(
        id=command.id,
        due_at=now,
        queued_at=now,
        repository_id=command.repository_id,
        repository=command.repository,
        namespace=command.repository.partition("/")[0],
        number=await store.next_number(uow.session, command.repository_id),
        rule_id=command.rule_id,
        build_group=command.group,
        ref=command.source.ref[:MAX_REF],
        push_order=command.order,
        tags=list(dict.fromkeys(command.tags)),
        source=command.source.model_dump(mode="json"),
        recipe=command.recipe.model_dump(mode="json"),
        cause=command.cause,
        caused_by=command.caused_by[:MAX_NAME] if command.caused_by else None,
        trace=tracing.current(),
    )
    await store.add(uow.session, build)
    uow.publish(BuildQueued(occurred_at=now, **facts(build)))
    uow.after_commit.append(queue.waiting.ring)
    if command.cause in AUTOMATIC and await store.newer_in_group(
        uow.session, command.group, command.order
    ):
        newer = Ending.because(BuildStatus.SUPERSEDED, Reason.NEWER_PUSH)
        await _end_queued(uow, col(Build.id) == build.id, newer, now=now)
        return
    await _supersede_older(uow, queue, command, now=now)


async def _supersede_older(
    uow: UnitOfWork, queue: Queue, command: BuildImage, *, now: dt.datetime
) -> None:
    older = sa.and_(col(Build.build_group) == command.group, col(Build.push_order) < command.order)
    newer = Ending.because(BuildStatus.SUPERSEDED, Reason.NEWER_PUSH)
    await _end_queued(uow, older, newer, now=now)
    if command.supersede_running:
        await _ask_to_stop(uow, queue, older, newer)


async def cancel_group(
    uow: UnitOfWork, queue: Queue, group: str, detail: str, *, now: dt.datetime
) -> None:
    """Cancel what waits or runs of a group."""
    ending = Ending.because(BuildStatus.CANCELED, Reason.REF_GONE, detail=detail)
    await _end_queued(uow, col(Build.build_group) == group, ending, now=now)
    await _ask_to_stop(uow, queue, col(Build.build_group) == group, ending)


async def forget_repository(
    uow: UnitOfWork, queue: Queue, repository_id: UUID, *, now: dt.datetime
) -> None:
    """Cancel the builds of a repository that was deleted, and let the records go."""
    ending = Ending.because(BuildStatus.CANCELED, Reason.REPOSITORY_GONE)
    its = col(Build.repository_id) == repository_id
    await _end_queued(uow, its, ending, now=now)
    await _ask_to_stop(uow, queue, its, ending)
    await store.mark_gone(uow.session, repository_id)
    await fences.forget(uow.session, repository_id)


async def cancel(uow: UnitOfWork, queue: Queue, id: UUID, *, by: str, now: dt.datetime) -> Build:
    """Cancel a build: at once if it waits, else as soon as its worker has stopped.

    Conflict if it has ended or its image is being pushed: what is canceled never pushes.
    """
    build = await store.locked(uow.session, id)
    assert build is not None  # noqa: S101 - the caller has just read it
    if BuildStatus(build.status) in ENDED:
        raise Conflict("build-ended", f"Build {build.number} has ended already: {build.status}.")
    if build.push_began:
        raise Conflict(
            "build-pushes", f"Build {build.number} pushes its image already: it is too late."
        )
    ending = Ending.because(BuildStatus.CANCELED, Reason.CANCELED, by=by)
    this = col(Build.id) == id
    if not await _end_queued(uow, this, ending, now=now):
        await _ask_to_stop(uow, queue, this, ending)
    found = await store.locked(uow.session, id)
    assert found is not None  # noqa: S101 - it is locked
    return found


async def retry(uow: UnitOfWork, queue: Queue, old: Build, *, by: str, now: dt.datetime) -> Build:
    """Build again what has ended: the same commit by the same recipe, under a number of its own."""
    if BuildStatus(old.status) not in ENDED:
        raise Conflict("build-not-ended", f"Build {old.number} has not ended yet: {old.status}.")
    build = Build(
        id=new_id(),
        due_at=now,
        queued_at=now,
        number=await store.next_number(uow.session, old.repository_id),
        cause=BuildCause.RETRY,
        caused_by=by[:MAX_NAME],
        retry_of=old.number,
        trace=tracing.current(),
        **{
            name: getattr(old, name)
            for name in (
                *("repository_id", "repository", "namespace", "rule_id", "build_group", "ref"),
                *("push_order", "tags", "source", "recipe"),
            )
        },
    )
    await store.add(uow.session, build)
    uow.publish(BuildQueued(occurred_at=now, **facts(build)))
    uow.after_commit.append(queue.waiting.ring)
    return build


async def take(
    uow: UnitOfWork, *, now: dt.datetime, lease: dt.timedelta, per_namespace: int
) -> Build | None:
    """Take the build whose turn it is, and tell that it is under way; None if none waits."""
    build = await store.claim(uow.session, now=now, lease=lease, per_namespace=per_namespace)
    if build is None:
        return None
    assert build.claim_id is not None  # noqa: S101 - that is what claiming is
    seconds = dict(build.seconds)
    seconds.setdefault("queue", round((now - build.queued_at).total_seconds(), 3))
    values = {
        "status": BUILDING,
        "attempt": build.attempt + 1,
        "started_at": build.started_at or now,
        "seconds": seconds,
        "waits_for": "",
    }
    await store.update_held(uow.session, build.id, build.claim_id, values)
    taken = await store.locked(uow.session, build.id)
    assert taken is not None  # noqa: S101 - it is ours
    uow.publish(BuildStarted(occurred_at=now, attempt=taken.attempt, **facts(taken)))
    return taken


async def end(
    uow: UnitOfWork, held: Build, ending: Ending, *, seconds: dict[str, float], now: dt.datetime
) -> bool:
    """End a build that is held under a claim; False if it is so no more."""
    assert held.claim_id is not None  # noqa: S101 - that is what holding is
    values = {**ending.columns(), "seconds": {**held.seconds, **seconds}, "finished_at": now}
    ended = await store.finish(uow.session, held.id, held.claim_id, values)
    if ended is None:
        return False
    _tell_end(uow, ended, now=now)
    return True


async def put_back(
    uow: UnitOfWork, held: Build, *, why: str, due_at: dt.datetime, counted: bool
) -> bool:
    """Let a build wait again; `counted` tells whether it was an attempt. False if it is held no more."""
    assert held.claim_id is not None  # noqa: S101 - that is what holding is
    values = {
        "status": QUEUED,
        "phase": None,
        "due_at": due_at,
        "waits_for": why[:MAX_TEXT],
        "attempt": held.attempt if counted else held.attempt - 1,
    }
    return await store.finish(uow.session, held.id, held.claim_id, values) is not None


async def reap(
    uow: UnitOfWork, queue: Queue, build: Build, *, attempts: int, now: dt.datetime
) -> None:
    """Put a build back whose worker is gone, or end it: as it was asked to, or after too many attempts."""
    ending = asked_ending(build)
    if ending is None and build.attempt >= attempts:
        ending = Ending.because(BuildStatus.FAILED, Reason.WORKER_LOST, attempts=str(build.attempt))
    if ending is not None:
        if await end(uow, build, ending, seconds={}, now=now):
            await fences.release(uow.session, build.id)
        return
    why = "its worker vanished, and it is tried again"
    if await put_back(uow, build, why=why, due_at=now, counted=True):
        uow.after_commit.append(queue.waiting.ring)


def asked_ending(build: Build) -> Ending | None:
    """How a build was asked to end, if it was."""
    if build.stop_as is None:
        return None
    return Ending(
        status=BuildStatus(build.stop_as),
        reason=Reason(build.stop_reason) if build.stop_reason else None,
        detail=build.stop_detail,
    )


async def _end_queued(
    uow: UnitOfWork, which: sa.ColumnElement[bool], ending: Ending, *, now: dt.datetime
) -> bool:
    assert may_become(QUEUED, ending.status)  # noqa: S101 - the state machine says so
    values = {**ending.columns(), "finished_at": now}
    ended = await store.end_queued(uow.session, which, values)
    for build in ended:
        _tell_end(uow, build, now=now)
    return bool(ended)


async def _ask_to_stop(
    uow: UnitOfWork, queue: Queue, which: sa.ColumnElement[bool], ending: Ending
) -> None:
    values = {
        "stop_as": ending.status,
        "stop_reason": ending.reason,
        "stop_detail": ending.detail[:MAX_TEXT],
    }
    if await store.ask_to_stop(uow.session, which, values):
        uow.after_commit.append(queue.stopping.ring)


def _tell_end(uow: UnitOfWork, build: Build, *, now: dt.datetime) -> None:
    about = facts(build)
    if build.pushed_tags:
        about["tags"] = tuple(build.pushed_tags)
    uow.publish(
        BuildFinished(
            occurred_at=now,
            status=BuildStatus(build.status),
            digest=build.digest,
            reason=build.reason,
            detail=build.detail,
            user_error=build.user_error,
            started_at=build.started_at,
            seconds=build.seconds,
            **about,
        )
    )


def recipe_of(build: Build) -> BuildRecipe:
    """How a build is to be made."""
    return BuildRecipe.model_validate(build.recipe)


def source_of(build: Build) -> BuildSource:
    """What a build is made of."""
    return BuildSource.model_validate(build.source)
