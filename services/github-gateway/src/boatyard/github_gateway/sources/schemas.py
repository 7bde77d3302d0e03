"""What the routes of sources and build rules take and give."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from boatyard.github_gateway.refs import RefKind
from boatyard.shared.events import BuildStatus
from boatyard.shared.schemas import Input, Output
from boatyard.shared.text import Line, Text

MAX_ARGUMENTS = 50
_ARGUMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")

FullName = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}$"),
    Field(examples=["octocat/hello"]),
]


def _check_arguments(arguments: dict[str, str]) -> dict[str, str]:
    if len(arguments) > MAX_ARGUMENTS:
        raise ValueError(f"may be at most {MAX_ARGUMENTS}, are {len(arguments)}")
    for name in arguments:
        if not _ARGUMENT.fullmatch(name):
            raise ValueError(f"{name[:64]!r} is no name of a build argument")
    return arguments


Arguments = Annotated[
    dict[str, Annotated[Text, StringConstraints(max_length=4096)]], AfterValidator(_check_arguments)
]


class SourceWish(Input):
    """From which project a repository is to be built."""

    project: FullName
    enabled: bool = Field(default=True, description="Whether pushes are built at all.")
    submodules: bool = Field(default=False, description="Whether submodules are fetched, too.")
    lfs: bool = Field(default=False, description="Whether files in Git LFS are fetched, too.")


class SourceView(Output):
    """The project that a repository is built from, and how well it is heard."""

    project: str
    html_url: str
    private: bool
    default_branch: str
    enabled: bool
    submodules: bool
    lfs: bool
    linked_by: str = Field(description="Through whose link to GitHub it is seen.")
    lost: str | None = Field(
        description="Why GitHub does not show the project any more, and what to do."
    )
    webhook: bool = Field(
        description="Whether GitHub tells of pushes at once; otherwise refs are compared now and then."
    )
    last_delivery_at: dt.datetime | None = Field(
        description="When GitHub last told of this project."
    )
    reconciled_at: dt.datetime | None = Field(description="When the refs were last compared.")
    created_at: dt.datetime


class RuleWish(Input):
    """A build rule: which refs it is about, what is built, and as which tags."""

    type: RefKind
    pattern: Annotated[str, StringConstraints(min_length=1, max_length=255)] = Field(
        description="A branch or tag, one with wildcards (`release/*`, `v1.?`), or `/^…$/`, a regular "
        "expression (RE2) for the whole name.",
        examples=["main", "release/*"],
    )
    versions: Annotated[str, StringConstraints(min_length=1, max_length=2100)] = Field(
        description="Version templates, separated by commas: {branch}, {tag}, {sourceref}, {sha}, {sha7}, "
        "{date}, {1} to {9}.",
        examples=["latest", "{1},stable"],
    )
    override: bool = Field(
        description="On: the tag is the version, and moves. Off: `<version>-<first 7 of the commit>`, and "
        "every build stays."
    )
    dockerfile: Annotated[str, StringConstraints(min_length=1, max_length=255)] = "Dockerfile"
    context: Annotated[str, StringConstraints(min_length=1, max_length=255)] = "."
    paths: list[Annotated[str, StringConstraints(max_length=255)]] = Field(
        default=[],
        max_length=50,
        description="Globs: build only if a file they name changed since the last successful build.",
    )
    watch_context: bool = Field(
        default=False,
        description="Whether a change in the context or of the Dockerfile counts, too.",
    )
    arguments: Arguments = Field(default={}, description="Build arguments; no place for secrets.")
    timeout_seconds: int = Field(default=3600, ge=10, le=14_400)
    supersede_running: bool = Field(
        default=False, description="Whether a newer push stops a build that is under way."
    )
    enabled: bool = True


class RuleChange(Input):
    """What to change in a rule; what is left out stays."""

    type: RefKind | None = None
    pattern: Annotated[str, StringConstraints(min_length=1, max_length=255)] | None = None
    versions: Annotated[str, StringConstraints(min_length=1, max_length=2100)] | None = None
    override: bool | None = None
    dockerfile: Annotated[str, StringConstraints(min_length=1, max_length=255)] | None = None
    context: Annotated[str, StringConstraints(min_length=1, max_length=255)] | None = None
    paths: Annotated[
        list[Annotated[str, StringConstraints(max_length=255)]] | None, Field(max_length=50)
    ] = None
    watch_context: bool | None = None
    arguments: Arguments | None = None
    timeout_seconds: int | None = Field(default=None, ge=10, le=14_400)
    supersede_running: bool | None = None
    enabled: bool | None = None


class RuleView(Output):
    """A build rule."""

    id: UUID
    number: int = Field(description="Counts within the repository.")
    type: RefKind
    pattern: str
    wildcard: bool = Field(
        description="Whether it is about more than one ref: building now asks which."
    )
    versions: str
    override: bool
    dockerfile: str
    context: str
    paths: list[str]
    watch_context: bool
    arguments: dict[str, str]
    timeout_seconds: int
    supersede_running: bool
    enabled: bool
    disabled_reason: str | None = Field(
        description="Why it was switched off, if it was not by hand."
    )
    last_status: BuildStatus | None = Field(description="Where its newest build is.")
    created_at: dt.datetime
    created_by: str | None
    updated_at: dt.datetime


class PreviewedRef(Output):
    """A ref that a rule matches now, and what it would be built as."""

    name: str
    commit: str
    tags: list[str]
    fault: str | None = Field(default=None, description="Why it could not be built.")


class Preview(Output):
    """What a rule would do with the refs that are there now."""

    matches: list[PreviewedRef] = Field(description="The first hundred, by name.")
    total: int = Field(description="How many refs match.")
    of: int = Field(description="How many refs of the rule's type there are.")
    collisions: list[str] = Field(
        description="Refs that would become one version by being escaped."
    )
    live: bool = Field(description="False where GitHub can't be asked now: as last known.")


class BuildWish(Input):
    """What to build now."""

    ref: Annotated[Line, StringConstraints(min_length=1, max_length=255)] | None = Field(
        default=None, description="The branch or tag; needed where the rule has a wildcard."
    )


class BuildOrdered(Output):
    """A build was ordered; it is known by this id."""

    build_id: UUID
