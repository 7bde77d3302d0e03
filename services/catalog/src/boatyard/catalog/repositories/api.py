"""Routes of repositories and favourites."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query
from sqlalchemy.ext.asyncio import AsyncSession

from boatyard.catalog.accounts.api import manager
from boatyard.catalog.dependencies import Caller, CatalogState, Reading, SignedIn, State, Work
from boatyard.catalog.repositories import actions, store
from boatyard.catalog.repositories.commands import CommandsView, pull_commands, push_commands
from boatyard.catalog.repositories.models import Repository
from boatyard.catalog.repositories.schemas import (
    NewRepository,
    RepositoryChange,
    RepositoryRow,
    RepositoryView,
    SortKey,
)
from boatyard.shared import audit
from boatyard.shared.access import RepositoryAccess, may
from boatyard.shared.audit import UNAUDITED
from boatyard.shared.errors import Unauthenticated
from boatyard.shared.events import Access, Verb
from boatyard.shared.http import Router, problems
from boatyard.shared.oci import Name, Tag
from boatyard.shared.paging import Cursor, Limit, Page

router = Router(prefix="/api/v1")
CanPull = Annotated[RepositoryAccess, Depends(may(Verb.PULL))]
CanAdmin = Annotated[RepositoryAccess, Depends(may(Verb.ADMIN))]
Words = Annotated[
    str,
    Query(max_length=100, pattern=r"^[^\x00]*$", description="Part of the name or the summary."),
]


@router.get(
    "/repositories",
    tags=["repositories"],
    summary="List repositories",
    responses=problems(401, 403),
)
async def list_repositories(
    access: Caller,
    state: State,
    q: Words = "",
    namespace: Annotated[
        str | None,
        Query(
            max_length=64,
            pattern=r"^[^\x00]*$",
            description="Only of this namespace, as far as readable.",
        ),
    ] = None,
    scope: Annotated[
        Literal["mine", "public"],
        Query(description="`mine`: of my namespaces; `public`: everybody's public ones."),
    ] = "mine",
    visibility: Literal["public", "private"] | None = None,
    sort: Annotated[SortKey, Query(description="`-` in front turns the order round.")] = "name",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[RepositoryRow]:
    """The caller's own repositories and their organizations', or everybody's public ones."""
    if scope == "mine" and namespace is None and not access.authenticated:
        raise Unauthenticated(detail="Sign in to see your repositories, or ask for scope=public.")
    wanted = store.Wanted(
        query=q,
        namespace=namespace,
        public=None if visibility is None else visibility == "public",
        everyone=scope == "public",
        sort=sort,
    )
    return await _page(state, access, wanted, cursor, limit)


@router.post(
    "/repositories",
    tags=["repositories"],
    status_code=201,
    summary="Make a repository",
    responses=problems(401, 403, 404, 409),
)
async def create_repository(
    wish: NewRepository, access: SignedIn, state: State, uow: Work
) -> RepositoryView:
    """Make an empty repository. A push makes one as well, a private one."""
    audit.note(repository=f"{wish.namespace or access.username}/{wish.name}")
    repository, verbs = await actions.create(uow, access, wish, now=state.clock.now())
    return await _view(uow.session, state, repository, access, verbs)


@router.get(
    "/repositories/{namespace}/{name}",
    tags=["repositories"],
    summary="Show a repository",
    responses=problems(401, 403, 404),
)
async def read_repository(access: CanPull, state: State, session: Reading) -> RepositoryView:
    """A repository with its details and the commands that push and pull."""
    repository = await actions.found(session, access)
    return await _view(session, state, repository, access.access, access.access.verbs)


@router.patch(
    "/repositories/{namespace}/{name}",
    tags=["repositories"],
    summary="Change a repository",
    responses=problems(401, 403, 404),
)
async def update_repository(
    wish: RepositoryChange, access: CanAdmin, state: State, uow: Work
) -> RepositoryView:
    """Change the summary, the details or the visibility; needs the permission admin."""
    repository = await actions.found(uow.session, access)
    audit.note(**wish.model_dump(include={"public"}, exclude_unset=True))
    actions.change(uow, repository, wish, by=access.access.username, now=state.clock.now())
    return await _view(uow.session, state, repository, access.access, access.access.verbs)


