"""Routes of linked GitHub accounts."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Response
from fastapi.responses import RedirectResponse

from boatyard.github_gateway import errands
from boatyard.github_gateway.accounts import actions, store
from boatyard.github_gateway.accounts.models import LinkedAccount
from boatyard.github_gateway.accounts.schemas import (
    GithubAccountView,
    InstallationView,
    LinkForm,
    LinkWish,
    Unlinked,
)
from boatyard.github_gateway.credentials import LinkLost
from boatyard.github_gateway.dependencies import Caller, GatewayState, Person, State, Work
from boatyard.github_gateway.github import GithubDenied, GithubError, GithubRefused
from boatyard.github_gateway.identity.current import App
from boatyard.github_gateway.sources import store as sources
from boatyard.shared.errors import NotFound
from boatyard.shared.events import Access
from boatyard.shared.http import Router, problems

router = Router(prefix="/api/v1/github", tags=["github"])
Given = Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$")]
BACK: dict[int | str, dict[str, Any]] = {302: {"description": "Back to the page that was left."}}


@router.get("/account", summary="Show my GitHub account", responses=problems(401, 403))
async def read_github_account(access: Person, state: State) -> GithubAccountView:
    """The GitHub account that mine is linked with, and where its projects can be seen."""
    app, row = await state.app.get(), await _account(state, access)
    view = GithubAccountView(
        linked=row is not None,
        github_url=state.github.addresses.web,
        configured=app is not None,
        kind=app.kind if app else None,
        install_url=state.github.addresses.install(app.slug) if app and app.slug else None,
        to_do=_to_do(app, row),
    )
    return view if row is None else await _with_account(state, view, app, row)


@router.post("/link", summary="Link my GitHub account", responses=problems(401, 403, 409))
async def link_github_account(wish: LinkWish, access: Person, state: State, uow: Work) -> LinkForm:
    """The page at GitHub that asks whether this Boatyard may act for me; it comes back here."""
    app = await state.app.require()
    back = errands.send(uow, access, errands.LINK, wish.return_to, now=state.clock.now())
    url = state.github.addresses.authorize(
        client_id=app.client_id,
        state=back,
        redirect=_callback(state),
        scope="" if app.is_github_app else actions.SCOPE,
    )
    return LinkForm(authorize_url=url)


@router.get(
    "/callback",
    summary="Come back from GitHub, authorized",
    status_code=302,
    response_class=Response,
    responses={**BACK, **problems(401, 409)},
)
async def finish_github_link(
    access: Caller,
    state: State,
    code: Given = "",
    state_: Annotated[str, Query(alias="state", max_length=200)] = "",
    error: Given = "",
) -> Response:
    """GitHub sends the browser here. Whoever has no projects chosen yet goes on to choose them."""
    app = await state.app.require()
    try:
        async with state.database.unit_of_work() as uow:
            errand = await errands.receive(uow, access, errands.LINK, state_, now=state.clock.now())
    except errands.Stranger:
        return _to(errands.back("/", github="expired"))
    if error or not code:
        return _to(errands.back(errand.return_to, github="refused"))
    try:
        await _link(state, app, access, code)
        target = await _install_first(state, app, access, errand.return_to)
    except (GithubRefused, GithubDenied):
        return _to(errands.back(errand.return_to, github="expired"))
    except (GithubError, LinkLost):
        return _to(errands.back(errand.return_to, github="unreachable"))
    return _to(target or errands.back(errand.return_to, github="linked"))


@router.get(
    "/installed",
    summary="Come back from GitHub, installed",
    status_code=302,
    response_class=Response,
    responses={**BACK, **problems(401)},
)
async def finish_github_installation(
    access: Caller,
    state: State,
    state_: Annotated[str, Query(alias="state", max_length=200)] = "",
) -> Response:
    """GitHub sends the browser here once projects were chosen, also when they are changed at GitHub later."""
    try:
        async with state.database.unit_of_work() as uow:
            errand = await errands.receive(
                uow, access, errands.INSTALL, state_, now=state.clock.now()
            )
    except errands.Stranger:
        return _to(errands.back("/", github="installed"))
    return _to(errands.back(errand.return_to, github="linked"))


@router.delete("/link", summary="Unlink my GitHub account", responses=problems(401, 403, 404))
async def unlink_github_account(access: Person, state: State) -> Unlinked:
    """Remove what linking made at GitHub: webhooks, the App in my account, the authorization."""
    row = await _account(state, access)
    if row is None:
        raise NotFound("not-linked", "No GitHub account is linked.")
    undone = await actions.unlink(state, row)
    return Unlinked(removed=undone.removed, kept=undone.kept)


async def _link(state: GatewayState, app: App, access: Access, code: str) -> None:
    token = await state.github.users.exchange(app.client_id, app.secrets.client_secret, code)
    assert access.account_id is not None  # noqa: S101 - an errand belongs to an account
    await actions.link(state, token, account_id=access.account_id, username=access.username or "")


async def _install_first(
    state: GatewayState, app: App, access: Access, return_to: str
) -> str | None:
    """The page at GitHub where projects are chosen, for somebody who has not done so yet."""
    if not app.is_github_app or access.account_id is None:
        return None
    token = await state.credentials.user(access.account_id)
    if await state.github.users.installations(token):
        return None
    async with state.database.unit_of_work() as uow:
        back = errands.send(uow, access, errands.INSTALL, return_to, now=state.clock.now())
    return state.github.addresses.install(app.slug, state=back)


async def _account(state: GatewayState, access: Access) -> LinkedAccount | None:
    assert access.account_id is not None  # noqa: S101 - a person has one
    async with state.database.reading() as session:
        return await store.account(session, access.account_id)


async def _with_account(
    state: GatewayState, view: GithubAccountView, app: App | None, row: LinkedAccount
) -> GithubAccountView:
    async with state.database.reading() as session:
        fed = await sources.sources_linked_by(session, row.account_id)
    known = {
        "login": row.login,
        "avatar_url": row.avatar_url,
        "linked_at": row.linked_at,
        "lost": row.lost or None,
        "repositories": [source.repository for source in fed],
    }
    if app is None or not app.is_github_app:
        return view.model_copy(update=known)
    try:
        token = await state.credentials.user(row.account_id)
        found = await state.github.users.installations(token)
    except (LinkLost, GithubError) as error:
        return view.model_copy(update={**known, "lost": str(error)})
    shown = [InstallationView.model_validate(installation) for installation in found]
    to_do = None if found else "Choose at GitHub which projects this Boatyard may see."
    return view.model_copy(update={**known, "installations": shown, "to_do": to_do})


def _to_do(app: App | None, row: LinkedAccount | None) -> str | None:
    if app is None:
        return "An administrator of this Boatyard has to connect it with GitHub first."
    return "Link your GitHub account." if row is None else None


def _callback(state: GatewayState) -> str:
    return f"{state.settings.public_url.rstrip('/')}/api/v1/github/callback"


def _to(target: str) -> Response:
    return RedirectResponse(target, 302)
