"""Looking at GitHub with a person's own eyes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from boatyard.github_gateway.credentials import LinkLost
from boatyard.github_gateway.dependencies import GatewayState
from boatyard.github_gateway.github import (
    GithubBusy,
    GithubDenied,
    GithubError,
    GithubMissing,
    GithubRefused,
    Project,
)
from boatyard.github_gateway.refs import RefKind
from boatyard.shared.errors import Conflict, NotFound, TooMany, Unavailable


@asynccontextmanager
async def github_problems(what: str) -> AsyncIterator[None]:
    """Turn what goes wrong at GitHub into problems for whoever asked for `what`."""
    try:
        yield
    except LinkLost as lost:
        raise Conflict("github-link-lost", str(lost)) from lost
    except GithubBusy as busy:
        seconds = int(busy.retry_after) + 1
        raise TooMany(
            "github-busy", f"GitHub asks to wait {seconds} seconds.", retry_after=seconds
        ) from busy
    except (GithubMissing, GithubRefused) as missing:
        raise NotFound(
            "not-at-github", f"There is no {what} at GitHub that you can see."
        ) from missing
    except GithubDenied as denied:
        raise Conflict("github-denies", f"{denied}. Link the account again.") from denied
    except GithubError as error:
        raise Unavailable("github-unreachable", f"{error}. Try again in a moment.") from error


async def token(state: GatewayState, account_id: UUID | None) -> str:
    """The person's own token; Conflict says what is to be done to have one."""
    await state.app.require()
    assert account_id is not None  # noqa: S101 - a person has one
    async with github_problems("account"):
        return await state.credentials.user(account_id)


async def listed(state: GatewayState, account_id: UUID | None) -> list[Project]:
    """The projects that a person can build from, by name."""
    app, own = await state.app.require(), await token(state, account_id)
    async with github_problems("project"):
        if not app.is_github_app:
            return _sorted(await state.github.users.projects(own))
        found: list[Project] = []
        for installation in await state.github.users.installations(own):
            if not installation.suspended:
                found += await state.github.users.installed_projects(own, installation.id)
    return _sorted(found)


async def found(state: GatewayState, account_id: UUID | None, full_name: str) -> Project:
    """A project that the person can see."""
    own = await token(state, account_id)
    async with github_problems(f"project {full_name}"):
        return await state.github.project(own, full_name)


def _sorted(projects: list[Project]) -> list[Project]:
    return sorted(projects, key=lambda project: project.full_name.lower())


async def refs(
    state: GatewayState, account_id: UUID | None, full_name: str, kind: RefKind
) -> list[tuple[str, str]]:
    """The names and commits of a project's branches, the default one first, or of its tags."""
    project = await found(state, account_id, full_name)
    own = await token(state, account_id)
    async with github_problems(f"project {full_name}"):
        listed = await state.github.refs(own, project.full_name)
    named = [(ref.name, sha) for ref, sha in listed.items() if ref.kind is kind]
    return sorted(named, key=lambda it: (it[0] != project.default_branch, it[0]))
