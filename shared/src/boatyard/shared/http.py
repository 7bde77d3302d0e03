"""The edge of a service: the FastAPI application, problem documents, size limits, request ids."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import structlog
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from boatyard.shared.access import SAFE_METHODS
from boatyard.shared.audit import UNAUDITED, trail
from boatyard.shared.errors import (
    PROBLEM_MEDIA_TYPE,
    AppError,
    BadRequest,
    FieldProblem,
    Invalid,
    Problem,
    TooLarge,
)
from boatyard.shared.events.message import new_id
from boatyard.shared.logging import get_logger
from boatyard.shared.metrics import UNROUTED, ProcessMetrics
from boatyard.shared.openapi import DocumentedApp, add_reference
from boatyard.shared.tracing import is_quiet

MAX_BODY = 1024 * 1024
"""Bytes of a request's body. Nothing that the API takes comes near it."""

API_PREFIX = "/api/v1"
OPENAPI_PATH = "/api/openapi.json"
METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_log = get_logger("http")


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses=` of a route that may answer with these problems, besides those every route may."""
    return {
        status: {
            "model": Problem,
            "content": {PROBLEM_MEDIA_TYPE: {}},
            "description": _REASONS[status],
        }
        for status in statuses
    }


_REASONS = {
    400: "What was sent can't be read.",
    401: "Not signed in, or the credential is no longer good.",
    403: "Signed in, but not allowed to do this.",
    404: "There is none, or you may not know that there is.",
    409: "It clashes with what is there.",
    410: "It was there once.",
    413: "The body is too large.",
    422: "A field is wrong; `errors` says which and why.",
    429: "Too many tries; `Retry-After` says when again.",
    503: "A needed part can't be reached now.",
}


class Router(APIRouter):
    """Routes of a service under their whole path, with the problems that every route may answer with."""

    def __init__(self, *, prefix: str = "", tags: Sequence[str] = ()) -> None:
        super().__init__(
            prefix=prefix,
            tags=[*tags],
            responses=problems(400, 413, 422),
            generate_unique_id_function=lambda route: route.name,
        )

    def add_api_route(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        """Add a route; what it changes is recorded in the audit log if it belongs to the API."""
        methods = set(options.get("methods") or {"GET"})
        audited = options.get("openapi_extra") != UNAUDITED
        if audited and methods - SAFE_METHODS and (self.prefix + path).startswith(API_PREFIX):
            dependencies = [Depends(trail, scope="function"), *(options.get("dependencies") or ())]
            options["dependencies"] = dependencies
        super().add_api_route(path, endpoint, **options)


def make_app(
    *,
    title: str,
    description: str,
    routers: Sequence[Router],
    body_limits: Mapping[str, int] | None = None,
) -> FastAPI:
    """An application that serves these routers and answers every error with a problem document.

    `body_limits` are the paths whose bodies may have another size than MAX_BODY, and how many bytes that is.
    """
    # Routes that a router is included with are built once more, which takes as long as all the rest of a start.
    app = DocumentedApp(
        routes=[route for router in routers for route in router.routes],
        title=title,
        description=description,
        version="1",
        openapi_url=OPENAPI_PATH,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        separate_input_output_schemas=False,
        telemetry={"exclude": is_quiet, "operation_spans": False, "logs": False, "metrics": False},
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
    )
    add_reference(app)
    app.add_exception_handler(AppError, _app_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_exception)
    app.add_exception_handler(Exception, _unexpected)
    app.add_middleware(BodyLimit, limit=MAX_BODY, limits=body_limits or {})
    app.add_middleware(RequestContext)
    return app


def problem_response(error: AppError) -> JSONResponse:
    """The response that carries an error."""
    return JSONResponse(
        error.problem().model_dump(),
        status_code=error.status,
        headers=error.headers,
        media_type=PROBLEM_MEDIA_TYPE,
    )


async def _app_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, AppError)  # noqa: S101 - narrows the handler's declared type
    return problem_response(error)


async def _validation_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - narrows the handler's declared type
    faults = error.errors()
    if any(fault["type"] == "json_invalid" for fault in faults):
        return problem_response(BadRequest("broken-json", "The body is not valid JSON."))
    fields = tuple(
        FieldProblem(field=".".join(str(part) for part in fault["loc"]), reason=_reason(fault))
        for fault in faults
    )
    detail = "; ".join(f"{field.field}: {field.reason}" for field in fields)
    return problem_response(Invalid("invalid-input", detail, fields=fields))


def _reason(fault: dict[str, Any]) -> str:
    if fault["type"] == "extra_forbidden":
        return "is not a field that is known here"
    return str(fault["msg"]).removeprefix("Value error, ")


async def _http_exception(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - narrows the handler's declared type
    codes = {404: "no-such-path", 405: "method-not-allowed"}
    problem = Problem(
        type="urn:boatyard:problem:" + codes.get(error.status_code, "http-error"),
        title=str(error.detail),
        status=error.status_code,
        detail=str(error.detail),
    )
    return JSONResponse(
        problem.model_dump(),
        status_code=error.status_code,
        headers=dict(error.headers or {}),
        media_type=PROBLEM_MEDIA_TYPE,
    )


async def _unexpected(_request: Request, error: Exception) -> JSONResponse:
    _log.error("request_failed", exc_info=error)
    return problem_response(
        AppError(
            "internal-error",
            "Something went wrong on our side. The log has it under this request's id.",
        )
    )


class BodyLimit:
    """Refuses a body of more bytes than its path may have, as announced or as counted while it comes."""

    def __init__(self, app: ASGIApp, *, limit: int, limits: Mapping[str, int]) -> None:
        self._app, self._limit, self._limits = app, limit, limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through until it turns out to be too large."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._limits.get(scope["path"], self._limit)
        refusal = TooLarge("body-too-large", f"The body may have at most {limit} bytes.")
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if not announced.isdigit() or int(announced) > limit:
            await problem_response(refusal)(scope, receive, send)
            return
        body = _Counted(receive, send, limit=limit)
        with suppress(TooLarge):  # it is answered below, whoever read the body
            await self._app(scope, body.receive, body.send)
        if body.refused:
            await problem_response(refusal)(scope, receive, send)


class _Counted:
    """A request whose body is counted; once it is too long, whatever the application answers is dropped.

    FastAPI turns an error while it reads a body into a 400 of its own, which would hide the reason.
    """

    def __init__(self, receive: Receive, send: Send, *, limit: int) -> None:
        self._receive, self._send, self._left = receive, send, limit
        self._started = False
        self.refused = False

    async def receive(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            self.refused = not self._started
            raise TooLarge("body-too-large", "The body is too large.")
        return message

    async def send(self, message: Message) -> None:
        if not self.refused:
            self._started = True
            await self._send(message)


class RequestContext:
    """Gives each request an id, binds it to the log and returns it; adds the headers every answer carries."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wrap one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
        request_id = given if _REQUEST_ID.fullmatch(given) else str(new_id())

        began = time.perf_counter()

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                _count(scope, message["status"], time.perf_counter() - began)
                message["headers"] = [
                    *message["headers"],
                    (b"x-request-id", request_id.encode()),
                    (b"x-content-type-options", b"nosniff"),
                ]
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            await self._app(scope, receive, with_headers)


def _count(scope: Scope, status: int, seconds: float) -> None:
    counts: ProcessMetrics | None = getattr(scope["app"].state, "counts", None)
    if counts is None:  # an application that no process runs
        return
    route = getattr(scope.get("route"), "path", UNROUTED)
    method = scope["method"] if scope["method"] in METHODS else "OTHER"
    counts.request(method=method, route=route, status=status, seconds=seconds)
