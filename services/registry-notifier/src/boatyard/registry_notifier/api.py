"""The HTTP routes of registry-notifier."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Response
from sqlalchemy.ext.asyncio import AsyncSession

from boatyard.registry_notifier import actions, store
from boatyard.registry_notifier.dependencies import (
    State,
    administrator,
    from_registry,
    read_envelope,
    reading,
    state,
    unit_of_work,
)
from boatyard.registry_notifier.envelope import ENVELOPE_IN_OPENAPI, EVENTS_PATH, Envelope
from boatyard.registry_notifier.schemas import SweepReport
from boatyard.shared.db import UnitOfWork
from boatyard.shared.http import Router, problems

router = Router()

Here = Annotated[State, Depends(state)]
Work = Annotated[UnitOfWork, Depends(unit_of_work, scope="function")]
Read = Annotated[AsyncSession, Depends(reading, scope="function")]


@router.post(
    EVENTS_PATH,
    summary="Take the registry's notifications",
    tags=["registry"],
    status_code=202,
    response_class=Response,
    responses=problems(401, 503),
    dependencies=[Depends(from_registry)],
    openapi_extra={"requestBody": ENVELOPE_IN_OPENAPI},
)
async def receive_registry_events(
    envelope: Annotated[Envelope, Depends(read_envelope)], here: Here, uow: Work
) -> Response:
    """What happened in the registry, in the envelope of CNCF distribution.

    The answer is sent once everything is written: until then the registry keeps the notification and sends it
    again. A notification that came before, or that changes no tag, is accepted and has no effect.
    """
    receipt = await actions.receive(
        uow, envelope.events, now=here.clock.now(), heard_of=here.heard_of
    )
    uow.after_commit.append(lambda: here.note(receipt))
    return Response(status_code=202)


@router.post(
    "/api/v1/administration/registry-sweep",
    summary="Compare all tags with the registry now",
    tags=["administration"],
    status_code=202,
    responses=problems(401, 403, 503),
    dependencies=[Depends(administrator)],
)
async def start_registry_sweep(here: Here, uow: Work) -> SweepReport:
    """Have the registry swept as soon as possible; a sweep under way is followed by another one.

    This happens by itself at the start, after the registry was away, and every ten minutes.
    """
    now = here.clock.now()
    await store.request_sweep(uow.session, now=now)
    uow.after_commit.append(here.wake.set)
    return await actions.sweep_report(uow.session, now=now)


@router.get(
    "/api/v1/administration/registry-sweep",
    summary="What the last comparison with the registry found",
    tags=["administration"],
    responses=problems(401, 403, 503),
    dependencies=[Depends(administrator)],
)
async def get_registry_sweep(here: Here, session: Read) -> SweepReport:
    """The last sweep that was finished, and whether one runs now."""
    return await actions.sweep_report(session, now=here.clock.now())
