"""Routes of access tokens."""

from __future__ import annotations

from uuid import UUID

from boatyard.catalog.accounts.api import manager
from boatyard.catalog.dependencies import SignedIn, State, Work
from boatyard.catalog.tokens import actions, store
from boatyard.catalog.tokens.models import AccessToken
from boatyard.catalog.tokens.schemas import MadeToken, NewToken, TokenView
from boatyard.shared import audit
from boatyard.shared.errors import Invalid
from boatyard.shared.http import Router, problems
from boatyard.shared.paging import Cursor, Limit, Page, decode_cursor, encode_cursor

router = Router(prefix="/api/v1/account/tokens", tags=["access tokens"])


@router.get("", summary="List my access tokens", responses=problems(401, 403))
async def list_tokens(
    access: SignedIn, state: State, cursor: Cursor = None, limit: Limit = 50
) -> Page[TokenView]:
    """The caller's access tokens, the oldest first; never their secrets."""
    account_id = manager(access).account_id
    assert account_id is not None  # noqa: S101 - manager saw to it
    async with state.database.reading() as session:
        rows = await store.of_account(
            session, account_id, after=uuid_cursor(cursor), limit=limit + 1
        )
    page = rows[:limit]
    return Page(
        items=[TokenView.model_validate(row) for row in page],
        next_cursor=encode_cursor(str(page[-1].id)) if len(rows) > limit else None,
    )


@router.post("", status_code=201, summary="Make an access token", responses=problems(401, 403, 409))
async def create_token(wish: NewToken, access: SignedIn, state: State, uow: Work) -> MadeToken:
    """Make a token; its secret is in this answer and never shown again."""
    audit.note(token=wish.name, scopes=_words(wish))
    token, secret = await actions.create(uow, manager(access), wish, now=state.clock.now())
    return made(token, secret)


@router.delete(
    "/{token_id}",
    status_code=204,
    summary="Revoke an access token",
    responses=problems(401, 403, 404),
)
async def delete_token(token_id: UUID, access: SignedIn, uow: Work) -> None:
    """Revoke a token: it is refused from now on, and so is what `docker login` made of it."""
    await actions.revoke(uow, manager(access), token_id)


def _words(wish: NewToken) -> str:
    """What a token is to be good for, for the audit log."""
    return "; ".join(
        f"{scope.repository}: {', '.join(sorted(scope.verbs))}" for scope in wish.scopes
    )


def made(token: AccessToken, secret: str) -> MadeToken:
    """The view of a token just made."""
    return MadeToken(**TokenView.model_validate(token).model_dump(), secret=secret)


def uuid_cursor(cursor: str | None) -> UUID | None:
    """The id that a cursor holds; Invalid if it holds none."""
    if cursor is None:
        return None
    try:
        return UUID(str(decode_cursor(cursor, str)[0]))
    except ValueError as error:
        raise Invalid.field("query.cursor", "is not a cursor of this list") from error
