"""Shows one row at GitHub: as a check run where the App may make one, as a commit status where not."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from boatyard.github_gateway.credentials import STATUSES, LinkLost, NotGranted
from boatyard.github_gateway.dependencies import GatewayState
from boatyard.github_gateway.github import (
    Conclusion,
    GithubDenied,
    GithubMissing,
    GithubRefused,
    StatusState,
)
from boatyard.github_gateway.sources import store as sources
from boatyard.github_gateway.sources.models import Source
from boatyard.github_gateway.statuses.checks import check_run, is_status
from boatyard.github_gateway.statuses.models import StatusRow

GONE = (GithubMissing, GithubDenied, GithubRefused)
"""The check run is not there any more, or another App of ours made it."""
OVERTAKEN = "A newer build is shown in its place"


async def send(state: GatewayState, row: StatusRow) -> Mapping[str, Any]:
    """Show a row; what is to be noted in it of its check run. GithubError or LinkLost if it can't be shown."""
    source = await _source(state, row)
    if not is_status(row):
        with suppress(NotGranted):
            token = await state.credentials.checks(source)
            return await _show_run(state, token, source.project, row)
    token = (await state.credentials.project(source, STATUSES)).token
    await state.github.set_status(
        token,
        source.project,
        row.sha,
        state=StatusState(row.state),
        context=row.context,
        description=row.description,
        target_url=row.target_url,
    )
    return {}


async def _source(state: GatewayState, row: StatusRow) -> Source:
    async with state.database.reading() as session:
        source = await sources.source(session, row.repository_id)
    if source is None or source.project_id != row.project_id:
        raise LinkLost("The repository is not built from this project any more.")
    return source


async def _show_run(
    state: GatewayState, token: str, project: str, row: StatusRow
) -> Mapping[str, Any]:
    run = check_run(row)
    if row.run_id is not None and row.run_number == row.number:
        id = await _go_on(state, token, project, row, row.run_id)
    else:
        if row.run_id is not None and not row.run_over:
            await _overtake(state, token, project, row.run_id)
        id = await _begin(state, token, project, row)
    return {"run_id": id, "run_number": row.number, "run_over": run.conclusion is not None}


async def _begin(state: GatewayState, token: str, project: str, row: StatusRow) -> int:
    """Make a check run, or go on with the one that was made before its answer was lost."""
    run = check_run(row)
    made = await state.github.checks.find(token, project, run)
    if made is None:
        return await state.github.checks.create(token, project, run)
    return await _go_on(state, token, project, row, made)


async def _go_on(state: GatewayState, token: str, project: str, row: StatusRow, id: int) -> int:
    run = check_run(row)
    try:
        await state.github.checks.update(token, project, id, run)
    except GONE:
        return await state.github.checks.create(token, project, run)
    return id


async def _overtake(state: GatewayState, token: str, project: str, id: int) -> None:
    """End the check run of an older build, of which nothing more is told."""
    with suppress(*GONE):
        await state.github.checks.end(token, project, id, Conclusion.CANCELLED, why=OVERTAKEN)
