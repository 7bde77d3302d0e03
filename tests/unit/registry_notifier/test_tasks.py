import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from boatyard.registry_notifier.actions import sweep_report
from boatyard.registry_notifier.schemas import SweepReport
from tests.unit.registry_notifier.kit import (
    OTHER_INSTANCE,
    REPOSITORY,
    A,
    B,
    Notifier,
    eventually,
    push,
)


@asynccontextmanager
async def running(notifier: Notifier, *names: str) -> AsyncIterator[None]:
    """Run some of the service's tasks for the length of a block."""
    stop = asyncio.Event()
    tasks = {task.name: task for task in notifier.parts.tasks}
    runs = [asyncio.ensure_future(tasks[name].run(stop)) for name in names]
    try:
        yield
    finally:
        stop.set()
        await asyncio.gather(*runs)


async def report(notifier: Notifier) -> SweepReport:
    async with notifier.database.reading() as session:
        return await sweep_report(session, now=notifier.now)


def swept(notifier: Notifier, *, times: int) -> Callable[[], Awaitable[bool]]:
    async def condition() -> bool:
        return notifier.metric("boatyard_registry_sweep_seconds_count") >= times

    return condition


async def test_the_registry_is_swept_at_the_start(notifier: Notifier) -> None:
    notifier.registry.add_manifest(REPOSITORY, A, tag="v1")
    async with running(notifier, "registry sweep"):
        await eventually(swept(notifier, times=1))
    assert await notifier.story() == [(1, A.digest, "reconcile")]
    done = await report(notifier)
    assert (done.repositories, done.tags, done.changes) == (1, 1, 1)
    assert done.finished_at == notifier.now
    assert done.next_at is not None
    spread = done.next_at - notifier.now
    assert dt.timedelta(minutes=9) <= spread <= dt.timedelta(minutes=11)
    assert notifier.metric("boatyard_registry_tag_changes_total", origin="reconcile") == 1


async def test_the_registry_is_swept_again_when_it_is_due(notifier: Notifier) -> None:
    async with running(notifier, "registry sweep"):
        await eventually(swept(notifier, times=1))
        notifier.registry.add_manifest(REPOSITORY, A, tag="v1")
        notifier.clock.advance(minutes=11)
        notifier.state.wake.set()
        await eventually(swept(notifier, times=2))
    assert await notifier.story() == [(1, A.digest, "reconcile")]


async def test_a_new_process_of_the_registry_leads_to_a_sweep_at_once(notifier: Notifier) -> None:
    await notifier.tell(push("v1", A))
    notifier.registry.add_manifest(REPOSITORY, A, tag="v1")
    async with running(notifier, "registry sweep"):
        await eventually(swept(notifier, times=1))
        notifier.registry.add_manifest(REPOSITORY, B, tag="forgotten")
        await notifier.tell(push("v1", A, source={"instanceID": OTHER_INSTANCE}))
        await eventually(swept(notifier, times=2))
    assert await notifier.story("forgotten") == [(1, B.digest, "reconcile")]


async def test_a_sweep_that_fails_says_why_and_is_tried_again(notifier: Notifier) -> None:
    notifier.registry.away = True
    async with running(notifier, "registry sweep"):

        async def failed() -> bool:
            return notifier.metric("boatyard_registry_sweeps_failed_total") == 1

        await eventually(failed)

        async def given_back() -> bool:
            return (await report(notifier)).error is not None

        await eventually(given_back)
        assert (await report(notifier)).error == "RegistryUnavailable: told to be away"
        notifier.registry.away = False
        notifier.clock.advance(seconds=1)
        notifier.state.wake.set()
        await eventually(swept(notifier, times=1))
    assert (await report(notifier)).error is None


async def test_two_processes_of_ours_sweep_once(notifier: Notifier) -> None:
    notifier.registry.add_manifest(REPOSITORY, A, tag="v1")
    other = Notifier(notifier.settings.database_url, registry=notifier.registry)
    async with running(notifier, "registry sweep"):
        await eventually(swept(notifier, times=1))
        async with running(other, "registry sweep"):
            await eventually(swept_by_either(notifier, other, times=2))
    assert await notifier.story() == [(1, A.digest, "reconcile")]
    await other.stop()


def swept_by_either(*notifiers: Notifier, times: int) -> Callable[[], Awaitable[bool]]:
    async def condition() -> bool:
        counts = [n.metric("boatyard_registry_sweep_seconds_count") for n in notifiers]
        return sum(counts) >= times

    return condition


async def test_a_registry_that_comes_back_is_swept(notifier: Notifier) -> None:
    notifier.registry.away = True
    async with running(notifier, "registry watch"):

        async def pinged() -> bool:
            return notifier.registry.pings >= 1

        await eventually(pinged)
        assert (await report(notifier)).next_at is None
        notifier.registry.away = False

        async def asked_for() -> bool:
            return (await report(notifier)).next_at is not None

        await eventually(asked_for)


async def test_doubts_are_settled_in_the_background(notifier: Notifier) -> None:
    await notifier.observe("v1", A, sequence=0)
    notifier.registry.add_manifest(REPOSITORY, B, tag="v1")
    notifier.registry.away = True
    async with running(notifier, "registry doubts"):
        old = notifier.now - dt.timedelta(seconds=1)
        assert (await notifier.post(push("v1", B, at=old))).status_code == 202

        async def asked() -> bool:
            return len(notifier.registry.reads) >= 1

        await eventually(asked)
        notifier.registry.away = False

        async def settled() -> bool:
            return (await notifier.position()).digest == B.digest

        await eventually(settled)


async def test_every_task_ends_when_it_is_told_to(notifier: Notifier) -> None:
    async with asyncio.timeout(20), running(notifier, *(t.name for t in notifier.parts.tasks)):
        await eventually(swept(notifier, times=1))
