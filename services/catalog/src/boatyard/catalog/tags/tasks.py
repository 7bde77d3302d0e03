"""Reads from the registry what pushed images say of themselves."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import dataclass
from typing import Any

from boatyard.catalog.dependencies import CatalogState
from boatyard.catalog.repositories.models import Repository
from boatyard.catalog.tags import store
from boatyard.catalog.tags.models import ManifestRow
from boatyard.shared.logging import get_logger
from boatyard.shared.registry import Image, ManifestDetails, ManifestUnreadable, RegistryError
from boatyard.shared.service import Task
from boatyard.shared.waiting import wait_for_any, wait_for_event

AT_ONCE = 4
BATCH, FEW = 64, 4
"""How many are described together, and how many while pushes come in: to read an image costs the registry and
us more than to take in its push, for which somebody may wait."""
LATE = dt.timedelta(seconds=30)
"""Images that have waited for so long wait for no push any more."""
POLL_SECONDS = 2.0
BREATH_SECONDS = 0.25
"""In which others gather that are described together with the next."""
PAUSES = (1, 2, 5, 15, 60, 300, 600)
"""Seconds until the registry is asked again, after each failure; it is never given up."""
_log = get_logger("catalog")


def tasks(state: CatalogState) -> list[Task]:
    """The describing of images."""

    async def run(stop: asyncio.Event) -> None:
        done = Round(0, dt.timedelta())
        while not stop.is_set():
            state.arrivals.undescribed.clear()
            limit = FEW if state.arrivals.busy and done.waited < LATE else BATCH
            done = await describe_due(state, limit=limit)
            await wait_for_event(stop, BREATH_SECONDS)
            if done.count < limit:
                await wait_for_any((state.arrivals.undescribed, stop), POLL_SECONDS)

    return [Task("catalog describes images", run)]


@dataclass(frozen=True)
class Round:
    """How many images were described together, and how long the first of them had waited."""

    count: int
    waited: dt.timedelta


async def describe_due(state: CatalogState, *, limit: int = BATCH) -> Round:
    """Describe the images whose turn it is, those that have waited longest."""
    now = state.clock.now()
    async with state.database.reading() as session:
        due = await store.to_describe(session, now=now, limit=limit)
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(manifest: ManifestRow, repository: Repository) -> dict[str, Any]:
        async with slots:
            return await _describe(state, manifest, repository)

    learnt = await asyncio.gather(*(one(manifest, repository) for manifest, repository in due))
    if due:
        async with state.database.unit_of_work() as uow:
            for (manifest, _), values in zip(due, learnt, strict=True):
                await store.update_manifest(
                    uow.session, manifest.repository_id, manifest.digest, values
                )
    first = due[0][0].due_at if due else None
    return Round(len(due), now - (first or now))


async def _describe(
    state: CatalogState, manifest: ManifestRow, repository: Repository
) -> dict[str, Any]:
    """What to write down about one image."""
    try:
        details = await state.registry.describe(
            repository.full_name, manifest.digest, known=_known(manifest)
        )
    except ManifestUnreadable as reason:
        _log.info("image_unreadable", digest=manifest.digest, reason=str(reason))
        return {"due_at": None}
    except RegistryError as error:
        pause = PAUSES[min(manifest.tries, len(PAUSES) - 1)]
        _log.info("describing_waits", digest=manifest.digest, reason=type(error).__name__)
        again = state.clock.now() + dt.timedelta(seconds=pause)
        return {"due_at": again, "tries": manifest.tries + 1}
    if details is None:
        return {"due_at": None, "gone": True}
    return {"due_at": None, **_columns(details)}


def _known(manifest: ManifestRow) -> Image | None:
    """What the registry said of an image when it was pushed."""
    if manifest.config_digest is None or manifest.config_size is None or manifest.size is None:
        return None
    return Image(manifest.config_digest, manifest.config_size, manifest.size)


def _columns(details: ManifestDetails) -> dict[str, Any]:
    return {
        "size": details.size,
        "platforms": [vars(platform) for platform in details.platforms],
        "labels": details.labels,
        "image_created_at": details.created,
    }
