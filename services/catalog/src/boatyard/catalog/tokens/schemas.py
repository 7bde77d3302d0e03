"""What the token routes take and give."""

from __future__ import annotations

import datetime as dt
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field, field_serializer

from boatyard.shared.events import Verb
from boatyard.shared.oci import NameFault, check_name, check_repository
from boatyard.shared.schemas import Input, Moment, Output
from boatyard.shared.text import Line


def check_pattern(pattern: str) -> str:
    """Return `*`, `namespace/*` or `namespace/name`; ValueError for anything else."""
    if pattern == "*":
        return pattern
    namespace, slash, name = pattern.partition("/")
    try:
        if slash and name == "*":
            check_name(namespace)
        else:
            check_repository(pattern)
    except NameFault as fault:
        raise ValueError(f"must be *, namespace/* or namespace/name: {fault}") from fault
    return pattern


class ScopeView(Input):
    """Verbs on the repositories that match."""

    repository: Annotated[str, AfterValidator(check_pattern)] = Field(
        max_length=129,
        description="`namespace/name`, `namespace/*`, or `*` for everything the owner can reach.",
        examples=["team/app"],
    )
    verbs: frozenset[Verb] = Field(min_length=1, examples=[["pull", "push"]])

    @field_serializer("verbs")
    def _in_order(self, verbs: frozenset[Verb]) -> list[Verb]:
        return sorted(verbs)


class NewToken(Input):
    """An access token to be made."""

    name: Line = Field(min_length=1, max_length=100, examples=["ci"])
    scopes: list[ScopeView] = Field(
        default=[ScopeView(repository="*", verbs=frozenset(Verb))],
        min_length=1,
        max_length=50,
        description="What it is good for. Without: everything its owner may do.",
    )
    expires_at: Moment | None = Field(
        default=None,
        description="When it ends; never, if left out.",
        examples=["2030-01-01T00:00:00Z"],
    )


class TokenView(Output):
    """An access token. The secret itself is shown once, when it is made."""

    id: UUID
    name: str
    hint: str = Field(description="How the secret begins.", examples=["byt_4fGh"])
    scopes: list[ScopeView]
    created_at: dt.datetime
    expires_at: dt.datetime | None
    last_used_at: dt.datetime | None


class MadeToken(TokenView):
    """A token just made, with its secret."""

    secret: str = Field(
        description="Keep it: it is not shown again.",
        examples=["byt_4fGhXzT0c1Y2k3W4v5U6t7S8r9Q0p1O2n3M4l5K6j7I"],
    )
