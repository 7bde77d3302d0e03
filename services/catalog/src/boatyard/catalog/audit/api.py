"""The route of the audit log."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query
from pydantic import AwareDatetime

from boatyard.catalog.accounts.api import administrator
from boatyard.catalog.audit import store
from boatyard.catalog.audit.schemas import AuditView
from boatyard.catalog.dependencies import Reading, SignedIn
from boatyard.shared.events import AuditOutcome
from boatyard.shared.http import Router, problems
from boatyard.shared.paging import Cursor, Limit, Page

router = Router(prefix="/api/v1/administration/audit", tags=["administration"])
Text = Annotated[str | None, Query(max_length=512, pattern=r"^[^\x00]*$")]


async def wanted(
    actor: Annotated[Text, Query(description="Who did it.", examples=["captain"])] = None,
    action: Annotated[Text, Query(description="What was done.", examples=["delete_tag"])] = None,
    repository: Annotated[
        Text, Query(description="In which repository.", examples=["team/app"])
    ] = None,
    outcome: Annotated[AuditOutcome | None, Query(description="What came of it.")] = None,
    since: Annotated[AwareDatetime | None, Query(description="From this moment on.")] = None,
    until: Annotated[AwareDatetime | None, Query(description="Before this moment.")] = None,
) -> store.Wanted:
    """Which records are asked for."""
    return store.Wanted(
        actor=actor,
        action=action,
        repository=repository,
        outcome=outcome,
        since=since,
        until=until,
    )


@router.get("", summary="Read the audit log", responses=problems(401, 403))
async def list_audit(
    which: Annotated[store.Wanted, Depends(wanted)],
    access: SignedIn,
    session: Reading,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[AuditView]:
    """Who did what, the newest first; for administrators.

    Everything that changes something is here once it has taken effect, and every sign-in that was refused. Who
    pushed and pulled is in the history of the tags.
    """
    administrator(access)
    rows, following = await store.listed(session, which, cursor=cursor, limit=limit)
    return Page(items=[AuditView.model_validate(row) for row in rows], next_cursor=following)
