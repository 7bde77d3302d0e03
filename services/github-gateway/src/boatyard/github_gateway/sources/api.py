"""Routes of sources and build rules."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Body, Path
from sqlalchemy.ext.asyncio import AsyncSession

from boatyard.github_gateway.dependencies import (
    CanAdmin,
    CanPull,
    CanPush,
    GatewayState,
    State,
    Work,
)
from boatyard.github_gateway.inbound import store as deliveries
from boatyard.github_gateway.refs import Ref
from boatyard.github_gateway.sources import actions, ruleactions, store
from boatyard.github_gateway.sources.models import BuildRule, Source
from boatyard.github_gateway.sources.parsed import is_wildcard
from boatyard.github_gateway.sources.schemas import (
    BuildOrdered,
    BuildWish,
    Preview,
    RuleChange,
    RuleView,
    RuleWish,
    SourceView,
    SourceWish,
)
from boatyard.shared.audit import UNAUDITED
from boatyard.shared.http import Router, problems
from boatyard.shared.paging import Cursor, Limit, Page

router = Router(prefix="/api/v1/repositories/{namespace}/{name}", tags=["continuous builds"])
RuleId = Annotated[UUID, Path(alias="rule")]
MINE = problems(401, 403, 404)
AT_GITHUB = problems(401, 403, 404, 409, 429, 503)


@router.get("/source", summary="Show the source", responses=MINE)
async def read_source(access: CanPull, state: State) -> SourceView:
    """The GitHub project that the repository is built from, and how well GitHub is heard."""
    async with state.database.reading() as session:
        return await _source(state, session, await actions.found(session, access))


@router.put("/source", summary="Set the source", responses=AT_GITHUB)
async def set_source(wish: SourceWish, access: CanAdmin, state: State) -> SourceView:
    """Build the repository from a project that I may push to at GitHub; needs the permission admin here."""
    connection = await actions.connect(state, access, wish)
    async with state.database.unit_of_work() as uow:
        source = await actions.save(state, uow, access, wish, connection)
        return await _source(state, uow.session, source)


@router.delete("/source", status_code=204, summary="Remove the source", responses=AT_GITHUB)
async def remove_source(access: CanAdmin, state: State) -> None:
    """Build from GitHub no more: the rules are deleted, and what was made at GitHub for them is removed."""
    async with state.database.reading() as session:
        source = await actions.found(session, access)
    await actions.disconnect(state, source)


@router.get("/build-rules", summary="List build rules", responses=MINE)
async def list_build_rules(
    access: CanPull, state: State, cursor: Cursor = None, limit: Limit = 50
) -> Page[RuleView]:
    """The build rules, in the order in which they were made; fifty at most, so there is one page."""
    async with state.database.reading() as session:
        rows = await store.rules(session, actions.repository_id(access))
    return Page(items=[_rule(row) for row in rows])


@router.post(
    "/build-rules",
    status_code=201,
    summary="Make a build rule",
    responses=problems(401, 403, 404, 409),
)
async def create_build_rule(wish: RuleWish, access: CanAdmin, state: State, uow: Work) -> RuleView:
    """Make a rule. What is there already is not built by it: that is what building now is for."""
    source = await actions.found(uow.session, access)
    row = await ruleactions.add(uow, source, wish, by=access.access.username, now=state.clock.now())
    return _rule(row)


@router.post(
    "/build-rules/preview",
    summary="Try a build rule",
    responses=MINE,
    openapi_extra=UNAUDITED,
)
async def preview_build_rule(wish: RuleWish, access: CanPush, state: State) -> Preview:
    """Which refs a rule would match now, which tags they would become, and which would collide."""
    rule = ruleactions.rule_of(wish)
    async with state.database.reading() as session:
        source = await actions.found(session, access)
        rows = await store.known_refs(session, source.repository_id)
    known = {ref: row.sha for row in rows if (ref := Ref.parse(row.ref)) is not None}
    live = await actions.live_refs(state, source)
    return ruleactions.preview(
        rule,
        known if live is None else live,
        now=state.clock.now(),
        live=live is not None,
    )


@router.get("/build-rules/{rule}", summary="Show a build rule", responses=MINE)
async def read_build_rule(rule: RuleId, access: CanPull, state: State) -> RuleView:
    """One build rule."""
    async with state.database.reading() as session:
        source = await actions.found(session, access)
        return _rule(await ruleactions.found(session, source, rule))


@router.patch("/build-rules/{rule}", summary="Change a build rule", responses=MINE)
async def update_build_rule(
    rule: RuleId, wish: RuleChange, access: CanAdmin, state: State, uow: Work
) -> RuleView:
    """Change a rule; builds that are ordered already stay as they were ordered."""
    source = await actions.found(uow.session, access)
    row = await ruleactions.found(uow.session, source, rule)
    await ruleactions.change(uow, source, row, wish, now=state.clock.now())
    return _rule(row)


@router.delete(
    "/build-rules/{rule}", status_code=204, summary="Delete a build rule", responses=MINE
)
async def delete_build_rule(rule: RuleId, access: CanAdmin, uow: Work) -> None:
    """Delete a rule; what waits or runs of it is canceled. The images that it built stay."""
    source = await actions.found(uow.session, access)
    await ruleactions.delete(uow, source, await ruleactions.found(uow.session, source, rule))


@router.post("/build-rules/{rule}/build", status_code=202, summary="Build now", responses=AT_GITHUB)
async def build_rule_now(
    rule: RuleId,
    access: CanPush,
    state: State,
    wish: Annotated[BuildWish | None, Body()] = None,
) -> BuildOrdered:
    """Build what a branch or tag is now; a rule with a wildcard has to be told which."""
    async with state.database.reading() as session:
        source = await actions.found(session, access)
        row = await ruleactions.found(session, source, rule)
    build_id = await ruleactions.build_now(
        state, source, row, wish.ref if wish else None, by=access.access.username
    )
    return BuildOrdered(build_id=build_id)


async def _source(state: GatewayState, session: AsyncSession, row: Source) -> SourceView:
    told_at = await deliveries.last_of_project(session, row.project_id)
    return SourceView(
        project=row.project,
        html_url=f"{state.github.addresses.web}/{row.project}",
        private=row.private,
        default_branch=row.default_branch,
        enabled=row.enabled,
        submodules=row.submodules,
        lfs=row.lfs,
        linked_by=row.linked_by_name,
        lost=row.lost or None,
        webhook=row.installation_id is not None or row.hook_id is not None,
        last_delivery_at=told_at,
        reconciled_at=row.reconciled_at,
        created_at=row.created_at,
    )


def _rule(row: BuildRule) -> RuleView:
    return RuleView.model_validate(
        {
            **{name: getattr(row, name) for name in RuleView.model_fields if hasattr(row, name)},
            "type": row.kind,
            "wildcard": is_wildcard(row),
            "disabled_reason": row.disabled_reason or None,
        }
    )
