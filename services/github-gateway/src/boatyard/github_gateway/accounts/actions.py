"""Linking a GitHub account, and undoing whatever linking did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlmodel import col

from boatyard.github_gateway.accounts import store
from boatyard.github_gateway.accounts.models import LinkedAccount
from boatyard.github_gateway.credentials import LinkLost
from boatyard.github_gateway.dependencies import GatewayState
from boatyard.github_gateway.github import GithubError, Installation, UserToken
from boatyard.github_gateway.github.hookclient import project_hook
from boatyard.github_gateway.identity.current import App
from boatyard.github_gateway.sources import store as sources
from boatyard.github_gateway.sources.models import Source
from boatyard.shared.db import UnitOfWork

UNLINKED = "The GitHub account was unlinked: link one again."
SCOPE = "repo"
"""What an OAuth App needs to read private projects and to make webhooks; a GitHub App asks for nothing here."""


async def link(
    state: GatewayState, token: UserToken, *, account_id: UUID, username: str
) -> LinkedAccount:
    """Link the account with the person whose token it is; what was lost before is looked for again."""
    user = await state.github.user(token.access)
    tokens, expires_at = state.credentials.sealed(account_id, token)
    row = LinkedAccount(
        account_id=account_id,
        username=username,
        github_id=user.id,
        login=user.login,
        avatar_url=user.avatar_url[:500],
        tokens=tokens,
        expires_at=expires_at,
        linked_at=state.clock.now(),
    )
    async with state.database.unit_of_work() as uow:
        await store.save(uow.session, row)
        mine = col(Source.linked_by) == account_id
        await sources.update_sources(uow.session, mine, {"lost": "", "due_at": state.clock.now()})
        uow.after_commit.append(state.bells.sources.set)
    return row


@dataclass
class Undone:
    """What was removed, and what was not and why; sentences for people."""

    removed: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


async def unlink(state: GatewayState, row: LinkedAccount) -> Undone:
    """Remove everything that linking made: webhooks, the installation, the authorization, the link."""
    undone = Undone()
    app = await state.app.get()
    async with state.database.reading() as session:
        mine = await sources.sources_linked_by(session, row.account_id)
        of_others = await sources.installations_of_others(session, row.account_id)
    if app is None:
        undone.kept.append(
            f"The authorization at {state.github.addresses.web}: there is no App any more to remove it with."
        )
    else:
        await _undo_at_github(state, app, row, mine, of_others, undone)
    async with state.database.unit_of_work() as uow:
        await _forget(uow, row)
    undone.removed.append(f"The link with {row.login}, and its tokens.")
    undone.kept += [
        f"The build rules of {source.repository}: they build again once an account is linked."
        for source in mine
    ]
    return undone


async def _undo_at_github(
    state: GatewayState,
    app: App,
    row: LinkedAccount,
    mine: Sequence[Source],
    of_others: set[int],
    undone: Undone,
) -> None:
    try:
        token = await state.credentials.user(row.account_id)
    except (LinkLost, GithubError) as error:
        undone.kept.append(
            f"What is left at {state.github.addresses.grants(app.client_id)}: {error}"
        )
        return
    for source in mine:
        await _remove_hook(state, token, source, undone)
    if app.is_github_app:
        await _uninstall(state, app, row, token, of_others, undone)
    await _revoke(state, app, token, undone)


async def _remove_hook(state: GatewayState, token: str, source: Source, undone: Undone) -> None:
    if source.hook_id is None:
        return
    what = f"The webhook of {source.project}"
    try:
        await state.github.hooks.delete(token, project_hook(source.project, source.hook_id))
    except GithubError as error:
        undone.kept.append(f"{what}: {error}.")
    else:
        undone.removed.append(f"{what}.")


async def _uninstall(
    state: GatewayState,
    app: App,
    row: LinkedAccount,
    token: str,
    of_others: set[int],
    undone: Undone,
) -> None:
    """Remove the App from the person's own account; an organization's belongs to all its members."""
    try:
        installations = await state.github.users.installations(token)
        for installation in installations:
            reason = _reason_to_keep(installation, row, of_others)
            if reason:
                undone.kept.append(f"The GitHub App in {installation.account}: {reason}")
                continue
            await state.github.app.uninstall(app.jwt(state.clock.now()), installation.id)
            undone.removed.append(f"The GitHub App in {installation.account}.")
    except GithubError as error:
        undone.kept.append(f"The GitHub App: {error}.")


def _reason_to_keep(
    installation: Installation, row: LinkedAccount, of_others: set[int]
) -> str | None:
    if installation.account_id != row.github_id:
        return f"it is the organization's; who owns it removes it at {installation.html_url}"
    if installation.id in of_others:
        return "other people's repositories are built through it."
    return None


async def _revoke(state: GatewayState, app: App, token: str, undone: Undone) -> None:
    try:
        await state.github.users.revoke(app.client_id, app.secrets.client_secret, token)
    except GithubError as error:
        undone.kept.append(
            f"The authorization, at {state.github.addresses.grants(app.client_id)}: {error}."
        )
    else:
        undone.removed.append("The authorization at GitHub.")


async def _forget(uow: UnitOfWork, row: LinkedAccount) -> None:
    await store.delete(uow.session, row.account_id)
    mine = col(Source.linked_by) == row.account_id
    await sources.update_sources(uow.session, mine, {"lost": UNLINKED, "hook_id": None})
