"""On SQLite an attempt begins in the transaction that enters its event: one commit before the request."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from boatyard.shared.events import TagPushed
from boatyard.shared.testing.receiver import Receiver
from boatyard.webhook_dispatcher.actions import intake
from boatyard.webhook_dispatcher.announcements import announce
from boatyard.webhook_dispatcher.store import queue
from tests.integration.webhook_dispatcher.kit import (
    DIGEST,
    REPOSITORY,
    Dispatcher,
    dispatching,
    eventually,
)

PUSHED = TagPushed(repository=REPOSITORY, tag="v1", digest=DIGEST, sequence=1)


@pytest.fixture
async def endpoint() -> AsyncIterator[Receiver]:
    async with Receiver() as endpoint:
        yield endpoint


@pytest.fixture
async def dispatcher(tmp_path: Path) -> AsyncIterator[Dispatcher]:
    async with dispatching(f"sqlite+aiosqlite:///{tmp_path}/d.db", tmp_path) as dispatcher:
        yield dispatcher


async def test_one_commit_stands_before_the_request(
    dispatcher: Dispatcher, endpoint: Receiver
) -> None:
    commits: list[int] = []
    hook = await dispatcher.hook(f"{endpoint.url}/hook")
    await eventually(lambda: takes(dispatcher, yes=True))
    writer = dispatcher.state.database._writer.sync_engine
    sa.event.listen(writer, "commit", lambda _: commits.append(len(endpoint.requests)))
    await dispatcher.push()
    await dispatcher.delivered(hook, ["succeeded"])
    assert commits.count(0) == 1


async def test_what_is_not_committed_is_not_sent_and_leaves_nothing_behind(
    dispatcher: Dispatcher, endpoint: Receiver
) -> None:
    hook = await dispatcher.hook(f"{endpoint.url}/hook")
    await eventually(lambda: takes(dispatcher, yes=True))
    with pytest.raises(ZeroDivisionError):
        await enter(dispatcher, then=ZeroDivisionError())
    assert dispatcher.state.engine.scheduler.under_way == 0
    await dispatcher.publish(PUSHED)
    await dispatcher.push("v2")
    await dispatcher.delivered(hook, ["succeeded", "succeeded"])
    tags = [json.loads(request.body)["data"]["tag"] for request in endpoint.requests]
    assert sorted(tags) == ["v1", "v2"]


async def test_a_delivery_that_others_wait_before_is_no_quicker(
    dispatcher: Dispatcher, endpoint: Receiver
) -> None:
    hook = await dispatcher.hook(f"{endpoint.url}/hook", ordered=True)
    for number in range(5):
        await dispatcher.push(f"v{number}")
    await dispatcher.delivered(hook, ["succeeded"] * 5)
    tags = [json.loads(request.body)["data"]["tag"] for request in endpoint.requests]
    assert tags == [f"v{number}" for number in range(5)]


async def test_a_stopping_dispatcher_waits_for_what_is_about_to_begin(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/d.db"
    async with Receiver() as endpoint:
        async with dispatching(url, tmp_path) as dispatcher:
            hook = await dispatcher.hook(f"{endpoint.url}/hook")
            await eventually(lambda: takes(dispatcher, yes=True))
            goes_on = asyncio.Event()
            entering = asyncio.create_task(enter(dispatcher, wait=goes_on))
            await eventually(lambda: under_way(dispatcher))
            stopping = asyncio.create_task(dispatcher.process._supervisor.stop())
            await eventually(lambda: takes(dispatcher, yes=False))
            goes_on.set()
            await asyncio.gather(entering, stopping)
        async with dispatching(url, tmp_path) as dispatcher:
            (delivery,) = await dispatcher.delivered(hook, ["succeeded"])
            log = await dispatcher.log(hook, delivery["id"])
    assert [(each["number"], each["outcome"]) for each in log] == [(1, "ok")]


async def under_way(dispatcher: Dispatcher) -> bool:
    return dispatcher.state.engine.scheduler.under_way == 1


async def takes(dispatcher: Dispatcher, *, yes: bool) -> bool:
    """Whether it lets attempts begin, or not."""
    return dispatcher.state.engine._taking is yes


async def enter(
    dispatcher: Dispatcher, *, wait: asyncio.Event | None = None, then: Exception | None = None
) -> None:
    """Enter an event as its consumer does, and hold up the commit, or prevent it."""
    state, announcement = dispatcher.state, announce(PUSHED)
    assert announcement is not None
    async with state.database.unit_of_work() as uow:
        entered = await intake.enter(uow, [announcement], now=state.clock.now())
        await state.engine.begin_in(
            uow, entered.facts.values(), entered.ready, entered.announcements
        )
        uow.after_commit.append(lambda: state.hand_over(entered))
        connection = await uow.session.connection()
        ids = [ready.webhook_id for ready in entered.ready]
        assert await queue.count_leased(connection, ids) == {ids[0]: 1}
        if wait is not None:
            await wait.wait()
        if then is not None:
            raise then