@router.delete(
    "/repositories/{namespace}/{name}",
    tags=["repositories"],
    status_code=204,
    summary="Delete a repository",
    responses=problems(401, 403, 404),
)
async def delete_repository(
    access: CanAdmin,
    state: State,
    uow: Work,
    confirm: Annotated[
        str,
        Query(max_length=129, description="The repository's name, `namespace/name`, once more."),
    ] = "",
) -> None:
    """Delete a repository with all its tags, history and webhooks; needs the permission admin."""
    await actions.delete(uow, access, confirm=confirm, now=state.clock.now())
    uow.after_commit.append(state.deletions.set)


@router.get("/commands", tags=["repositories"], summary="How to push and pull an image")
async def read_commands(
    state: State,
    namespace: Annotated[Name, Query()],
    name: Annotated[Name, Query()],
    tag: Tag = "latest",
) -> CommandsView:
    """The commands for an image that may not be there yet, for every registry client."""
    host, repository = state.settings.registry_host, f"{namespace}/{name}"
    return CommandsView(
        push=push_commands(host, repository, tag), pull=pull_commands(host, repository, f":{tag}")
    )


@router.get(
    "/favourites", tags=["favourites"], summary="List my favourites", responses=problems(401, 403)
)
async def list_favourites(
    access: SignedIn,
    state: State,
    q: Words = "",
    sort: SortKey = "name",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[RepositoryRow]:
    """The repositories that the caller starred, as far as they can be read now."""
    wanted = store.Wanted(query=q, starred_by=_account(access), sort=sort)
    return await _page(state, access, wanted, cursor, limit)


@router.put(
    "/favourites/{namespace}/{name}",
    tags=["favourites"],
    status_code=204,
    summary="Star a repository",
    openapi_extra=UNAUDITED,
    responses=problems(401, 403, 404),
)
async def star_repository(access: CanPull, state: State, uow: Work) -> None:
    """Put a repository among the caller's favourites."""
    account = _account(access.access)
    repository = await actions.found(uow.session, access)
    await store.star(uow.session, account, repository.id, now=state.clock.now())


@router.delete(
    "/favourites/{namespace}/{name}",
    tags=["favourites"],
    status_code=204,
    summary="Unstar a repository",
    openapi_extra=UNAUDITED,
    responses=problems(401, 403, 404),
)
async def unstar_repository(access: CanPull, uow: Work) -> None:
    """Take a repository out of the caller's favourites."""
    account = _account(access.access)
    repository = await actions.found(uow.session, access)
    await store.unstar(uow.session, account, repository.id)


async def _page(
    state: CatalogState, access: Access, wanted: store.Wanted, cursor: str | None, limit: int
) -> Page[RepositoryRow]:
    async with state.database.reading() as session:
        rows, following = await store.listed(session, access, wanted, cursor=cursor, limit=limit)
    return Page(items=[RepositoryRow.model_validate(row) for row in rows], next_cursor=following)


def _account(access: Access) -> UUID:
    """Whose favourites they are: they belong to the account, so a token has to be good for that."""
    if not access.authenticated:
        raise Unauthenticated
    account_id = manager(access).account_id
    assert account_id is not None  # noqa: S101 - manager saw to it
    return account_id


async def _view(
    session: AsyncSession,
    state: CatalogState,
    repository: Repository,
    access: Access,
    verbs: frozenset[Verb],
) -> RepositoryView:
    host = state.settings.registry_host
    return RepositoryView(
        **RepositoryRow.model_validate(repository).model_dump(),
        details=repository.details,
        created_by=repository.created_by,
        starred=await store.is_starred(session, access.account_id, repository.id),
        verbs=sorted(verbs),
        push=push_commands(host, repository.full_name),
        pull=pull_commands(host, repository.full_name, ":latest"),
    )
