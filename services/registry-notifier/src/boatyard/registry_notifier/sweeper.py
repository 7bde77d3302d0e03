"""Reads the registry and takes over what no notification told.

It holds no transaction while it reads. What it finds is applied through the same transaction as a
notification, and only if it was seen twice, some time apart, and no news of the tag came in between.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import TypeVar

from boatyard.registry_notifier import actions, store
from boatyard.registry_notifier.actions import Seen
from boatyard.registry_notifier.position import Doubtful, Position
from boatyard.registry_notifier.sweep import Difference, Findings, differences, is_settled
from boatyard.shared.clock import Clock
from boatyard.shared.db import Database
from boatyard.shared.logging import get_logger
from boatyard.shared.oci import INDEX_TYPES, NameFault, check_digest, check_repository, check_tag
from boatyard.shared.registry import (
    ManifestUnreadable,
    Registry,
    RegistryError,
    Resolved,
)
from boatyard.shared.registry.describe import is_placeholder

AT_ONCE = 8
"""Questions that the registry is asked at the same time."""
BATCH = 5000
"""Differences that are gathered before they are looked at again."""
TRIES = 5
QUIET_POLL_SECONDS = 0.1
MAX_QUIET_SECONDS = 30.0
"""The sweep waits no longer for notifications that may be on their way."""

EMPTY = (
    "it has no repository at all, but tags of it are known: is its storage in its place? "
    "If it was emptied on purpose, push any image, and they are taken for deleted"
)

_log = get_logger("registry-notifier")


class RegistryEmpty(RegistryError):
    """It lost everything, or more likely it looks for it in the wrong place."""


class Sweeper:
    """Finds and closes the gaps between the registry and what is known of it.

    `quiet` is how long a difference is left to a notification that may be on its way: only a notification
    knows who pushed.
    """

    def __init__(
        self, *, registry: Registry, database: Database, clock: Clock, quiet: dt.timedelta
    ) -> None:
        self._registry, self._database, self._clock = registry, database, clock
        self._quiet = quiet

    async def sweep(self) -> AsyncGenerator[Findings, None]:
        """Sweep everything, telling what was found part by part, so that the caller can stop in between.

        RegistryError if the registry can't be read. A part of it that can't is skipped and counted.
        """
        await self._registry.ping()
        pending: list[Difference] = []
        for names in _slices(await self._repositories(), AT_ONCE):
            surveys = await asyncio.gather(*map(self._survey, names))
            for findings, found in surveys:
                pending += found
                yield findings
            if len(pending) >= BATCH:
                yield await self._settle(pending)
                pending = []
        yield await self._settle(pending)

    async def check(self, doubt: Doubtful) -> Seen:
        """Ask the registry about a tag of which an old notification came; RegistryError if it can't be read."""
        for _ in range(TRIES):
            async with self._database.reading() as session:
                known = await store.position(session, doubt.repository, doubt.tag)
            look = await self._resolve(doubt.repository, doubt.tag, _expected(known))
            difference = Difference(
                doubt.repository, doubt.tag, known.sequence, look, self._clock.now()
            )
            seen = await self._apply(difference, doubt)
            if seen is not Seen.OVERTAKEN:
                return seen
        return Seen.OVERTAKEN

    async def _repositories(self) -> list[str]:
        """Those that the registry lists, and those that it should: a listing may lack what is there."""
        listed = {name async for name in self._registry.repositories()}
        async with self._database.reading() as session:
            known = await store.repositories_with_tags(session)
        if known and not listed:
            raise RegistryEmpty(EMPTY)
        return sorted(known | set(_legal(listed, check_repository)))

    async def _survey(self, repository: str) -> tuple[Findings, list[Difference]]:
        async with self._database.reading() as session:
            known = await store.positions(session, repository)
        try:
            tags = list(_legal(await self._registry.tags(repository), check_tag))
            looks = await self._looks(repository, tags, known)
        except RegistryError as error:
            await self._skip(error, repository)
            return Findings(repositories=1, skipped=1), []
        found = {tag: look for tag, look in looks.items() if not isinstance(look, RegistryError)}
        unread = looks.keys() - found.keys()
        differing = differences(
            repository,
            known=[position for position in known if position.tag not in unread],
            found=found,
            read_at=self._clock.now(),
        )
        return Findings(repositories=1, tags=len(tags), skipped=len(unread)), differing

    async def _looks(
        self, repository: str, tags: Sequence[str], known: Sequence[Position]
    ) -> dict[str, Resolved | RegistryError | None]:
        expected = {position.tag: _expected(position) for position in known}
        looks: dict[str, Resolved | RegistryError | None] = {}
        for some in _slices(tags, AT_ONCE):
            found = await asyncio.gather(
                *(self._try(repository, tag, expected.get(tag)) for tag in some)
            )
            looks |= zip(some, found, strict=True)
        return looks

    async def _try(
        self, repository: str, tag: str, expected: Resolved | None = None
    ) -> Resolved | RegistryError | None:
        """What a tag stands for, or why that can't be read while the rest of the registry can."""
        try:
            return await self._resolve(repository, tag, expected)
        except RegistryError as error:
            await self._skip(error, f"{repository}:{tag}")
            return error

    async def _skip(self, error: RegistryError, what: str) -> None:
        await self._registry.ping()  # raises if not this one part is unwell, but all of it
        _log.warning("sweep_skips", what=what, reason=f"{type(error).__name__}: {error}")

    async def _resolve(
        self, repository: str, tag: str, expected: Resolved | None = None
    ) -> Resolved | None:
        resolved = await self._registry.resolve(repository, tag, known=expected)
        if resolved is not None:
            try:
                check_digest(resolved.digest)
            except NameFault as fault:
                raise ManifestUnreadable(f"its digest {fault}") from fault
        return resolved

    async def _settle(self, pending: Sequence[Difference]) -> Findings:
        total = Findings()
        if pending:
            await self._wait_for_quiet(max(difference.read_at for difference in pending))
        for some in _slices(pending, AT_ONCE):
            for findings in await asyncio.gather(*map(self._confirm, some)):
                total += findings
        return total

    async def _wait_for_quiet(self, read_at: dt.datetime) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + MAX_QUIET_SECONDS
        while loop.time() < deadline:
            async with self._database.reading() as session:
                latest = await store.latest_receipt(session)
            if is_settled(latest, read_at=read_at, now=self._clock.now(), quiet=self._quiet):
                return
            await asyncio.sleep(QUIET_POLL_SECONDS)

    async def _confirm(self, difference: Difference) -> Findings:
        """Look again, and take the difference over if it is still the same one."""
        look = await self._try(difference.repository, difference.tag)
        if isinstance(look, RegistryError):
            return Findings(skipped=1)
        if _digest(look) != _digest(difference.found):
            return Findings()  # it moves right now: there will be news of it
        try:
            seen = await self._apply(difference)
        except RegistryError as error:
            await self._skip(error, f"{difference.repository}:{difference.tag}")
            return Findings(skipped=1)
        return Findings(changes=int(seen is Seen.CHANGED))

    async def _apply(self, difference: Difference, doubt: Doubtful | None = None) -> Seen:
        read_at = self._clock.now()
        found = difference.found
        if found is None:
            await self._registry.ping()  # "not found" must be its word, not a broken proxy's
        is_ours = found is not None and await self._is_placeholder(difference.repository, found)
        async with self._database.unit_of_work() as uow:
            seen = await actions.observe(
                uow,
                difference.repository,
                difference.tag,
                found=None if is_ours else found,
                read_at=read_at,
                sequence=difference.sequence,
                hint=doubt.hint if doubt else None,
            )
        if is_ours and found is not None and not doubt:
            await self._remove_placeholder(difference.repository, found.digest)
        return seen

    async def _is_placeholder(self, repository: str, found: Resolved) -> bool:
        if found.media_type not in INDEX_TYPES:
            return False
        manifest = await self._registry.manifest(repository, found.digest)
        return manifest is not None and is_placeholder(manifest)

    async def _remove_placeholder(self, repository: str, digest: str) -> None:
        """Finish the removal of a tag that somebody began and could not end."""
        with suppress(RegistryError):  # the next sweep tries again
            await self._registry.delete_manifest(repository, digest)


def _expected(position: Position) -> Resolved | None:
    """What a tag should stand for, so that the registry reads, and notifies of, nothing if it does."""
    return Resolved(position.digest, position.media_type) if position.digest else None


def _digest(resolved: Resolved | None) -> str | None:
    return resolved.digest if resolved else None


_T = TypeVar("_T")


def _slices(items: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def _legal(names: Iterable[str], check: Callable[[str], str]) -> Iterator[str]:
    """The names that Boatyard has a place for; the registry may hold others."""
    for name in names:
        with suppress(NameFault):
            yield check(name)
