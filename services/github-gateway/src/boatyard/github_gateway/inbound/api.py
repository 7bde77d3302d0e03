"""The route that GitHub delivers to."""

from __future__ import annotations

import asyncio
from typing import Literal

from fastapi import Request, Response
from pydantic import BaseModel, Field

from boatyard.github_gateway.dependencies import GatewayState, State
from boatyard.github_gateway.inbound.envelope import Letter, read_envelope, read_letter
from boatyard.github_gateway.inbound.intake import Taken
from boatyard.github_gateway.inbound.signature import is_signature, is_signed
from boatyard.shared.db import DATABASE_FAULTS
from boatyard.shared.errors import Conflict, Unauthenticated, Unavailable
from boatyard.shared.http import Router, problems

router = Router(tags=["github"])
EVENTS_PATH = "/github/events"
MAX_BODY = 26 * 1024 * 1024
"""GitHub sends payloads of 25 MB at most, and nothing where one is larger."""
SMALL = 256 * 1024
"""Bytes that are read and checked at once; larger bodies take turns, so that they can't fill the memory."""
LARGE_AT_ONCE = 4

_STATUS = {Taken.ACCEPTED: 202, Taken.AGAIN: 202, Taken.IGNORED: 200, Taken.DUPLICATE: 200}


class DeliveryAnswer(BaseModel):
    """What became of a delivery at the door."""

    status: Literal["accepted", "ignored", "duplicate", "again", "pong"] = Field(
        description="`accepted`: stored, and worked off in a moment. `ignored`: stored; events of this kind "
        "change nothing here. `duplicate`: it was worked off before. `again`: it was here before, and is tried "
        "again. `pong`: a ping was understood."
    )


@router.post(
    EVENTS_PATH,
    summary="Take a delivery of GitHub",
    status_code=202,
    response_model=DeliveryAnswer,
    responses={
        200: {"model": DeliveryAnswer, "description": "Recorded; there is nothing to do."},
        **problems(400, 401, 409, 413, 503),
    },
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": {"type": "object"}},
                "application/x-www-form-urlencoded": {
                    "schema": {"type": "object", "properties": {"payload": {"type": "string"}}}
                },
            },
        }
    },
)
async def take_github_event(request: Request, response: Response, state: State) -> DeliveryAnswer:
    """Signed with the webhook's secret (`X-Hub-Signature-256`), stored before it is answered."""
    signature = request.headers.get("x-hub-signature-256", "")
    if not is_signature(signature):
        raise _unsigned()
    envelope = read_envelope(request.headers)
    try:
        letter = await _open(request, state, signature)
        taken = await state.intake.take(envelope, letter)
    except DATABASE_FAULTS as error:
        raise Unavailable(
            "not-stored", "The delivery can't be stored now; GitHub will be asked for it again."
        ) from error
    if taken is Taken.REPLAYED:
        raise Conflict("replayed", "This was delivered before, under another X-GitHub-Delivery.")
    response.status_code = _STATUS[taken]
    if envelope.event == "ping" and taken is Taken.ACCEPTED:
        response.status_code = 200
        return DeliveryAnswer(status="pong")
    return DeliveryAnswer(status=taken.value)


async def _open(request: Request, state: GatewayState, signature: str) -> Letter:
    """Read the body, and look into it only once it is known to be GitHub's."""
    content_type = request.headers.get("content-type", "")
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) <= SMALL:
        body = await request.body()
        await _check(state, body, signature)
        return read_letter(body, content_type)
    async with state.large_bodies:
        body = await request.body()
        await _check(state, body, signature)
        return await asyncio.to_thread(read_letter, body, content_type)


async def _check(state: GatewayState, body: bytes, signature: str) -> None:
    """Refuse what is not signed, also by a secret that another process has just replaced."""
    for read in (state.app.get, state.app.newest):
        app = await read()
        secrets = app.webhook_secrets(state.clock.now()) if app else ()
        if is_signed(body, signature, secrets):
            return
    raise _unsigned()


def _unsigned() -> Unauthenticated:
    return Unauthenticated(
        "signature-refused",
        "The header X-Hub-Signature-256 is missing, or was not made of this body with the webhook's secret.",
    )
