"""Routes of tags."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Query, Response

from boatyard.catalog.dependencies import CatalogState, State, Work
from boatyard.catalog.repositories.commands import pull_commands
from boatyard.catalog.tags import actions, store
from boatyard.catalog.tags.schemas import (
    RestoreTag,
    TagChangeView,
    TagRemark,
    TagSort,
    TagView,
)
from boatyard.shared import audit
from boatyard.shared.access import RepositoryAccess, may
from boatyard.shared.errors import NotFound
from boatyard.shared.events import Verb
from boatyard.shared.http import Router, problems
from boatyard.shared.paging import Cursor, Limit, Page, decode_cursor, encode_cursor

router = Router(prefix="/api/v1/repositories/{namespace}/{name}/tags", tags=["tags"])
CanPull = Annotated[RepositoryAccess, Depends(may(Verb.PULL))]
CanPush = Annotated[RepositoryAccess, Depends(may(Verb.PUSH))]
CanDelete = Annotated[RepositoryAccess, Depends(may(Verb.DELETE))]
TagName = Annotated[str, Path(alias="tag", max_length=256, examples=["1.0"])]


@router.get("", summary="List tags", responses=problems(401, 403, 404))
async def list_tags(
    access: CanPull,
    state: State,
    q: Annotated[
        str,
        Query(
            max_length=128,
            pattern=r"^[^\x00]*$",
            description="Part of the tag; with `*` and `?` the whole of it.",
        ),
    ] = "",
    sort: Annotated[TagSort, Query(description="`-` in front turns the order round.")] = "-pushed",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[TagView]:
    """The tags of a repository with the images behind them; the newest first unless told otherwise."""
    assert access.access.repository_id is not None  # noqa: S101 - `may` saw to it
    async with state.database.reading() as session:
        rows, following = await store.listed(
            session, access.access.repository_id, query=q, sort=sort, cursor=cursor, limit=limit
        )
    items = [_view(state, access.repository, described) for described in rows]
    return Page(items=items, next_cursor=following)


@router.get("/{tag}", summary="Show a tag", responses=problems(401, 403, 404))
async def read_tag(tag: TagName, access: CanPull, state: State) -> TagView:
    """A tag with the image behind it."""
    return await _read(state, access, tag)


@router.patch("/{tag}", summary="Remark on a tag", responses=problems(401, 403, 404))
async def update_tag(
    tag: TagName, wish: TagRemark, access: CanPush, state: State, uow: Work
) -> TagView:
    """Write a remark on a tag, or clear it; needs the permission push."""
    assert access.access.repository_id is not None  # noqa: S101 - `may` saw to it
    described = await actions.remark(uow, access.access.repository_id, tag, wish.remark)
    return _view(state, access.repository, described)


@router.delete(
    "/{tag}",
    status_code=204,
    summary="Delete a tag",
    responses={
        202: {"description": "Deleted in the registry; the list follows in a moment."},
        **problems(401, 403, 404, 410, 503),
    },
)
async def delete_tag(tag: TagName, access: CanDelete, state: State) -> Response:
    """Delete one tag; other tags of the same image stay, and it can be restored from its history."""
    assert access.access.repository_id is not None  # noqa: S101 - `may` saw to it
    arrived = await actions.delete(
        state,
        access.access.repository_id,
        access.repository,
        tag,
        by=access.access.username or "",
    )
    await audit.record(state.database)
    return Response(status_code=204 if arrived else 202)


@router.get("/{tag}/history", summary="Show a tag's history", responses=problems(401, 403, 404))
async def list_tag_history(
    tag: TagName, access: CanPull, state: State, cursor: Cursor = None, limit: Limit = 50
) -> Page[TagChangeView]:
    """What a tag pointed at and when, the newest first; also of a tag that was deleted."""
    assert access.access.repository_id is not None  # noqa: S101 - `may` saw to it
    before = int(decode_cursor(cursor, int)[0]) if cursor is not None else None
    async with state.database.reading() as session:
        rows = await store.history(
            session,
            access.access.repository_id,
            actions.legal_tag(tag),
            before=before,
            limit=limit + 1,
        )
    if not rows and before is None:
        raise NotFound("tag-not-found", f"There never was a tag {tag} here.")
    page = rows[:limit]
    return Page(
        items=[TagChangeView.model_validate(row) for row in page],
        next_cursor=encode_cursor(page[-1].sequence) if len(rows) > limit else None,
    )


@router.post(
    "/{tag}/restore",
    summary="Restore a tag",
    response_model=TagView,
    responses={
        202: {"description": "Restored in the registry; the list follows in a moment."},
        **problems(401, 403, 404, 410, 503),
    },
)
async def restore_tag(
    tag: TagName, wish: RestoreTag, access: CanPush, state: State
) -> TagView | Response:
    """Point a tag at an image it pointed at before, by pushing its manifest again under the tag."""
    assert access.access.repository_id is not None  # noqa: S101 - `may` saw to it
    arrived = await actions.restore(
        state,
        access.access.repository_id,
        access.repository,
        tag,
        wish.digest,
        by=access.access.username or "",
    )
    audit.note(digest=wish.digest)
    await audit.record(state.database)
    return await _read(state, access, tag) if arrived else Response(status_code=202)


async def _read(state: CatalogState, access: RepositoryAccess, tag: str) -> TagView:
    assert access.access.repository_id is not None  # noqa: S101 - `may` saw to it
    async with state.database.reading() as session:
        described = await actions.found(session, access.access.repository_id, tag)
    return _view(state, access.repository, described)


def _view(state: CatalogState, repository: str, described: store.Described) -> TagView:
    tag, manifest = described
    host = state.settings.registry_host
    return TagView.model_validate(
        {
            **tag.model_dump(exclude={"repository_id", "hidden", "sequence"}),
            "media_type": manifest.media_type,
            "described": manifest.due_at is None,
            "size": manifest.size,
            "platforms": manifest.platforms,
            "labels": manifest.labels,
            "image_created_at": manifest.image_created_at,
            "pull_by_tag": pull_commands(host, repository, f":{tag.name}"),
            "pull_by_digest": pull_commands(host, repository, f"@{tag.digest}"),
        }
    )
