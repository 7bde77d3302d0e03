"""Routes of the ledger of pushes, of the badge, and of what GitHub delivered."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Query, Request, Response

from boatyard.github_gateway.dependencies import Administrator, CanPull, State
from boatyard.github_gateway.inbound import store as deliveries
from boatyard.github_gateway.inbound.models import DeliveryState
from boatyard.github_gateway.pushes import store
from boatyard.github_gateway.pushes.badges import badge
from boatyard.github_gateway.pushes.models import Push, Verdict
from boatyard.github_gateway.pushes.schemas import DeliveryView, PushView, VerdictView
from boatyard.github_gateway.refs import ZERO, Ref, RefKind
from boatyard.github_gateway.sources import store as sources
from boatyard.github_gateway.sources.actions import repository_id
from boatyard.shared.errors import Invalid, NotFound
from boatyard.shared.http import Router, problems
from boatyard.shared.paging import Cursor, Limit, Page, decode_cursor, encode_cursor

router = Router(prefix="/api/v1", tags=["continuous builds"])
REPOSITORY = "/repositories/{namespace}/{name}"
SVG = "image/svg+xml"


@router.get(REPOSITORY + "/pushes", summary="List pushes", responses=problems(401, 403, 404))
async def list_pushes(
    access: CanPull,
    state: State,
    ref: Annotated[
        str | None,
        Query(max_length=300, pattern=r"^[^\x00]*$", description="Only of this branch or tag."),
    ] = None,
    commit: Annotated[
        str | None, Query(pattern=r"^[0-9a-f]{4,40}$", description="Only of this commit.")
    ] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[PushView]:
    """Why did this push build, or not? Every push that is known of, the newest first."""
    async with state.database.reading() as session:
        entries = await store.listed(
            session,
            repository_id(access),
            ref=ref,
            sha=commit,
            before=_before(cursor),
            limit=limit + 1,
        )
    page = entries[:limit]
    following = encode_cursor(str(page[-1][0].id)) if len(entries) > limit else None
    return Page(items=[_view(push, verdicts) for push, verdicts in page], next_cursor=following)


@router.get(REPOSITORY + "/pushes/{push}", summary="Show a push", responses=problems(401, 403, 404))
async def read_push(push: Annotated[UUID, Path()], access: CanPull, state: State) -> PushView:
    """One push, and what every rule made of it."""
    async with state.database.reading() as session:
        found = await store.entry(session, repository_id(access), push)
    if found is None:
        raise NotFound("push-not-found", f"{access.repository} has no such push.")
    return _view(*found)


@router.get(
    REPOSITORY + "/badge.svg",
    summary="Show the badge",
    response_class=Response,
    responses={
        200: {"content": {SVG: {}}, "description": "The badge."},
        304: {"description": "It did not change."},
        **problems(401, 403, 404),
    },
)
async def read_badge(
    request: Request,
    access: CanPull,
    state: State,
    rule: Annotated[
        int | None,
        Query(ge=1, lt=2**31, description="The number of a build rule; all if left out."),
    ] = None,
) -> Response:
    """Where the newest build is, as an image for a README; of a public repository for everybody."""
    id = repository_id(access)
    async with state.database.reading() as session:
        rules = await sources.rules(session, id)
        rule_id = next((row.id for row in rules if row.number == rule), None)
        if rule is not None and rule_id is None:
            raise NotFound("rule-not-found", f"{access.repository} has no build rule {rule}.")
        status = await store.newest_status(session, id, rule_id=rule_id)
    headers = {"ETag": f'"{status or "none"}"', "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(badge(status), media_type=SVG, headers=headers)


@router.get(
    "/github/deliveries", tags=["github"], summary="List deliveries", responses=problems(401, 403)
)
async def list_github_deliveries(
    access: Administrator,
    state: State,
    event: Annotated[str | None, Query(pattern=r"^[a-z0-9_]{1,64}$")] = None,
    status: Annotated[DeliveryState | None, Query(alias="state")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[DeliveryView]:
    """What GitHub delivered, and what was made of it, the newest first; for administrators."""
    async with state.database.reading() as session:
        rows = await deliveries.listed(
            session, event=event, state=status, before=_before(cursor), limit=limit + 1
        )
    page = rows[:limit]
    following = encode_cursor(str(page[-1].id)) if len(rows) > limit else None
    return Page(items=[DeliveryView.model_validate(row) for row in page], next_cursor=following)


def _before(cursor: str | None) -> UUID | None:
    if cursor is None:
        return None
    (text,) = decode_cursor(cursor, str)
    try:
        return UUID(str(text))
    except ValueError as error:
        raise Invalid.field("query.cursor", "is not a cursor of this list") from error


def _view(push: Push, verdicts: list[Verdict]) -> PushView:
    ref = Ref.parse(push.ref) or Ref(RefKind.BRANCH, push.ref)
    shown = sorted(verdicts, key=lambda it: (len(it.rule.partition(" ")[0]), it.rule))
    return PushView.model_validate(
        {
            **_fields(push),
            "type": ref.kind,
            "ref": ref.name,
            "commit": None if push.sha == ZERO else push.sha,
            "before": None if push.before in ("", ZERO) else push.before,
            "summary": summary(push, verdicts),
            "verdicts": [VerdictView.model_validate(verdict) for verdict in shown],
        }
    )


def _fields(push: Push) -> dict[str, Any]:
    names = ("id", "message", "author", "pushed_by", "origin", "at")
    return {name: getattr(push, name) for name in names}


def summary(push: Push, verdicts: list[Verdict]) -> str:
    """What became of a push, in one sentence."""
    if push.sha == ZERO:
        return "The ref was deleted."
    if not verdicts:
        return "There was no build rule."
    builds = [verdict for verdict in verdicts if verdict.build_id is not None]
    if builds:
        count = len(builds)
        return f"{count} build{'' if count == 1 else 's'} of {len(verdicts)} rules."
    telling = [it for it in verdicts if it.reason not in ("other-type", "name-differs")]
    return telling[0].detail if telling else "No build rule is about it."
