"""Who is calling, and what they may do to a repository: the same rules at the edge of every service.

A browser shows a session cookie, and with every request that changes something the header `X-CSRF-Token`,
which a foreign page can't know. Everything else shows `Authorization: Bearer <access token>`. Only the hash
of either ever leaves this module.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Protocol, cast

from fastapi import Depends, Path, Request
from fastapi.security import APIKeyCookie, HTTPBearer

from boatyard.shared import audit
from boatyard.shared.bus import Bus, NoAnswer
from boatyard.shared.errors import Forbidden, NotFound, Unauthenticated, Unavailable
from boatyard.shared.events import Access, AskAccess, CredentialKind, Verb
from boatyard.shared.logging import get_logger
from boatyard.shared.oci import NameFault, check_repository

SESSION_COOKIE = "boatyard_session"
CSRF_COOKIE = "boatyard_csrf"
CSRF_HEADER = "X-CSRF-Token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing (RFC 9110, section 9.2.1)."""

_log = get_logger("access")

bearer_scheme = HTTPBearer(
    auto_error=False, scheme_name="accessToken", description="An access token or a robot's."
)
cookie_scheme = APIKeyCookie(
    name=SESSION_COOKIE,
    auto_error=False,
    scheme_name="session",
    description=f"The browser's session; requests that change something also send `{CSRF_HEADER}`.",
)


@dataclass(frozen=True)
class Credential:
    """How a caller showed who they are; the hash stands for the secret."""

    kind: CredentialKind
    sha256: str | None = None


class Doorkeeper(Protocol):
    """Knows who a credential belongs to and what they may do. Catalog is one; the others ask it."""

    async def access(self, credential: Credential, repository: str | None = None) -> Access:
        """Who this is and what they may do; Unavailable if nobody can say now."""
        ...


class BusDoorkeeper:
    """Asks catalog over the bus."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def access(self, credential: Credential, repository: str | None = None) -> Access:
        """Ask; fails closed when catalog can't be reached."""
        question = AskAccess(
            kind=credential.kind, credential_sha256=credential.sha256, repository=repository
        )
        try:
            return await self._bus.ask(question)
        except NoAnswer as error:
            _log.warning("catalog_gives_no_answer", reason=str(error))
            raise Unavailable(
                "catalog-unreachable",
                "Who you are can't be checked right now. Try again in a moment.",
            ) from error


def secret_hash(secret: str) -> str:
    """The hexadecimal SHA-256 under which a session or a token is known.

    Enough for secrets that are 256 random bits; passwords are hashed with argon2 instead.
    """
    return hashlib.sha256(secret.encode()).hexdigest()


def csrf_token(session_secret: str) -> str:
    """The token that belongs to a session, which any service can check without asking anybody."""
    return hashlib.sha256(b"csrf:" + session_secret.encode()).hexdigest()[:32]


def read_credential(request: Request) -> Credential:
    """The credential of a request; a bearer token wins over a cookie.

    Unauthenticated if the Authorization header is of another kind, Forbidden if a session tries to change
    something without its CSRF token.
    """
    header = request.headers.get("Authorization")
    if header is not None:
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise Unauthenticated(detail="Send `Authorization: Bearer <access token>`.")
        return Credential(CredentialKind.TOKEN, secret_hash(token.strip()))
    session = request.cookies.get(SESSION_COOKIE)
    if session is None:
        return Credential(CredentialKind.ANONYMOUS)
    if request.method not in SAFE_METHODS:
        _check_csrf(request, session)
    return Credential(CredentialKind.SESSION, secret_hash(session))


def _check_csrf(request: Request, session: str) -> None:
    given = request.headers.get(CSRF_HEADER, "")
    if not hmac.compare_digest(given.encode(), csrf_token(session).encode()):
        raise Forbidden(
            "csrf-token-missing",
            f"Send the header {CSRF_HEADER} with the value of the cookie {CSRF_COOKIE}.",
        )


async def doorkeeper(request: Request) -> Doorkeeper:
    """The doorkeeper of the process that serves this request."""
    return cast(Doorkeeper, request.app.state.doorkeeper)


async def caller(
    request: Request,
    door: Annotated[Doorkeeper, Depends(doorkeeper)],
    _bearer: Annotated[object, Depends(bearer_scheme)] = None,
    _cookie: Annotated[object, Depends(cookie_scheme)] = None,
) -> Access:
    """Who is calling, anonymous callers too; Unauthenticated for a credential that is not believed."""
    return await _identify(request, door, None)


async def signed_in(access: Annotated[Access, Depends(caller)]) -> Access:
    """Who is calling; Unauthenticated if that is nobody."""
    if not access.authenticated:
        raise Unauthenticated
    return access


async def _identify(request: Request, door: Doorkeeper, repository: str | None) -> Access:
    credential = read_credential(request)
    access = await door.access(credential, repository)
    audit.caller(access, credential.kind)
    if credential.kind is not CredentialKind.ANONYMOUS and not access.authenticated:
        raise Unauthenticated(
            "credential-refused",
            "This session or token is unknown, expired or revoked. Sign in again.",
        )
    return access


def stands_for_owner(access: Access) -> bool:
    """Whether a credential is good for all that its owner may do: a session, or a token of every verb on `*`.

    Whatever is the account's own needs this, since who manages an account can make other credentials.
    """
    if access.scopes is None:
        return True
    everywhere = [scope.verbs for scope in access.scopes if scope.repository == "*"]
    return frozenset().union(*everywhere) >= frozenset(Verb)


@dataclass(frozen=True)
class RepositoryAccess:
    """A repository that the caller may see, and what they may do to it."""

    repository: str
    access: Access


Namespace = Annotated[str, Path(description="An account or an organization.", examples=["team"])]
RepositoryPart = Annotated[str, Path(description="The repository in it.", examples=["app"])]


def may(verb: Verb) -> Callable[..., Awaitable[RepositoryAccess]]:
    """A dependency for routes under `/repositories/{namespace}/{name}`: the caller may do `verb` there.

    Whoever may not even pull learns nothing: NotFound for those signed in, Unauthenticated for the others,
    whether the repository exists or not. Whoever may pull but not `verb` gets Forbidden.
    """

    async def check(
        request: Request,
        namespace: Namespace,
        name: RepositoryPart,
        door: Annotated[Doorkeeper, Depends(doorkeeper)],
        _bearer: Annotated[object, Depends(bearer_scheme)] = None,
        _cookie: Annotated[object, Depends(cookie_scheme)] = None,
    ) -> RepositoryAccess:
        repository = f"{namespace}/{name}"
        access = await _identify(request, door, repository if _is_legal(repository) else None)
        if verb in access.verbs and access.repository_id is not None:
            return RepositoryAccess(repository, access)
        if not access.authenticated:
            raise Unauthenticated(detail="Sign in to see or change this repository.")
        if Verb.PULL not in access.verbs or access.repository_id is None:
            raise NotFound(
                "repository-not-found", f"There is no repository {repository} that you can see."
            )
        raise Forbidden(
            "permission-missing",
            f"You may not do this to {repository}: it needs the permission {verb}.",
        )

    return check


def _is_legal(repository: str) -> bool:
    try:
        check_repository(repository)
    except NameFault:
        return False
    return True
