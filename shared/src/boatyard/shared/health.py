"""What a process says of itself: alive, ready, and in numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel, Field

from boatyard.shared.http import Router

if TYPE_CHECKING:
    from boatyard.shared.process import Process

router = Router(tags=["operation"])


class Readiness(BaseModel):
    """Whether a process can do its work, and what is in the way if not."""

    ready: bool
    services: list[str] = Field(description="The services that run in this process.")
    problems: dict[str, str] = Field(
        description="The part that is not well, and what is wrong with it."
    )
    notes: dict[str, str] = Field(
        default={},
        description="What an operator should know of, although it keeps nothing from working.",
    )


@router.get("/healthz", summary="Is the process alive?")
async def healthz() -> dict[str, str]:
    """Answer as soon as the process can answer at all."""
    return {"status": "alive"}


@router.get(
    "/readyz",
    summary="Can the process do its work?",
    responses={503: {"model": Readiness, "description": "Something is not well; see `problems`."}},
)
async def readyz(request: Request) -> Readiness:
    """Check the databases, the bus and every task."""
    process: Process = request.app.state.process
    problems = await process.problems()
    readiness = Readiness(
        ready=not problems, services=process.names, problems=problems, notes=process.notes()
    )
    if problems:
        return JSONResponse(readiness.model_dump(), status_code=503)  # type: ignore[return-value]
    return readiness


@router.get(
    "/metrics",
    summary="Numbers for Prometheus",
    response_class=Response,
    responses={
        200: {"content": {"text/plain": {}}, "description": "Prometheus exposition format."}
    },
)
async def metrics(request: Request) -> Response:
    """Every metric of the services in this process."""
    process: Process = request.app.state.process
    return Response(generate_latest(process.metrics), media_type=CONTENT_TYPE_LATEST)
