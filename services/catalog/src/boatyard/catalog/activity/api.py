"""The route of what happened day by day."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import Depends, Query

from boatyard.catalog.activity import store
from boatyard.catalog.activity.schemas import ActivityView, DayView
from boatyard.catalog.dependencies import State
from boatyard.shared.access import RepositoryAccess, may
from boatyard.shared.events import Verb
from boatyard.shared.http import Router, problems

router = Router(prefix="/api/v1/repositories/{namespace}/{name}/activity", tags=["repositories"])
NOTHING = store.Day(pushes=0, pulls=0)


@router.get("", summary="Show pushes and pulls by day", responses=problems(401, 403, 404))
async def read_activity(
    access: Annotated[RepositoryAccess, Depends(may(Verb.PULL))],
    state: State,
    days: Annotated[int, Query(ge=1, le=366, description="How many, today included.")] = 30,
) -> ActivityView:
    """How often a repository was pushed to and pulled from on each of the last days."""
    assert access.access.repository_id is not None  # noqa: S101 - `may` saw to it
    today = state.clock.now().astimezone(dt.UTC).date()
    wanted = [today - dt.timedelta(days=back) for back in range(days - 1, -1, -1)]
    async with state.database.reading() as session:
        found = await store.since(session, access.access.repository_id, wanted[0])
    return ActivityView(
        days=[DayView(day=day, **found.get(day, NOTHING)._asdict()) for day in wanted]
    )
