"""One attempt at one build: fetch, build, push, each timed, watched, and stopped when it must.

Two tasks run side by side: the work, and a watch that renews the lease and looks whether the build is to
stop. The database decides: `canceled` is only ever written while no push has begun, and a push begins only
while nothing asked the build to stop.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from boatyard.builder import actions, fences, plan, store
from boatyard.builder.actions import Ending
from boatyard.builder.announcer import Announcer
from boatyard.builder.context import Context, make_context
from boatyard.builder.dependencies import BuilderState
from boatyard.builder.engines.base import Engine, Order, image_name
from boatyard.builder.fences import Busy
from boatyard.builder.masking import Masker, secret_values
from boatyard.builder.models import Build
from boatyard.builder.reasons import PARTS_AWAY, BuildError, Reason
from boatyard.builder.states import Phase
from boatyard.builder.tokens import BuildTokens
from boatyard.builder.transcript import Transcript
from boatyard.builder.watch import Lost, PutBack, Watch
from boatyard.shared import tracing
from boatyard.shared.db import DATABASE_FAULTS
from boatyard.shared.events import BuildStatus
from boatyard.shared.logging import get_logger
from boatyard.shared.waiting import uncut

BUSY_SECONDS = 0.5
PAUSES = (5, 30, 120)
"""Seconds until a build is tried again, after each attempt that failed on our side."""
AWAY_SECONDS = (5.0, 60.0)
"""A build that waits for a part that is away is tried again after the first, later after up to the second."""
PATIENCE = dt.timedelta(hours=1)
"""For how long after its first start a build waits for a part that is away; no attempt is counted."""
MAX_DOCKERFILE = 64 * 1024
END_TRIES = 5
Outcome = Ending | PutBack | Lost
_log = get_logger("builder")


class Run:
    """One attempt. `go` returns when the build has ended, waits again, or is another's."""

    def __init__(
        self, state: BuilderState, build: Build, engine: Engine, *, work: Path, stop: asyncio.Event
    ) -> None:
        self._state, self._build, self._engine, self._stop = state, build, engine, stop
        self._folder = work / f"{build.id}-{build.attempt}"
        self._source = actions.source_of(build)
        self._recipe = actions.recipe_of(build)
        self._seconds: dict[str, float] = {}
        announcer = Announcer(state.bus, build.id)
        writer = state.logs.writer(build.id, on_flush=announcer.written)
        masker = Masker(secret_values(self._recipe.arguments))
        self._transcript = Transcript(writer, masker)
        self._tokens = BuildTokens(state.bus, build, masker)
        self._image = image_name(str(build.id), build.attempt)
        self._announcer = announcer
        self.watch = Watch(state, build, self._transcript, stop=stop)

    async def go(self) -> None:
        """Make the attempt and write down what came of it."""
        self._introduce()
        working = asyncio.create_task(self._work())
        watching = asyncio.create_task(self.watch.run())
        try:
            await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
            decides = working if working.done() else watching
            await _end_both(working, watching)
            await self._conclude(self._outcome_of(decides.exception() or decides.result()))
        finally:
            self._transcript.close()
            await self._announcer.close()
            await self._clean_up()

    def _introduce(self) -> None:
        build, source = self._build, self._source
        again = f", attempt {build.attempt}" if build.attempt > 1 else ""
        self._transcript.heading(f"Build {build.number} of {build.repository}{again}")
        first = source.message.strip().partition("\n")[0]
        about = " ".join(part for part in (source.commit[:12], source.author, first[:120]) if part)
        self._transcript.say(f"    {source.project} {source.ref} {about}")

    async def _work(self) -> Outcome:
        seconds = min(self._recipe.timeout_seconds, self._state.settings.max_timeout_seconds)
        try:
            async with asyncio.timeout(seconds):
                plan.check_arguments(self._recipe)
                context = await self._fetch()
                image = await self._make(context)
        except TimeoutError:
            return Ending.because(BuildStatus.TIMED_OUT, Reason.TIMED_OUT, limit=_limit(seconds))
        return await self._push(image)

    async def _fetch(self) -> Context:
        async with self._phase(Phase.FETCH, f"Fetching {self._source.clone_url}"):
            token = await self._tokens.source()
            folder = self._folder / "source"
            await asyncio.to_thread(folder.mkdir, parents=True)
            checkout = await self._state.source.fetch(self._source, token, folder)
            for warning in checkout.warnings:
                self._transcript.say(f"    WARNING: {warning}")
            context = await asyncio.to_thread(
                make_context,
                folder,
                context=self._recipe.context,
                dockerfile=self._recipe.dockerfile,
                archive=self._folder / "context.tar.gz",
                limit=self._state.settings.context_limit_mib * 1024 * 1024,
                mtime=checkout.committed_at,
                owner=self._state.engines.facts.owner if self._state.engines.facts else 0,
                keep_git=plan.keeps_git(self._recipe),
            )
            self._transcript.say(
                f"    {context.files} files, {context.size / 1e6:.1f} MB of context"
            )
            await self._hold(dockerfile=context.dockerfile_text[:MAX_DOCKERFILE].replace("\0", ""))
            return context

    async def _make(self, context: Context) -> str:
        settings, build = self._state.settings, self._build
        async with self._phase(Phase.BUILD, f"Building {self._recipe.dockerfile}"):
            plan.check_frontend(context.dockerfile_text, settings.frontends)
            image = plan.Image(settings.registry_host, build.repository, build.tags)
            await self._engine.build(
                Order(
                    image=self._image,
                    context=context.archive,
                    dockerfile=context.dockerfile,
                    dockerfile_text=context.dockerfile_text,
                    registries=tuple(
                        dict.fromkeys((self._state.engines.registry, settings.registry_host))
                    ),
                    cache_namespace=build.namespace,
                    arguments=plan.arguments(
                        context.dockerfile_text, self._source, self._recipe, image
                    ),
                    labels=plan.labels(self._source, created=build.started_at or build.queued_at),
                    network=settings.build_network,
                    tokens=self._tokens,
                ),
                self._transcript,
            )
        return self._image

    async def _push(self, image: str) -> Outcome:
        async with self._phase(Phase.PUSH, f"Pushing to {self._state.settings.registry_host}"):
            free = await self._take_fences()
            if not isinstance(free, fences.Free):
                return free
            for tag in free.lost:
                self._transcript.say(f"    {tag}: left alone, a newer commit was pushed to it")
            digest = ""
            for tag in free.won:
                self._transcript.say(f"    {self._build.repository}:{tag}")
                digest = await self._push_tag(image, tag)
        self._transcript.say(f"    {digest}")
        detail = (
            f"Left alone: {', '.join(free.lost)}; a newer commit is there." if free.lost else ""
        )
        return Ending(status=BuildStatus.SUCCEEDED, digest=digest, tags=free.won, detail=detail)

    async def _push_tag(self, image: str, tag: str) -> str:
        reference = f"{self._state.engines.registry}/{self._build.repository}:{tag}"
        token = await self._tokens.push()
        try:
            digest = await self._engine.push(image, reference, token=token, output=self._transcript)
        finally:
            # While the tag is still ours: the next build to push it gives its own image this name.
            await self._remove(reference)
        await uncut(self._note_push(tag, digest))
        return digest

    async def _note_push(self, tag: str, digest: str) -> None:
        async with self._state.database.unit_of_work() as uow:
            await fences.pushed(uow.session, self._build, tag=tag, digest=digest)

    async def _take_fences(self) -> fences.Free | Outcome:
        """Hold the tags and begin to push, unless something asked the build to stop before that."""
        while True:
            found = await uncut(self._try_fences())
            if not isinstance(found, Busy):
                return found
            await asyncio.sleep(BUSY_SECONDS)

    async def _try_fences(self) -> fences.Free | Busy | Outcome:
        async with self._state.database.unit_of_work() as uow:
            row = await store.locked(uow.session, self._build.id)
            if row is None or row.claim_id != self._build.claim_id:
                return Lost()
            if (asked := actions.asked_ending(row)) is not None:
                return asked
            now = self._state.clock.now()
            until = now + dt.timedelta(seconds=self._state.settings.lease_seconds)
            found = await fences.take(uow.session, self._build, now=now, until=until)
            if isinstance(found, fences.Free):
                if not found.won:
                    return _overtaken(found.lost)
                row.push_began = self.watch.pushing = True
                uow.session.add(row)
            return found

    @asynccontextmanager
    async def _phase(self, phase: Phase, title: str) -> AsyncIterator[None]:
        await self._hold(phase=phase)
        self._transcript.heading(title)
        began = time.monotonic()
        try:
            with tracing.step(phase):
                yield
        finally:
            self._seconds[phase] = round(time.monotonic() - began, 3)

    async def _hold(self, **values: object) -> None:
        if not await uncut(self._update(values)):
            raise NoLonger
        self._state.logs.bells.ring(self._build.id)

    async def _update(self, values: dict[str, object]) -> bool:
        assert self._build.claim_id is not None  # noqa: S101 - it was claimed
        async with self._state.database.unit_of_work() as uow:
            return await store.update_held(
                uow.session, self._build.id, self._build.claim_id, values
            )

    def _outcome_of(self, result: object) -> Outcome:
        match result:
            case Ending() | PutBack() | Lost():
                return result
            case NoLonger():
                return Lost()
            case BuildError():
                return self._failed(result)
            case BaseException():
                _log.error("build_failed_inside", build_id=str(self._build.id), exc_info=result)
                return self._failed(BuildError(Reason.INTERNAL, detail=type(result).__name__))
            case _:
                raise TypeError(type(result).__name__)

    def _failed(self, error: BuildError) -> Outcome:
        if error.reason is Reason.ENGINE_LOST:
            self._state.engines.suspect()
        if error.reason in PARTS_AWAY and self._age() < PATIENCE:
            shortest, longest = AWAY_SECONDS
            after = min(longest, max(shortest, self._age().total_seconds() / 10))
            return PutBack(why=error.detail, after=after, counted=False)
        again = error.passing or error.reason is Reason.INTERNAL
        if again and self._build.attempt < self._state.settings.attempts:
            pause = PAUSES[min(self._build.attempt, len(PAUSES)) - 1]
            return PutBack(why=error.detail, after=pause)
        detail = self._transcript.masker.whole(error.detail)
        return Ending(status=BuildStatus.FAILED, reason=error.reason, detail=detail)

    def _age(self) -> dt.timedelta:
        now = self._state.clock.now()
        return now - (self._build.started_at or now)

    async def _conclude(self, outcome: Outcome) -> None:
        """Write the end of the log first, so that whoever sees the build ended has the whole log."""
        if isinstance(outcome, Lost):
            _log.warning("build_lost", build_id=str(self._build.id))
            return
        if isinstance(outcome, PutBack):
            self._transcript.heading(f"To be tried again: {outcome.why}")
        else:
            words = outcome.status.replace("_", " ").capitalize()
            self._transcript.heading(f"{words}: {outcome.detail}" if outcome.detail else words)
        self._transcript.close()
        for attempt in range(END_TRIES):
            try:
                await self._write_down(outcome)
                break
            except DATABASE_FAULTS as error:
                _log.warning("build_end_waits", reason=type(error).__name__)
                await asyncio.sleep(2**attempt)
        self._state.logs.bells.ring(self._build.id)

    async def _write_down(self, outcome: Ending | PutBack) -> None:
        state, build, now = self._state, self._build, self._state.clock.now()
        async with state.database.unit_of_work() as uow:
            if isinstance(outcome, PutBack):
                due = now + dt.timedelta(seconds=outcome.after)
                await actions.put_back(
                    uow, build, why=outcome.why, due_at=due, counted=outcome.counted
                )
            else:
                await actions.end(uow, build, outcome, seconds=self._seconds, now=now)
            refused = isinstance(outcome, Ending) and outcome.reason is Reason.PUSH_REFUSED
            await fences.release(uow.session, build.id, nothing_moved=refused)
        if isinstance(outcome, Ending):
            state.metrics.ended.labels(outcome.status).inc()
            for phase, seconds in self._seconds.items():
                state.metrics.seconds.labels(phase).observe(seconds)
        else:
            state.metrics.put_back.inc()

    async def _clean_up(self) -> None:
        await self._remove(self._image)
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    async def _remove(self, name: str) -> None:
        try:
            await self._engine.remove(name)
        except BuildError as error:
            _log.warning("image_left", build_id=str(self._build.id), reason=error.detail)


class NoLonger(Exception):
    """The build is held by another worker, or was ended."""


async def _end_both(*tasks: asyncio.Task[Outcome]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _overtaken(tags: tuple[str, ...]) -> Ending:
    verb = "is" if len(tags) == 1 else "are"
    return Ending.because(BuildStatus.SUPERSEDED, Reason.OVERTAKEN, tags=", ".join(tags), verb=verb)


def _limit(seconds: float) -> str:
    return f"{seconds / 60:.0f} minutes" if seconds >= 120 else f"{seconds:.0f} s"
