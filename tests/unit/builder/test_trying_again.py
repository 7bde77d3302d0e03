"""A build that failed for what may pass: tried again, and at no cost for a part that is away."""

from __future__ import annotations

from uuid import UUID

from boatyard.builder.models import Build
from boatyard.builder.reasons import BuildError, Reason
from boatyard.shared.events import BuildStatus
from tests.unit.builder.kit import Kit


async def test_what_may_be_over_in_a_moment_is_tried_again(kit: Kit) -> None:
    kit.source.error = BuildError(Reason.SOURCE_UNREACHABLE, detail="it was cut off")
    async with kit.running():
        id = await kit.order()

        async def waits() -> bool:
            return (await kit.row(id)).waits_for != ""

        await kit.until(waits, "it waits for the next attempt")
        row = await kit.row(id)
        assert (row.status, row.attempt) == (BuildStatus.QUEUED, 1)
        assert "cut off" in row.waits_for
        kit.source.error = None
        kit.clock.advance(minutes=1)
        build = await kit.ended(id)
        assert (build.status, build.attempt) == (BuildStatus.SUCCEEDED, 2)
        assert "attempt 2" in kit.log(id)


async def waiting(kit: Kit, id: UUID) -> Build:
    """A build once it waits for more than its turn."""

    async def waits() -> Build | None:
        row = await kit.row(id)
        return row if row.waits_for else None

    return await kit.until(waits, "it waits")


async def test_a_part_that_is_away_costs_no_attempt(kit: Kit) -> None:
    kit.source.error = BuildError(Reason.PART_AWAY, kind="source", service="github-gateway")
    async with kit.running(attempts=1):
        id = await kit.order()
        row = await waiting(kit, id)
        assert (row.status, row.attempt) == (BuildStatus.QUEUED, 0)
        assert "github-gateway does not answer" in row.waits_for
        kit.source.error = None
        kit.clock.advance(minutes=1)
        build = await kit.ended(id)
        assert (build.status, build.attempt) == (BuildStatus.SUCCEEDED, 1)


async def test_a_part_that_stays_away_is_not_waited_for_for_ever(kit: Kit) -> None:
    kit.source.error = BuildError(Reason.PART_AWAY, kind="source", service="github-gateway")
    async with kit.running(attempts=1):
        id = await kit.order()
        await waiting(kit, id)
        kit.clock.advance(hours=2)
        build = await kit.ended(id)
        assert (build.status, build.reason) == (BuildStatus.FAILED, Reason.PART_AWAY)
        assert not build.user_error


async def test_it_fails_when_it_was_tried_often_enough(kit: Kit) -> None:
    kit.source.error = BuildError(Reason.SOURCE_UNREACHABLE, detail="it was cut off")
    async with kit.running(attempts=1):
        build = await kit.ended(await kit.order())
        assert (build.status, build.reason) == (BuildStatus.FAILED, Reason.SOURCE_UNREACHABLE)
        assert not build.user_error
