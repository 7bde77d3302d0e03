"""What the repository routes take and give."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from boatyard.catalog.repositories.commands import Commands
from boatyard.shared.events import Verb
from boatyard.shared.oci import Name
from boatyard.shared.schemas import Input, Output
from boatyard.shared.text import Line, Text

MAX_DETAILS = 25_000


def _check_details(text: str) -> str:
    size = len(text.encode())
    if size > MAX_DETAILS:
        raise ValueError(f"must have at most {MAX_DETAILS} bytes, has {size}")
    return text


Summary = Annotated[Line, StringConstraints(max_length=100)]
Details = Annotated[Text, StringConstraints(max_length=MAX_DETAILS), AfterValidator(_check_details)]
SortKey = Literal[
    "name",
    "-name",
    "updated",
    "-updated",
    "created",
    "-created",
    "pulls",
    "-pulls",
    "stars",
    "-stars",
]


class NewRepository(Input):
    """A repository to be made. Its name never changes."""

    namespace: Name | None = Field(
        default=None,
        description="One of the caller's namespaces; their own if left out.",
        examples=["team"],
    )
    name: Name = Field(
        description="2 to 64 of a-z, 0-9 and the separators - _ . between them.", examples=["app"]
    )
    summary: Summary = Field(default="", examples=["The shop's back end"])
    details: Details = Field(default="", description="Markdown, at most 25,000 bytes.")
    public: bool = Field(default=False, description="Whether everybody can pull it.")
    continuous_build: bool = False


class RepositoryChange(Input):
    """What to change; what is left out stays."""

    summary: Summary | None = None
    details: Details | None = None
    public: bool | None = None
    continuous_build: bool | None = None


class RepositoryRow(Output):
    """A repository in a list."""

    id: UUID
    namespace: str = Field(examples=["team"])
    name: str = Field(examples=["app"])
    full_name: str = Field(examples=["team/app"])
    summary: str
    public: bool
    continuous_build: bool
    tag_count: int
    pull_count: int
    star_count: int
    created_at: dt.datetime
    updated_at: dt.datetime
    last_pushed_at: dt.datetime | None


class RepositoryView(RepositoryRow):
    """A repository with everything about it."""

    details: str
    created_by: str | None
    starred: bool = Field(description="Whether it is among the caller's favourites.")
    verbs: list[Verb] = Field(description="What the caller may do to it.")
    push: Commands
    pull: Commands
