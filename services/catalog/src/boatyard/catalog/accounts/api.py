"""Routes of accounts and sessions."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Query, Request, Response
from pydantic import AfterValidator

from boatyard.catalog.accounts import actions, store
from boatyard.catalog.accounts.models import Account
from boatyard.catalog.accounts.schemas import (
    AccountChange,
    AccountRights,
    AccountView,
    ManagedAccount,
    SessionView,
    SignIn,
    SignUp,
)
from boatyard.catalog.dependencies import CatalogState, Reading, SignedIn, State, Work
from boatyard.shared import audit
from boatyard.shared.access import (
    CSRF_COOKIE,
    SESSION_COOKIE,
    Doorkeeper,
    caller,
    csrf_token,
    doorkeeper,
    read_credential,
    stands_for_owner,
)
from boatyard.shared.errors import Forbidden, Unauthenticated
from boatyard.shared.events import Access, CredentialKind
from boatyard.shared.http import Router, problems
from boatyard.shared.paging import Cursor, Limit, Page, decode_cursor, encode_cursor
from boatyard.shared.text import check_text

router = Router(prefix="/api/v1", tags=["accounts"])


def address_of(request: Request) -> str:
    """The address that a request came from."""
    return request.client.host if request.client else "unknown"


def manager(access: Access) -> Access:
    """The caller, if the credential is good for managing the account and not only repositories."""
    if access.account_id is None:
        raise Forbidden("no-account", "A robot has no account of its own.")
    if not stands_for_owner(access):
        raise Forbidden(
            "scope-too-small",
            "This token's scope does not cover the account: it needs * with every verb.",
        )
    return access


def administrator(access: Access) -> Access:
    """The caller, if they administer this Boatyard."""
    if not manager(access).administrator:
        raise Forbidden("administrators-only", "Only administrators may do this.")
    return access


async def inviter(
    request: Request, state: State, door: Annotated[Doorkeeper, Depends(doorkeeper)]
) -> Access:
    """Who makes an account for somebody else; nobody is looked at where everybody may sign up."""
    access = Access() if state.settings.sign_up else await caller(request, door)
    return manager(access) if access.authenticated else access


@router.post(
    "/accounts", status_code=201, summary="Sign up", responses=problems(401, 403, 409, 429)
)
async def create_account(
    wish: SignUp, state: State, request: Request, by: Annotated[Access, Depends(inviter)]
) -> AccountView:
    """Make an account. The first one administers this Boatyard; later ones can be left to administrators."""
    async with state.database.reading() as session:
        await actions.check_sign_up(state, session, wish, by=by)
    audit.note(actor=by.username or wish.username, username=wish.username)
    password_hash = await actions.hash_first_password(state, wish, address=address_of(request))
    async with state.database.unit_of_work() as uow:
        account = await actions.sign_up(state, uow, wish, password_hash, by=by)
    return AccountView.model_validate(account)


@router.get("/accounts", summary="List accounts", responses=problems(401, 403))
async def list_accounts(
    access: SignedIn,
    state: State,
    q: Annotated[
        str, Query(max_length=64, pattern=r"^[^\x00]*$", description="Part of the name.")
    ] = "",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[ManagedAccount]:
    """Every account, for administrators."""
    administrator(access)
    after = str(decode_cursor(cursor, str)[0]) if cursor is not None else None
    async with state.database.reading() as session:
        rows = await store.listed(session, query=q, after=after, limit=limit + 1)
    page = rows[:limit]
    return Page(
        items=[ManagedAccount.model_validate(row) for row in page],
        next_cursor=encode_cursor(page[-1].username) if len(rows) > limit else None,
    )


@router.patch(
    "/accounts/{username}",
    summary="Change an account's rights",
    responses=problems(401, 403, 404, 409),
)
async def update_account_rights(
    username: Annotated[
        str, Path(max_length=256, examples=["captain"]), AfterValidator(check_text)
    ],
    rights: AccountRights,
    access: SignedIn,
    uow: Work,
) -> ManagedAccount:
    """Disable an account, or let it administer; for administrators."""
    administrator(access)
    audit.note(**rights.model_dump(exclude_unset=True))
    return ManagedAccount.model_validate(await actions.change_rights(uow, username, rights))


@router.get("/account", summary="My account", responses=problems(401, 403))
async def read_account(access: SignedIn, session: Reading) -> AccountView:
    """The account that is signed in."""
    return AccountView.model_validate(await actions.own_account(session, access.account_id))


@router.patch("/account", summary="Change my account", responses=problems(401, 403, 429))
async def update_account(
    change: AccountChange, access: SignedIn, state: State, request: Request
) -> AccountView:
    """Change e-mail, language or password. A new password ends all other sessions."""
    manager(access)
    audit.note(changed=", ".join(sorted(change.model_fields_set)))
    async with state.database.reading() as session:
        account = await actions.own_account(session, access.account_id)
    new_hash = await actions.hash_new_password(state, account, change, address=address_of(request))
    async with state.database.unit_of_work() as uow:
        account = await actions.own_account(uow.session, access.account_id)
        changed = await actions.change_account(
            uow, account, change, new_hash=new_hash, session=read_credential(request).sha256
        )
    return AccountView.model_validate(changed)


@router.post("/session", status_code=201, summary="Sign in", responses=problems(401, 429))
async def create_session(
    credentials: SignIn, state: State, request: Request, response: Response
) -> SessionView:
    """Sign in with a browser: sets the session's cookie, and the one that holds the CSRF token."""
    account = await actions.check_password(
        state,
        username=credentials.username,
        password=credentials.password,
        address=address_of(request),
    )
    audit.note(actor=account.username)
    async with state.database.unit_of_work() as uow:
        secret = await actions.open_session(state, uow, account)
    _set_cookies(response, secret, state)
    return _view(account, secret)


@router.get("/session", summary="Who is signed in?", responses=problems(401, 403))
async def read_session(
    access: SignedIn, state: State, session: Reading, request: Request, response: Response
) -> SessionView:
    """The account of this browser's session, and its CSRF token. The cookies last longer from now on."""
    secret = request.cookies.get(SESSION_COOKIE)
    if secret is None or read_credential(request).kind is not CredentialKind.SESSION:
        raise Unauthenticated(detail="There is no session: sign in with a browser.")
    view = _view(await actions.own_account(session, access.account_id), secret)
    _set_cookies(response, secret, state)
    return view


@router.delete("/session", status_code=204, summary="Sign out", responses=problems(401, 403))
async def delete_session(uow: Work, request: Request, response: Response) -> None:
    """End this browser's session, if there is one, and take its cookies away."""
    credential = read_credential(request)
    if credential.kind is CredentialKind.SESSION and credential.sha256:
        audit.note(actor=await store.end_session(uow.session, credential.sha256))
    for name in (SESSION_COOKIE, CSRF_COOKIE):
        response.delete_cookie(name, path="/")


def _view(account: Account, secret: str) -> SessionView:
    return SessionView(account=AccountView.model_validate(account), csrf_token=csrf_token(secret))


def _set_cookies(response: Response, secret: str, state: CatalogState) -> None:
    chosen = state.settings.secure_cookies
    secure = state.settings.public_url.startswith("https:") if chosen is None else chosen
    age = state.settings.session_days * 86_400
    response.set_cookie(
        SESSION_COOKIE, secret, max_age=age, path="/", httponly=True, samesite="lax", secure=secure
    )
    response.set_cookie(
        CSRF_COOKIE, csrf_token(secret), max_age=age, path="/", samesite="lax", secure=secure
    )
