"""The registry's token endpoint.

distribution: "Token Authentication Specification" (GET, Basic) and "OAuth2 Token Authentication" (POST, form).
Errors are written so that both the docker command (`errors`) and OAuth2 clients (`error`) can read them.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal

from fastapi import Depends, Form, Header, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, StringConstraints

from boatyard.catalog.access.store import Identity
from boatyard.catalog.accounts.api import address_of
from boatyard.catalog.dependencies import CatalogState, State
from boatyard.catalog.registry_auth import actions
from boatyard.catalog.registry_auth.scopes import ScopeFault
from boatyard.shared.audit import trail
from boatyard.shared.errors import TooMany, Unauthenticated
from boatyard.shared.http import Router
from boatyard.shared.schemas import Output

router = Router(tags=["registry"])
MAX_SECRET = 512


class TokenAnswer(Output):
    """A token for the registry, under both names that clients look for."""

    token: str
    access_token: str
    expires_in: int = Field(description="Seconds.", examples=[300])
    issued_at: dt.datetime
    refresh_token: str | None = Field(
        default=None, description="What to keep instead of the password; only if asked for."
    )


class RegistryFault(BaseModel):
    """One error, as registries write it."""

    code: str = Field(examples=["UNAUTHORIZED"])
    message: str


class RegistryFaults(BaseModel):
    """An error of this endpoint."""

    errors: list[RegistryFault]
    error: str = Field(description="The same for OAuth2 clients (RFC 6749 §5.2).")
    error_description: str


class TokenForm(BaseModel):
    """The form of the OAuth2 way."""

    grant_type: Literal["password", "refresh_token"] = Field(examples=["refresh_token"])
    service: str = Field(default="", max_length=256)
    client_id: str = Field(default="", max_length=256)
    scope: list[Annotated[str, StringConstraints(max_length=10_000)]] = Field(
        default=[],
        max_length=100,
        description="`type:name:actions`, repeated or separated by spaces.",
        examples=[["repository:team/app:pull,push"]],
    )
    access_type: Literal["online", "offline"] = "online"
    username: str = Field(default="", max_length=256)
    password: str = Field(default="", max_length=MAX_SECRET)
    refresh_token: str = Field(default="", max_length=MAX_SECRET)


_FAULTS: dict[int | str, dict[str, Any]] = {
    status: {"model": RegistryFaults, "description": text}
    for status, text in {
        400: "A scope can't be read, or the token is wanted for another registry.",
        401: "The username, the password or the token is wrong.",
        403: "Nothing of a push is allowed; the message says why.",
        429: "Too many failed tries; `Retry-After` says when again.",
    }.items()
}


@router.get(
    "/registry/token",
    summary="A token for the registry (Basic)",
    dependencies=[Depends(trail, scope="function")],
    responses={**_FAULTS},
    response_model=TokenAnswer,
    response_model_exclude_none=True,
)
async def read_registry_token(
    state: State,
    request: Request,
    scope: Annotated[
        list[Annotated[str, Query(max_length=10_000)]],
        Query(max_length=100, description="`type:name:actions`, repeated or separated by spaces."),
    ] = [],  # noqa: B006 - FastAPI copies it
    service: Annotated[str, Query(max_length=256)] = "",
    account: Annotated[str, Query(max_length=256)] = "",
    client_id: Annotated[str, Query(max_length=256)] = "",
    offline_token: Annotated[
        bool, Query(description="Whether to give a refresh token, too.")
    ] = False,
    authorization: Annotated[str, Header(max_length=2048, description="Basic, or none.")] = "",
) -> TokenAnswer | JSONResponse:
    """The way of `docker login` and of every anonymous pull: Basic credentials, or none."""

    async def identify() -> Identity | None:
        if not authorization:
            return None
        username, password = _basic(authorization)
        return await actions.prove(
            state, username=username, password=password, address=address_of(request)
        )

    return await _answer(state, identify, scope, service=service, refresh=offline_token)


@router.post(
    "/registry/token",
    summary="A token for the registry (OAuth2)",
    dependencies=[Depends(trail, scope="function")],
    responses={**_FAULTS},
    response_model=TokenAnswer,
    response_model_exclude_none=True,
)
async def create_registry_token(
    form: Annotated[TokenForm, Form()], state: State, request: Request
) -> TokenAnswer | JSONResponse:
    """The way of clients that keep a refresh token, or that send the password in a form."""

    async def identify() -> Identity:
        if form.grant_type == "refresh_token":
            return await actions.prove_refresh(state, form.refresh_token)
        return await actions.prove(
            state, username=form.username, password=form.password, address=address_of(request)
        )

    again = form.access_type == "offline"
    answer = await _answer(state, identify, form.scope, service=form.service, refresh=again)
    if isinstance(answer, TokenAnswer) and form.grant_type == "refresh_token":
        return answer.model_copy(update={"refresh_token": form.refresh_token})
    return answer


async def _answer(
    state: CatalogState,
    identify: Callable[[], Awaitable[Identity | None]],
    scopes: list[str],
    *,
    service: str,
    refresh: bool,
) -> TokenAnswer | JSONResponse:
    try:
        actions.check_service(state, service)
        identity = await identify()
        token = await actions.give_token(state, identity, scopes)
        again = await actions.make_refresh_token(state, identity) if refresh and identity else None
    except actions.OtherService as fault:
        return _fault(400, "UNSUPPORTED", "invalid_request", str(fault))
    except ScopeFault as fault:
        return _fault(400, "UNSUPPORTED", "invalid_scope", str(fault))
    except Unauthenticated as error:
        answer = _fault(401, "UNAUTHORIZED", "invalid_grant", error.detail)
        answer.headers["WWW-Authenticate"] = 'Basic realm="boatyard"'
        return answer
    except actions.PushRefused as reason:
        return _fault(403, "DENIED", "invalid_scope", str(reason))
    except TooMany as error:
        answer = _fault(429, "TOOMANYREQUESTS", "invalid_grant", error.detail)
        answer.headers.update(error.headers)
        return answer
    return TokenAnswer(
        token=token,
        access_token=token,
        expires_in=state.settings.registry_token_seconds,
        issued_at=state.clock.now(),
        refresh_token=again,
    )


def _basic(header: str) -> tuple[str, str]:
    """Username and password of a Basic header (RFC 7617); Unauthenticated if it is none."""
    scheme, _, encoded = header.partition(" ")
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise Unauthenticated(
            "sign-in-refused", "The Authorization header can't be read."
        ) from error
    username, colon, password = text.partition(":")
    if scheme.lower() != "basic" or not colon or len(password) > MAX_SECRET or "\x00" in text:
        raise Unauthenticated("sign-in-refused", "Send Basic credentials, or none.")
    return username, password


def _fault(status: int, code: str, error: str, message: str) -> JSONResponse:
    body = RegistryFaults(
        errors=[RegistryFault(code=code, message=message)],
        error=error,
        error_description=message,
    )
    return JSONResponse(body.model_dump(), status_code=status)
