"""Stores deliveries, many in one transaction.

A commit waits for the disk. While one is on its way those that arrive gather, and the next commit takes them
all, so that a storm of deliveries costs few commits and none waits for more than two.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from boatyard.github_gateway.inbound import store
from boatyard.github_gateway.inbound.envelope import Envelope, Letter, concerns, digest
from boatyard.github_gateway.inbound.models import DeliveryState
from boatyard.shared import tracing
from boatyard.shared.clock import Clock
from boatyard.shared.db import Database
from boatyard.shared.events import new_id

AT_ONCE = 256
GATHER_SECONDS = 0.004
"""How long the first of a batch waits for others: a commit costs more than many rows in it."""


class Taken(StrEnum):
    """What became of a delivery at the door."""

    ACCEPTED = "accepted"
    IGNORED = "ignored"
    """Its kind concerns nothing here; it is recorded."""
    DUPLICATE = "duplicate"
    """It was worked off already."""
    AGAIN = "again"
    """It is here, but not worked off: it is tried again."""
    REPLAYED = "replayed"
    """The same content was here under another guid."""


@dataclass(frozen=True)
class _Waiting:
    row: dict[str, Any]
    body: bytes | None
    answer: asyncio.Future[Taken]


class Intake:
    """Takes deliveries that were found to be GitHub's."""

    def __init__(self, database: Database, clock: Clock, ring: Callable[[], None]) -> None:
        self._database, self._clock, self._ring = database, clock, ring
        self._waiting: list[_Waiting] = []
        self._storing: asyncio.Task[None] | None = None

    async def take(self, envelope: Envelope, letter: Letter) -> Taken:
        """Store a delivery; it is on the disk when this returns."""
        answer: asyncio.Future[Taken] = asyncio.get_running_loop().create_future()
        row = intake_row(envelope, letter, self._clock.now())
        body = zlib.compress(letter.json, 1) if row["due_at"] is not None else None
        self._waiting.append(_Waiting(row, body, answer))
        if self._storing is None or self._storing.done():
            self._storing = asyncio.create_task(self._store())
        return await answer

    async def _store(self) -> None:
        while self._waiting:
            await asyncio.sleep(GATHER_SECONDS)
            batch, self._waiting = self._waiting[:AT_ONCE], self._waiting[AT_ONCE:]
            outcome: list[Taken] | Exception
            try:
                outcome = await self._commit(batch)
            except Exception as error:
                outcome = error
            _tell(batch, outcome)

    async def _commit(self, batch: list[_Waiting]) -> list[Taken]:
        rows = [waiting.row for waiting in batch]
        bodies = {it.row["id"]: it.body for it in batch if it.body is not None}
        async with self._database.unit_of_work() as uow:
            added = await store.add(uow.session, rows, bodies)
            others = [row for row in rows if row["guid"] not in added]
            known: list[tuple[str, str, str]] = []
            if others or len(rows) > len(added):
                known = await store.known(
                    uow.session, [r["guid"] for r in rows], [r["digest"] for r in rows]
                )
                await store.requeue(uow.session, _unfinished(others, known), now=self._clock.now())
            uow.after_commit.append(self._ring)
        return _answers(rows, added, known)


def _tell(batch: list[_Waiting], outcome: list[Taken] | Exception) -> None:
    """Answer everybody who still waits."""
    for number, waiting in enumerate(batch):
        if waiting.answer.done():
            continue
        if isinstance(outcome, Exception):
            waiting.answer.set_exception(outcome)
        else:
            waiting.answer.set_result(outcome[number])


def intake_row(envelope: Envelope, letter: Letter, now: dt.datetime) -> dict[str, Any]:
    """A delivery as it is stored first."""
    concerning = concerns(envelope.event, letter.action)
    return {
        "id": new_id(),
        "guid": envelope.guid,
        "digest": digest(envelope.event, letter.json),
        "event": envelope.event,
        "action": letter.action,
        "hook_id": envelope.hook_id,
        "project_id": letter.project_id,
        "state": DeliveryState.RECEIVED if concerning else DeliveryState.IGNORED,
        "reason": "" if concerning else "Nothing here depends on events of this kind.",
        "due_at": now if concerning else None,
        "claim_id": None,
        "trace": tracing.current(),
        "lease_until": None,
        "tries": 0,
        "times": 1,
        "received_at": now,
        "finished_at": None if concerning else now,
    }


def _unfinished(rows: list[dict[str, Any]], known: list[tuple[str, str, str]]) -> list[str]:
    """The stored guids that these rows ask for again and that are not worked off."""
    guids, digests = {row["guid"] for row in rows}, {row["digest"] for row in rows}
    return [
        guid
        for guid, its_digest, state in known
        if state in store.UNFINISHED and (guid in guids or its_digest in digests)
    ]


def _answers(
    rows: list[dict[str, Any]], added: set[str], known: list[tuple[str, str, str]]
) -> list[Taken]:
    states = {guid: state for guid, _, state in known}
    answers: list[Taken] = []
    for row in rows:
        state = states.get(row["guid"], row["state"])
        if row["guid"] in added:
            added.discard(row["guid"])  # a second one of that guid in the batch is no news
            ignored = row["state"] == DeliveryState.IGNORED
            answers.append(Taken.IGNORED if ignored else Taken.ACCEPTED)
        elif row["guid"] not in states:
            answers.append(Taken.REPLAYED)
        else:
            answers.append(Taken.AGAIN if state in store.UNFINISHED else Taken.DUPLICATE)
    return answers
