"""What people do with the source of a repository."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from boatyard.github_gateway.credentials import READ, LinkLost
from boatyard.github_gateway.dependencies import GatewayState
from boatyard.github_gateway.github import GithubError, Project
from boatyard.github_gateway.github.hookclient import project_hook
from boatyard.github_gateway.identity.current import App
from boatyard.github_gateway.projects import actions as projects
from boatyard.github_gateway.pushes import actions as pushes
from boatyard.github_gateway.pushes.arrivals import ORDERS_A_SECOND
from boatyard.github_gateway.refs import Ref
from boatyard.github_gateway.sources import store
from boatyard.github_gateway.sources.models import Source
from boatyard.github_gateway.sources.schemas import SourceWish
from boatyard.shared.access import RepositoryAccess
from boatyard.shared.db import UnitOfWork
from boatyard.shared.errors import Conflict, Forbidden, NotFound


@dataclass(frozen=True)
class Connection:
    """A project as it is found at GitHub, and what GitHub lets us do with it."""

    project: Project
    refs: dict[Ref, str]
    installation_id: int | None
    hook_id: int | None


async def found(session: AsyncSession, access: RepositoryAccess) -> Source:
    """The source of a repository; NotFound if there is none."""
    source = await store.source(session, repository_id(access))
    if source is None:
        raise NotFound("no-source", f"{access.repository} is not built from a GitHub project.")
    return source


def repository_id(access: RepositoryAccess) -> UUID:
    """The repository that a route's access check has found."""
    assert access.access.repository_id is not None  # noqa: S101 - `may` saw to it
    return access.access.repository_id


async def connect(state: GatewayState, access: RepositoryAccess, wish: SourceWish) -> Connection:
    """Look a project up with the caller's own eyes, and see to it that GitHub tells of its pushes."""
    app = await state.app.require()
    person = access.access.account_id
    if person is None:
        raise Forbidden(
            "no-account", "A robot has no account at GitHub: a person chooses the project."
        )
    project = await projects.found(state, person, wish.project)
    if not project.writable:
        raise Forbidden(
            "project-not-writable",
            f"Building from {project.full_name} needs the permission to push to it at GitHub.",
        )
    own = await projects.token(state, person)
    async with projects.github_problems(f"project {project.full_name}"):
        refs = await state.github.refs(own, project.full_name)
        if app.is_github_app:
            installation = await _installation(state, app, project)
            return Connection(project, refs, installation, None)
        hook = await _hook(state, app, access, project, own)
    return Connection(project, refs, None, hook)


async def _installation(state: GatewayState, app: App, project: Project) -> int:
    jwt = app.jwt(state.clock.now())
    installed = await state.github.app.installation_for(jwt, project.full_name)
    if installed is None or installed.suspended:
        page = state.github.addresses.install(app.slug)
        raise Conflict(
            "app-not-installed",
            f"The GitHub App does not see {project.full_name} yet: choose the project at {page}.",
        )
    return installed.id


async def _hook(
    state: GatewayState, app: App, access: RepositoryAccess, project: Project, own: str
) -> int | None:
    """The webhook of a project, made if need be; None where only its administrators could make one."""
    async with state.database.reading() as session:
        here = await store.source(session, repository_id(access))
        if here is not None and here.project_id == project.id and here.hook_id is not None:
            return here.hook_id
        shared = await store.shared_hook(session, project.id, but=repository_id(access))
    if shared is not None or not project.administrable:
        return shared
    return await state.github.hooks.create(
        own,
        project.full_name,
        url=state.settings.events_url,
        secret=app.secrets.webhook_secret,
    )


async def save(
    state: GatewayState,
    uow: UnitOfWork,
    access: RepositoryAccess,
    wish: SourceWish,
    connection: Connection,
) -> Source:
    """Build a repository from a project from now on. Its rules stay, whatever the project was before."""
    now, project = state.clock.now(), connection.project
    before = await store.source(uow.session, repository_id(access))
    moved = before is None or before.project_id != project.id
    if before is not None and moved:
        await forget_refs(uow, before, reason="The repository is built from another project now.")
    fields = _fields(access, wish, connection, now=now)
    source = before or Source(repository_id=repository_id(access), created_at=now, **fields)
    for name, value in fields.items():
        setattr(source, name, value)
    if moved:
        source.baseline_at = source.reconciled_at = now
        await note_baseline(uow, source, connection.refs, project.pushed_at)
    source.due_at = now + dt.timedelta(seconds=state.settings.reconcile_seconds)
    uow.session.add(source)
    await uow.session.flush()
    return source


def _fields(
    access: RepositoryAccess, wish: SourceWish, connection: Connection, *, now: dt.datetime
) -> dict[str, Any]:
    project = connection.project
    return {
        "repository": access.repository,
        "project_id": project.id,
        "project": project.full_name,
        "private": project.private,
        "default_branch": project.default_branch,
        "installation_id": connection.installation_id,
        "hook_id": connection.hook_id,
        "linked_by": access.access.account_id,
        "linked_by_name": access.access.username or "",
        "enabled": wish.enabled,
        "submodules": wish.submodules,
        "lfs": wish.lfs,
        "lost": "",
        "failures": 0,
        "updated_at": now,
    }


async def note_baseline(
    uow: UnitOfWork, source: Source, refs: dict[Ref, str], pushed_at: dt.datetime | None
) -> None:
    """Note what the refs of a project point at, without building anything of it."""
    order = int(pushed_at.timestamp()) * ORDERS_A_SECOND if pushed_at else 0
    rows = [
        {"repository_id": source.repository_id, "ref": ref.full, "sha": sha, "push_order": order}
        for ref, sha in refs.items()
    ]
    await store.note_refs(uow.session, rows)


async def forget_refs(uow: UnitOfWork, source: Source, *, reason: str) -> None:
    """Forget what is known of a project's refs, and cancel what is being built of them."""
    rules = await store.rules(uow.session, source.repository_id)
    await pushes.cancel_rule(uow, source.repository_id, rules, reason=reason)
    await store.delete_refs(uow.session, source.repository_id)


async def disconnect(state: GatewayState, source: Source) -> None:
    """Build a repository from nothing any more; its rules are deleted, the ledger stays."""
    await remove_hook(state, source)
    async with state.database.unit_of_work() as uow:
        await forget_refs(uow, source, reason="The repository is not built from GitHub any more.")
        await store.delete_repository(uow.session, source.repository_id)


async def remove_hook(state: GatewayState, source: Source) -> None:
    """Remove the webhook that a source made, unless another source needs it."""
    if source.hook_id is None:
        return
    async with state.database.reading() as session:
        shared = await store.shared_hook(session, source.project_id, but=source.repository_id)
    if shared is None:
        async with projects.github_problems(f"webhook of {source.project}"):
            token = (await state.credentials.project(source, READ)).token
            await state.github.hooks.delete(token, project_hook(source.project, source.hook_id))


async def live_refs(state: GatewayState, source: Source) -> dict[Ref, str] | None:
    """The refs of a source's project; None if GitHub can't be asked now."""
    try:
        token = (await state.credentials.project(source, READ)).token
        return await state.github.refs(token, source.project)
    except (GithubError, LinkLost):
        return None
