"""Whatever is lost, late, doubled or out of order: after a sweep in peace the registry's truth is known.

The registry here does what the real one does to its tags, and what it would tell is kept aside; hypothesis
decides what of it arrives, how often, in which order, and when the registry is swept meanwhile.
"""

import asyncio
import shutil
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.registry_notifier.kit import (
    REPOSITORY,
    A,
    B,
    C,
    Notifier,
    delete_digest,
    delete_tag,
    placeholder,
    push,
)

TAGS, IMAGES = ("v1", "v2"), (A, B, C)
OURS = {"name": "boatyard:sweeper"}

Step = tuple[Any, ...]


@dataclass
class World:
    """A registry with a history, the notifications of it that are under way, and a notifier."""

    notifier: Notifier
    queue: list[dict[str, Any]] = field(default_factory=list)
    changes: dict[str, list[str | None]] = field(default_factory=dict)
    blanks: int = 0

    async def do(self, step: Step) -> None:
        self.notifier.clock.advance(milliseconds=10)
        await getattr(self, step[0])(*step[1:])

    async def push(self, tag: str, image: int) -> None:
        manifest = IMAGES[image]
        self.notifier.registry.add_manifest(REPOSITORY, manifest, tag=tag)
        self._tell(push(tag, manifest, at=self.notifier.now))
        self._note(tag, manifest.digest)

    async def delete(self, image: int) -> None:
        """Delete by digest: one notification for it, then one for each tag."""
        digest, registry = IMAGES[image].digest, self.notifier.registry
        gone = [tag for tag in TAGS if await self._truth(tag) == digest]
        await registry.delete_manifest(REPOSITORY, digest)
        self._tell(delete_digest(IMAGES[image], at=self.notifier.now))
        for tag in gone:
            self._tell(delete_tag(tag, at=self.notifier.now))
            self._note(tag, None)

    async def remove(self, tag: str) -> None:
        """Remove one tag as Boatyard does: a placeholder takes its place and is deleted."""
        registry = self.notifier.registry
        if await self._truth(tag) is None:
            return
        self.blanks += 1
        blank = placeholder(str(self.blanks))
        registry.add_manifest(REPOSITORY, blank, tag=tag)
        self._tell(push(tag, blank, at=self.notifier.now, actor=OURS))
        self.notifier.clock.advance(milliseconds=10)
        await registry.delete_manifest(REPOSITORY, blank.digest)
        self._tell(delete_digest(blank, at=self.notifier.now, actor=OURS))
        self._tell(delete_tag(tag, at=self.notifier.now, actor=OURS))
        self._note(tag, None)

    async def deliver(self, which: int, again: bool) -> None:
        """Let one of the notifications arrive, and perhaps come again later."""
        if self.queue:
            place = which % len(self.queue)
            one = self.queue[place] if again else self.queue.pop(place)
            assert (await self.notifier.post(one)).status_code == 202

    async def lose(self, _which: int) -> None:
        self.queue.clear()

    async def sweep(self) -> None:
        await self.notifier.sweep()

    async def settle(self) -> None:
        await self.notifier.state.doubts.settle()

    async def deliver_all(self) -> None:
        while self.queue:
            await self.deliver(0, False)

    async def check_truth(self) -> None:
        for tag in TAGS:
            position = await self.notifier.position(tag)
            assert position.digest == await self._truth(tag)
            story = await self.notifier.story(tag)
            assert [number for number, _, _ in story] == list(range(1, len(story) + 1))
            digests = [None, *(digest for _, digest, _ in story)]
            assert all(one != other for one, other in pairwise(digests))
            assert digests[-1] == position.digest
            assert position.sequence == len(story)
        ids = await self.notifier.ids()
        assert len(set(ids)) == len(ids)

    async def check_history(self) -> None:
        """Every change of the registry was told, once and in order."""
        for tag in TAGS:
            told = [digest for _, digest, _ in await self.notifier.story(tag)]
            assert told == self.changes.get(tag, [])

    async def _truth(self, tag: str) -> str | None:
        found = await self.notifier.registry.resolve(REPOSITORY, tag)
        return found.digest if found else None

    def _tell(self, notification: dict[str, Any]) -> None:
        self.queue.append(notification)

    def _note(self, tag: str, digest: str | None) -> None:
        changes = self.changes.setdefault(tag, [])
        if (changes[-1] if changes else None) != digest:
            changes.append(digest)


_tags, _images = st.sampled_from(TAGS), st.integers(0, len(IMAGES) - 1)
_doings = st.one_of(
    st.tuples(st.just("push"), _tags, _images),
    st.tuples(st.just("push"), _tags, _images),
    st.tuples(st.just("delete"), _images),
    st.tuples(st.just("remove"), _tags),
)
_deliveries = st.tuples(st.just("deliver"), st.integers(0, 5), st.booleans())
_anything = st.one_of(
    _doings,
    _deliveries,
    _deliveries,
    st.just(("sweep",)),
    st.just(("settle",)),
    st.tuples(st.just("lose"), st.just(0)),
)
_slow = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

Play = Callable[[Callable[[World], Coroutine[Any, Any, None]]], None]


@pytest.fixture
def play(migrated: Path, tmp_path: Path) -> Play:
    """Plays a scene in a new world."""

    def run(scene: Callable[[World], Coroutine[Any, Any, None]]) -> None:
        async def whole() -> None:
            file = shutil.copy(migrated, tmp_path / "world.db")
            notifier = Notifier(f"sqlite+aiosqlite:///{file}")
            notifier.registry.add_manifest(REPOSITORY, A)  # so that there is the repository
            try:
                await scene(World(notifier))
            finally:
                await notifier.stop()

        asyncio.run(whole())

    return run


@_slow
@given(steps=st.lists(_anything, max_size=20))
def test_after_any_losses_a_sweep_in_peace_knows_the_truth(play: Play, steps: list[Step]) -> None:
    async def scene(world: World) -> None:
        for step in steps:
            await world.do(step)
        await world.do(("settle",))
        await world.do(("sweep",))
        await world.check_truth()

    play(scene)


@_slow
@given(steps=st.lists(st.one_of(_doings, st.just(("deliver", 0, False))), max_size=20))
def test_without_losses_every_change_is_told_once_and_in_order(
    play: Play, steps: list[Step]
) -> None:
    async def scene(world: World) -> None:
        for step in steps:
            await world.do(step)
        await world.do(("deliver_all",))
        await world.check_history()
        assert not world.notifier.metric("boatyard_registry_notifications_doubtful_total")
        await world.do(("sweep",))
        await world.check_history()

    play(scene)


def test_the_same_history_gives_the_same_ids_whoever_tells_it(
    play: Play,
) -> None:
    ids = []

    async def notified(world: World) -> None:
        await world.do(("push", "v1", 0))
        await world.do(("deliver_all",))
        ids.append(await world.notifier.ids())

    async def swept(world: World) -> None:
        await world.do(("push", "v1", 0))
        await world.do(("sweep",))
        ids.append(await world.notifier.ids())

    play(notified)
    play(swept)
    assert ids[0] == ids[1]
    assert len(ids[0]) == 1
