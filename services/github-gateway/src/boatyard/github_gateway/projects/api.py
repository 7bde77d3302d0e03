"""Routes that list what can be picked at GitHub."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import Path, Query

from boatyard.github_gateway.dependencies import Person, State
from boatyard.github_gateway.projects import actions
from boatyard.github_gateway.projects.schemas import DockerfilesView, ProjectView, RefView
from boatyard.github_gateway.refs import RefKind
from boatyard.shared.http import Router, problems
from boatyard.shared.paging import Cursor, Limit, Page, decode_cursor, encode_cursor

router = Router(prefix="/api/v1/github/projects", tags=["github"])
Owner = Annotated[str, Path(pattern=r"^[A-Za-z0-9_.-]{1,100}$", examples=["octocat"])]
Repo = Annotated[str, Path(pattern=r"^[A-Za-z0-9_.-]{1,100}$", examples=["hello"])]
Words = Annotated[
    str, Query(max_length=100, pattern=r"^[^\x00]*$", description="Part of the name.")
]
FAULTS = problems(401, 403, 404, 409, 429, 503)


@router.get("", summary="List my projects at GitHub", responses=FAULTS)
async def list_github_projects(
    access: Person, state: State, q: Words = "", cursor: Cursor = None, limit: Limit = 50
) -> Page[ProjectView]:
    """The projects that I can build from, by name."""
    wanted = [
        project
        for project in await actions.listed(state, access.account_id)
        if q.lower() in project.full_name.lower()
    ]
    names = [project.full_name for project in wanted]
    start, end, following = _cut(names, cursor, limit)
    items = [ProjectView.model_validate(project) for project in wanted[start:end]]
    return Page(items=items, next_cursor=following)


@router.get("/{owner}/{repo}/branches", summary="List a project's branches", responses=FAULTS)
async def list_github_branches(
    owner: Owner,
    repo: Repo,
    access: Person,
    state: State,
    q: Words = "",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[RefView]:
    """The branches of a project, the default one first."""
    rows = await actions.refs(state, access.account_id, f"{owner}/{repo}", RefKind.BRANCH)
    return _named(rows, q, cursor, limit)


@router.get("/{owner}/{repo}/tags", summary="List a project's tags", responses=FAULTS)
async def list_github_tags(
    owner: Owner,
    repo: Repo,
    access: Person,
    state: State,
    q: Words = "",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[RefView]:
    """The tags of a project, by name."""
    rows = await actions.refs(state, access.account_id, f"{owner}/{repo}", RefKind.TAG)
    return _named(rows, q, cursor, limit)


@router.get("/{owner}/{repo}/dockerfiles", summary="List a project's Dockerfiles", responses=FAULTS)
async def list_github_dockerfiles(
    owner: Owner,
    repo: Repo,
    access: Person,
    state: State,
    ref: Annotated[
        str,
        Query(
            max_length=300,
            pattern=r"^[^\x00]*$",
            description="A branch, tag or commit; the default branch if left out.",
        ),
    ] = "",
) -> DockerfilesView:
    """The files called as Dockerfiles are, the nearest to the root first."""
    project = await actions.found(state, access.account_id, f"{owner}/{repo}")
    own = await actions.token(state, access.account_id)
    async with actions.github_problems(f"ref {ref or project.default_branch}"):
        found = await state.github.dockerfiles(
            own, project.full_name, ref or f"refs/heads/{project.default_branch}"
        )
    return DockerfilesView(items=list(found.paths), complete=found.complete)


def _named(
    rows: Sequence[tuple[str, str]], q: str, cursor: str | None, limit: int
) -> Page[RefView]:
    wanted = [(name, sha) for name, sha in rows if q.lower() in name.lower()]
    start, end, following = _cut([name for name, _ in wanted], cursor, limit)
    items = [RefView(name=name, commit=sha) for name, sha in wanted[start:end]]
    return Page(items=items, next_cursor=following)


def _cut(names: Sequence[str], cursor: str | None, limit: int) -> tuple[int, int, str | None]:
    """Where a page begins and ends, and the cursor of the next: the name that the page ended with."""
    start = 0
    if cursor is not None:
        (last,) = decode_cursor(cursor, str)
        start = names.index(str(last)) + 1 if last in names else len(names)
    end = start + limit
    return start, end, encode_cursor(names[end - 1]) if end < len(names) else None
