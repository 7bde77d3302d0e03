"""The route of a build's log: as text, or live as server-sent events, at one address and with one cursor."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

from fastapi import Header, Query, Request, Response
from fastapi.responses import StreamingResponse

from boatyard.builder import store
from boatyard.builder.api import PREFIX, Number, found
from boatyard.builder.dependencies import BuilderState, State
from boatyard.builder.logs import LogStore, Part
from boatyard.builder.models import Build
from boatyard.builder.states import ENDED
from boatyard.builder.visibility import SeesLogs
from boatyard.shared.errors import Gone
from boatyard.shared.events import BuildStatus
from boatyard.shared.http import Router, problems
from boatyard.shared.waiting import uncut, wait_for_any

LOOK_SECONDS = 0.15
"""How soon is found what another process of builder wrote; our own ring a bell."""
ALIVE_SECONDS = 15.0
"""After how long a silent stream says that it is alive, so that no proxy cuts it."""
EVENTS = "text/event-stream"
CURSOR_HEADER = "Boatyard-Log-Cursor"
COMPLETE_HEADER = "Boatyard-Log-Complete"
_HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no", "Vary": "Accept"}
_MAX_CURSOR = 2**53
router = Router(prefix=PREFIX, tags=["builds"])

_TEXT_EXAMPLE = "==> Build 12 of team/app\n#1 [1/2] FROM scratch\n"
_EVENT_EXAMPLE = 'id: 42\nevent: log\ndata: {"text": "#1 [1/2] FROM scratch\\n", "left_out": 0}\n\n'
_DOCUMENTED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The log from the cursor on. As text: what there is now, and in the headers "
        f"`{CURSOR_HEADER}` where to go on and `{COMPLETE_HEADER}` whether nothing follows. As events: "
        "`log` with `{text, left_out}` and the cursor behind it as its id, until `end` with "
        "`{status, reason, detail}`.",
        "content": {
            "text/plain": {"schema": {"type": "string"}, "example": _TEXT_EXAMPLE},
            EVENTS: {"schema": {"type": "string"}, "example": _EVENT_EXAMPLE},
        },
    },
    **problems(401, 403, 404, 410),
}


@router.get(
    "/{number}/log",
    summary="Read a build's log",
    response_class=Response,
    responses=_DOCUMENTED,
)
async def read_log(
    number: Number,
    access: SeesLogs,
    state: State,
    request: Request,
    cursor: Annotated[
        int | None, Query(ge=0, le=_MAX_CURSOR, description="Where to begin; 0 is the beginning.")
    ] = None,
    accept: Annotated[str, Header(description=f"`{EVENTS}` for a live stream.")] = "text/plain",
    last_event_id: Annotated[
        str | None, Header(description="Where a stream that broke off was; wins over `cursor`.")
    ] = None,
) -> Response:
    """The log of a build, while it runs and afterwards; secrets are masked in it.

    Of a very long log the middle is left out, and a line says how much.
    """
    async with state.database.reading() as session:
        build = await found(session, access, number)
    if build.status in ENDED and build.started_at and not state.logs.exists(build.id):
        raise Gone("log-gone", f"The log of build {number} is not kept any more.")
    if EVENTS in accept:
        start = _last(last_event_id) if last_event_id is not None else cursor
        closing: asyncio.Event = request.app.state.process.closing
        events = _events(state, build.id, start or 0, closing=closing)
        return StreamingResponse(events, media_type=EVENTS, headers=_HEADERS)
    return await _text(state.logs, build, cursor or 0)


def _last(text: str) -> int:
    """The cursor in a Last-Event-ID; 0 for one that is not ours, as the standard has it for an unknown one."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 17 else 0


async def _text(logs: LogStore, build: Build, cursor: int) -> Response:
    end = await asyncio.to_thread(logs.size, build.id)
    headers = {
        **_HEADERS,
        CURSOR_HEADER: str(max(end, cursor)),
        COMPLETE_HEADER: str(build.status in ENDED).lower(),
    }

    async def pieces() -> AsyncIterator[bytes]:
        at = cursor
        while at < end:
            part = await asyncio.to_thread(logs.read, build.id, at)
            if not part.data:
                return
            if part.left_out:
                yield _notice(part.left_out).encode()
            yield part.data[: max(end - part.start, 0)]
            at = part.end

    return StreamingResponse(pieces(), media_type="text/plain; charset=utf-8", headers=headers)


def _notice(left_out: int) -> str:
    return f"\n[… {left_out:,} bytes were left out here, since the log is so long …]\n"


async def _events(
    state: BuilderState, build_id: UUID, cursor: int, *, closing: asyncio.Event
) -> AsyncIterator[str]:
    """The events of a live log, until the build has ended and all is told.

    It breaks off when this process is being stopped; clients come again with their Last-Event-ID.
    """
    yield ": here it comes\n\n"
    quiet = 0.0
    while not closing.is_set():
        bell = state.logs.bells.next(build_id)
        # Asked before the log is read: what was written before the end is read after it.
        build = await uncut(_fresh(state, build_id))
        part = await asyncio.to_thread(state.logs.read, build_id, cursor)
        if part.data:
            cursor, quiet = part.end, 0.0
            yield _log_event(part)
        elif build is None or build.status in ENDED:
            yield _end_event(build, cursor)
            return
        else:
            await wait_for_any((bell, closing), LOOK_SECONDS)
            quiet += LOOK_SECONDS
            if quiet >= ALIVE_SECONDS:
                quiet = 0.0
                yield ": still here\n\n"


async def _fresh(state: BuilderState, build_id: UUID) -> Build | None:
    async with state.database.reading() as session:
        return await store.by_id(session, build_id)


def _log_event(part: Part) -> str:
    text = part.data.decode(errors="replace")
    return _event("log", part.end, {"text": text, "left_out": part.left_out})


def _end_event(build: Build | None, cursor: int) -> str:
    if build is None:
        return _event("end", cursor, {"status": None, "reason": None, "detail": ""})
    status = BuildStatus(build.status)
    return _event("end", cursor, {"status": status, "reason": build.reason, "detail": build.detail})


def _event(name: str, cursor: int, data: dict[str, object]) -> str:
    return f"id: {cursor}\nevent: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
