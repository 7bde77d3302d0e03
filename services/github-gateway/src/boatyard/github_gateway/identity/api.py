"""Routes with which an administrator connects this Boatyard with GitHub."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Response
from fastapi.responses import RedirectResponse

from boatyard.github_gateway import errands
from boatyard.github_gateway.dependencies import Administrator, Caller, GatewayState, State, Work
from boatyard.github_gateway.github import GithubError, GithubMissing
from boatyard.github_gateway.identity import actions
from boatyard.github_gateway.identity.current import App
from boatyard.github_gateway.identity.manifest import manifest
from boatyard.github_gateway.identity.schemas import (
    AppCredentials,
    AppView,
    ManifestForm,
    ManifestWish,
)
from boatyard.github_gateway.inbound import store as deliveries
from boatyard.shared.errors import Conflict, Unavailable
from boatyard.shared.http import Router, problems

router = Router(prefix="/api/v1/github/app", tags=["github"])
Code = Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$")]


@router.get("", summary="Show the App", responses=problems(401, 403))
async def read_github_app(access: Administrator, state: State) -> AppView:
    """The App that this Boatyard is at GitHub, or what to do to have one; for administrators."""
    return await _view(state)


@router.post(
    "/manifest", summary="Make an App at GitHub, in one click", responses=problems(401, 403)
)
async def make_github_app(
    wish: ManifestWish, access: Administrator, state: State, uow: Work
) -> ManifestForm:
    """A form that the administrator's browser posts to GitHub, which then makes the App and sends them back."""
    back = errands.send(uow, access, errands.NEW_APP, wish.return_to, now=state.clock.now())
    return ManifestForm(
        action=state.github.addresses.new_app(organization=wish.organization, state=back),
        manifest=manifest(
            public_url=state.settings.public_url, events_url=state.settings.events_url
        ),
    )


@router.get(
    "/callback",
    summary="Come back from GitHub with a new App",
    status_code=302,
    response_class=Response,
    responses={302: {"description": "Back to the page that was left."}, **problems(401)},
)
async def finish_github_app(
    access: Caller,
    state: State,
    code: Code = "",
    state_: Annotated[str, Query(alias="state", max_length=200)] = "",
) -> Response:
    """GitHub sends the administrator's browser here; the App's keys are fetched and sealed."""
    try:
        async with state.database.unit_of_work() as uow:
            errand = await errands.receive(
                uow, access, errands.NEW_APP, state_, now=state.clock.now()
            )
    except errands.Stranger:
        return RedirectResponse(errands.back("/", github="expired"), 302)
    if not access.administrator:
        return RedirectResponse(errands.back(errand.return_to, github="refused"), 302)
    try:
        made = await state.github.app.convert(code)
    except GithubMissing:
        return RedirectResponse(errands.back(errand.return_to, github="expired"), 302)
    except GithubError:
        return RedirectResponse(errands.back(errand.return_to, github="unreachable"), 302)
    async with state.database.unit_of_work() as uow:
        await actions.adopt(state, uow, made, by=errand.username)
    return RedirectResponse(errands.back(errand.return_to, github="app-made"), 302)


@router.put("", summary="Enter an App that exists already", responses=problems(401, 403, 503))
async def enter_github_app(given: AppCredentials, access: Administrator, state: State) -> AppView:
    """A GitHub App or an OAuth App by its credentials; they are tried where GitHub allows it."""
    await actions.check(state, given)
    async with state.database.unit_of_work() as uow:
        await actions.enter(state, uow, given, by=access.username)
    return await _view(state)


@router.post(
    "/rotate-webhook-secret",
    summary="Replace the secret that signs deliveries",
    responses=problems(401, 403, 409, 503),
)
async def rotate_github_secret(access: Administrator, state: State) -> AppView:
    """A new secret, which GitHub is told; the one before is believed for three more days."""
    app = await state.app.require()
    if not app.is_github_app:
        raise Conflict(
            "no-common-webhook",
            "An OAuth App has a webhook in each project: set the sources again.",
        )
    fresh = actions.secret()
    async with state.database.unit_of_work() as uow:  # believed here before it is used there
        await actions.rotate(state, uow, app, fresh)
    try:
        await state.github.app.set_webhook(
            app.jwt(state.clock.now()), url=state.settings.events_url, secret=fresh
        )
    except GithubError as error:
        async with state.database.unit_of_work() as uow:
            await actions.keep(state, uow, app)
        raise Unavailable("github-unreachable", f"The secret stays as it was: {error}.") from error
    return await _view(state)


@router.delete("", status_code=204, summary="Forget the App", responses=problems(401, 403))
async def forget_github_app(access: Administrator, state: State, uow: Work) -> None:
    """Forget the App and its keys. At GitHub it stays until it is deleted there."""
    await actions.leave(state, uow)


async def _view(state: GatewayState) -> AppView:
    state.app.forget()
    app = await state.app.get()
    async with state.database.reading() as session:
        reached = await deliveries.last_received(session)
    common = {
        "github_url": state.github.addresses.web,
        "events_url": state.settings.events_url,
        "last_delivery_at": reached,
    }
    if app is None:
        return AppView(
            configured=False,
            to_do="Let GitHub make an App for this Boatyard (POST /api/v1/github/app/manifest), or enter "
            "one that exists (PUT /api/v1/github/app).",
            **common,
        )
    return AppView(configured=True, to_do=_to_do(state, app), **_fields(app), **common)


def _fields(app: App) -> dict[str, object]:
    return {
        "kind": app.kind,
        "app_id": app.app_id,
        "slug": app.slug or None,
        "name": app.name,
        "client_id": app.client_id,
        "created_at": app.created_at,
        "created_by": app.created_by,
    }


def _to_do(state: GatewayState, app: App) -> str | None:
    if state.settings.events_url.startswith("http://localhost"):
        return (
            "GitHub can't reach localhost: set BOATYARD_PUBLIC_URL, or "
            "BOATYARD_GITHUB_GATEWAY_WEBHOOK_URL. Until then pushes are found by comparing refs."
        )
    return None
