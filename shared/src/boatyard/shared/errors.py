"""Errors that reach a client: RFC 9457 problem documents.

AppError                       a status, a stable code, words for a person, the fields at fault
├── BadRequest        400      what was sent can't be read
├── Unauthenticated   401      who is asking is not known, or no longer believed
├── Forbidden         403      who is asking may not do this
├── NotFound          404      there is none, or the caller may not know that there is
├── Conflict          409      it clashes with what is there
├── Gone              410      it was there once
├── TooLarge          413      more bytes than are taken
├── Invalid           422      it can be read, but a field is wrong
├── TooMany           429      too many tries; `retry_after` says when again
└── Unavailable       503      a part of Boatyard that is needed can't be reached now
"""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, Field

PROBLEM_MEDIA_TYPE = "application/problem+json"
_TYPE_PREFIX = "urn:boatyard:problem:"


class FieldProblem(BaseModel):
    """One field that is wrong: where it is, and why."""

    field: str = Field(description="Where the value is: `body.name`, `query.cursor`.")
    reason: str = Field(description="Why it is refused, for a person to read.")


class Problem(BaseModel):
    """An error as RFC 9457 writes it."""

    type: str = Field(
        description="Names the kind of error; it never changes.",
        examples=["urn:boatyard:problem:repository-not-found"],
    )
    title: str = Field(description="The kind of error in words.", examples=["Not found"])
    status: int = Field(description="The HTTP status.", examples=[404])
    detail: str = Field(description="What is wrong here, for a person to read.")
    errors: list[FieldProblem] = Field(default=[], description="The fields at fault, if any are.")


class AppError(Exception):
    """Something a client is told. Raise the subclass that has the right status."""

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Internal error"

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        fields: tuple[FieldProblem, ...] = (),
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.fields = fields
        self.headers = headers or {}

    def problem(self) -> Problem:
        """The document that goes to the client."""
        return Problem(
            type=_TYPE_PREFIX + self.code,
            title=self.title,
            status=self.status,
            detail=self.detail,
            errors=list(self.fields),
        )


class BadRequest(AppError):
    """What was sent can't be read."""

    status, title = 400, "Bad request"


class Unauthenticated(AppError):
    """Who is asking is not known, or no longer believed."""

    status, title = 401, "Not signed in"

    def __init__(self, code: str = "unauthenticated", detail: str = "Sign in first.") -> None:
        super().__init__(code, detail, headers={"WWW-Authenticate": 'Bearer realm="boatyard"'})


class Forbidden(AppError):
    """Who is asking may not do this."""

    status, title = 403, "Not allowed"


class NotFound(AppError):
    """There is none, or the caller may not know that there is."""

    status, title = 404, "Not found"


class Conflict(AppError):
    """It clashes with what is there."""

    status, title = 409, "Conflict"


class Gone(AppError):
    """It was there once."""

    status, title = 410, "Gone"


class TooLarge(AppError):
    """More bytes than are taken."""

    status, title = 413, "Too large"


class Invalid(AppError):
    """It can be read, but a field is wrong."""

    status, title = 422, "Invalid input"

    @classmethod
    def field(cls, field: str, reason: str) -> Invalid:
        """One field is wrong."""
        return cls(
            "invalid-input", f"{field} {reason}", fields=(FieldProblem(field=field, reason=reason),)
        )


class TooMany(AppError):
    """Too many tries in too short a time."""

    status, title = 429, "Too many requests"

    def __init__(self, code: str, detail: str, *, retry_after: int) -> None:
        super().__init__(code, detail, headers={"Retry-After": str(retry_after)})


class Unavailable(AppError):
    """A part of Boatyard that is needed can't be reached now."""

    status, title = 503, "Unavailable"

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code, detail, headers={"Retry-After": "2"})
