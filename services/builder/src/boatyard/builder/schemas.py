"""What the build routes take and give."""

from __future__ import annotations

import datetime as dt
from typing import Literal
from uuid import UUID

from pydantic import Field

from boatyard.builder.states import Group, Phase
from boatyard.shared.events import BuildCause, BuildStatus
from boatyard.shared.schemas import Output


class SourceView(Output):
    """The commit that is built."""

    project: str = Field(examples=["octo/hello"])
    ref: str = Field(examples=["refs/heads/main"])
    commit: str = Field(examples=["8f6c2b1d0e9a7c5b3f1e2d4c6b8a0f9e7d5c3b1a"])
    author: str
    message: str
    submodules: bool
    lfs: bool


class RecipeView(Output):
    """How it is built."""

    dockerfile: str = Field(examples=["Dockerfile"])
    context: str = Field(examples=["."])
    arguments: dict[str, str] = Field(description="Values that look like secrets are masked.")
    timeout_seconds: int


class BuildView(Output):
    """One build."""

    id: UUID
    number: int = Field(examples=[12])
    repository: str = Field(examples=["team/app"])
    status: BuildStatus
    group: Group = Field(
        description="Where it is shown: among those building, successful or failed."
    )
    phase: Phase | None = Field(description="What is done now; null unless it is building.")
    waits_for: str = Field(
        description="Why it waits, if it is not just its turn that it waits for: no build engine, or what "
        "failed at the last attempt."
    )
    position: int | None = Field(
        description="How many builds were asked for earlier and wait, too; null unless it waits."
    )
    attempt: int = Field(description="How often a worker has begun it.")
    stopping: bool = Field(description="It was asked to stop, and its worker has not yet.")
    cancelable: bool = Field(description="Whether it can still be canceled.")
    rule_id: UUID | None
    tags: list[str] = Field(
        description="The tags that it was to push.", examples=[["1.0", "latest"]]
    )
    pushed_tags: list[str] = Field(description="The tags that it did push.")
    digest: str | None = Field(description="What its tags point at, if it succeeded.")
    source: SourceView
    cause: BuildCause
    caused_by: str | None
    retry_of: int | None = Field(description="The number of the build that this is a retry of.")
    queued_at: dt.datetime
    started_at: dt.datetime | None
    finished_at: dt.datetime | None
    seconds: dict[Literal["queue", "fetch", "build", "push"], float] = Field(
        description="How long each phase took.", examples=[{"queue": 0.1, "fetch": 0.4}]
    )
    reason: str | None = Field(
        description="Why it did not succeed; a code that never changes its meaning.",
        examples=["dockerfile-missing"],
    )
    detail: str = Field(description="The same for people.")
    user_error: bool = Field(description="Whether the project's owner can mend it.")


class BuildDetails(BuildView):
    """One build with its recipe."""

    recipe: RecipeView
    dockerfile: str | None = Field(description="The Dockerfile as it was built.")
