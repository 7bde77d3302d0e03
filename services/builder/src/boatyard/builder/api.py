"""Routes of builds."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated
from uuid import UUID

from fastapi import Path, Query
from sqlalchemy.ext.asyncio import AsyncSession

from boatyard.builder import actions, store
from boatyard.builder.dependencies import BuilderState, State, Work
from boatyard.builder.masking import shown_arguments
from boatyard.builder.models import Build
from boatyard.builder.schemas import BuildDetails, BuildView, RecipeView, SourceView
from boatyard.builder.states import BUILDING, GROUPS, QUEUED, Group, group_of
from boatyard.builder.visibility import CanPush, SeesRecords
from boatyard.shared.access import RepositoryAccess
from boatyard.shared.errors import NotFound
from boatyard.shared.events import BuildStatus
from boatyard.shared.http import Router, problems
from boatyard.shared.paging import Cursor, Limit, Page, decode_cursor, encode_cursor

PREFIX = "/api/v1/repositories/{namespace}/{name}/builds"
router = Router(prefix=PREFIX, tags=["builds"])
Number = Annotated[
    int,
    Path(ge=1, le=2**31 - 1, description="The build's number in its repository.", examples=[12]),
]


@router.get("", summary="List builds", responses=problems(401, 403, 404))
async def list_builds(
    access: SeesRecords,
    state: State,
    status: Annotated[Group | None, Query(description="Only one of the three groups.")] = None,
    rule: Annotated[UUID | None, Query(description="Only the builds of a rule.")] = None,
    ref: Annotated[
        str | None,
        Query(
            max_length=512,
            pattern=r"^[^\x00]*$",
            description="Only the builds of a ref, written in full.",
            examples=["refs/heads/main"],
        ),
    ] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[BuildView]:
    """The builds of a repository, the newest first."""
    before = int(decode_cursor(cursor, int)[0]) if cursor is not None else None
    statuses: Collection[BuildStatus] | None = GROUPS[status] if status else None
    async with state.database.reading() as session:
        rows = await store.listed(
            session,
            _repository(access),
            statuses=statuses,
            rule_id=rule,
            ref=ref,
            before=before,
            limit=limit + 1,
        )
        items = [await _view(state, session, row) for row in rows[:limit]]
    following = encode_cursor(rows[limit - 1].number) if len(rows) > limit else None
    return Page(items=items, next_cursor=following)


@router.get("/{number}", summary="Show a build", responses=problems(401, 403, 404))
async def read_build(number: Number, access: SeesRecords, state: State) -> BuildDetails:
    """One build, with its recipe and the Dockerfile as it was built."""
    async with state.database.reading() as session:
        return await _details(state, session, await found(session, access, number))


@router.post("/{number}/cancel", summary="Cancel a build", responses=problems(401, 403, 404, 409))
async def cancel_build(number: Number, access: CanPush, state: State, uow: Work) -> BuildDetails:
    """Cancel a build that waits, or stop one that runs; what is canceled never pushes.

    A build that runs shows `stopping` until its worker has stopped. One that pushes already can't be canceled.
    """
    build = await found(uow.session, access, number)
    by, now = access.access.username or "somebody", state.clock.now()
    canceled = await actions.cancel(uow, state.queue, build.id, by=by, now=now)
    uow.after_commit.append(lambda: state.logs.bells.ring(build.id))
    return await _details(state, uow.session, canceled)


@router.post(
    "/{number}/retry",
    status_code=201,
    summary="Build again",
    responses=problems(401, 403, 404, 409),
)
async def retry_build(number: Number, access: CanPush, state: State, uow: Work) -> BuildDetails:
    """Build the same commit by the same recipe again, under a number of its own.

    A tag that a newer commit was pushed to meanwhile is left alone.
    """
    old = await found(uow.session, access, number)
    by, now = access.access.username or "somebody", state.clock.now()
    build = await actions.retry(uow, state.queue, old, by=by, now=now)
    return await _details(state, uow.session, build)


async def found(session: AsyncSession, access: RepositoryAccess, number: int) -> Build:
    """A build by its number; NotFound if there is none."""
    build = await store.by_number(session, _repository(access), number)
    if build is None:
        raise NotFound("build-not-found", f"There is no build {number} of {access.repository}.")
    return build


def _repository(access: RepositoryAccess) -> UUID:
    assert access.access.repository_id is not None  # noqa: S101 - `may` saw to it
    return access.access.repository_id


async def _view(state: BuilderState, session: AsyncSession, build: Build) -> BuildView:
    return BuildView.model_validate(await _values(state, session, build))


async def _details(state: BuilderState, session: AsyncSession, build: Build) -> BuildDetails:
    recipe = actions.recipe_of(build)
    shown = recipe.model_copy(update={"arguments": shown_arguments(recipe.arguments)})
    return BuildDetails.model_validate(
        {
            **await _values(state, session, build),
            "recipe": RecipeView.model_validate(shown),
            "dockerfile": build.dockerfile,
        }
    )


async def _values(state: BuilderState, session: AsyncSession, build: Build) -> dict[str, object]:
    status = BuildStatus(build.status)
    waits = status is QUEUED
    return {
        **build.model_dump(),
        "group": group_of(status),
        "position": await store.ahead_of(session, build) if waits else None,
        "waits_for": (build.waits_for or state.engines.problem) if waits else "",
        "stopping": status is BUILDING and build.stop_as is not None,
        "cancelable": status in (QUEUED, BUILDING) and not build.push_began,
        "source": SourceView.model_validate(actions.source_of(build)),
    }
