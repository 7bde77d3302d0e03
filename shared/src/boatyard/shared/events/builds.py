"""Builds: the job that github-gateway gives, what builder makes known of it, and what both ask.

A build is known by one id everywhere: that of the command that asked for it. github-gateway derives it from
repository, rule, ref and commit, so that a push that is heard of twice is built once.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from boatyard.shared.events.message import Command, Event, Question
from boatyard.shared.oci import Digest, RepositoryName, Tag


class BuildCause(StrEnum):
    """Why there is a build."""

    PUSH = "push"
    """GitHub told of a push."""
    RECONCILE = "reconcile"
    """A push of which GitHub did not tell was found by comparing refs."""
    MANUAL = "manual"
    """Somebody asked for it: "build now"."""
    RETRY = "retry"
    """Somebody asked to build again what was built before."""


class BuildStatus(StrEnum):
    """Where a build is."""

    QUEUED = "queued"
    BUILDING = "building"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"
    SUPERSEDED = "superseded"
    TIMED_OUT = "timed_out"


class BuildSource(BaseModel):
    """The commit that is built.

    `project` is `owner/name` at GitHub, `clone_url` an https URL without credentials, `ref` is written in full
    (`refs/heads/main`), `commit` has 40 hexadecimal digits.
    """

    model_config = ConfigDict(frozen=True)

    project: str
    clone_url: str
    ref: str
    commit: str = Field(pattern=r"^[0-9a-f]{40}$")
    author: str = ""
    message: str = ""
    submodules: bool = False
    lfs: bool = False


class BuildRecipe(BaseModel):
    """How it is built. Both paths are relative to the root of the project; the context is a folder."""

    model_config = ConfigDict(frozen=True)

    dockerfile: str = "Dockerfile"
    context: str = "."
    arguments: dict[str, str] = {}
    timeout_seconds: int = Field(default=3600, ge=10, le=14_400)


class BuildFacts(BaseModel):
    """What every message about one build says of it.

    `tags` are those it ends as. `group` is what newest-wins is decided in (one rule and one ref); `order` grows
    with every push of the project, so that of two builds for one tag the one of the newer push is known.
    """

    repository_id: UUID
    repository: RepositoryName
    rule_id: UUID | None = None
    group: str
    order: int = Field(ge=0)
    tags: tuple[Tag, ...] = Field(min_length=1)
    source: BuildSource
    cause: BuildCause
    caused_by: str | None = None


class BuildImage(Command, BuildFacts, subject="cmd.build.image.v1"):
    """Build this commit and push the image under these tags. The command's id is the build's.

    `supersede_running`: a build of the same group that is older and under way is stopped; older ones that
    only wait are superseded always.
    """

    recipe: BuildRecipe
    supersede_running: bool = False


class CancelBuilds(Command, subject="cmd.build.cancel.v1"):
    """Cancel what waits or runs of a group: its ref or its rule is gone."""

    group: str
    reason: str


class BuildQueued(Event, BuildFacts, subject="evt.build.queued.v1"):
    """A build has its number and waits for a worker."""

    build_id: UUID
    number: int = Field(ge=1)


class BuildStarted(Event, BuildFacts, subject="evt.build.started.v1"):
    """A worker has taken a build. Told again if the worker vanished and another one took it: see `attempt`."""

    build_id: UUID
    number: int = Field(ge=1)
    attempt: int = Field(default=1, ge=1)


class BuildFinished(Event, BuildFacts, subject="evt.build.finished.v1"):
    """A build came to its end: `status` is neither `queued` nor `building`.

    `digest` is what its tags point at if it succeeded. `reason` is a stable code and `detail` the sentence for
    people; `user_error` tells what the project's owner can mend from what the operator must.
    """

    build_id: UUID
    number: int = Field(ge=1)
    status: BuildStatus
    digest: Digest | None = None
    reason: str | None = None
    detail: str = ""
    user_error: bool = False
    started_at: AwareDatetime | None = None
    seconds: dict[str, float] = {}
    """Per phase: queue, fetch, build, push."""


class BuildLogChunk(Event, subject="log.build.chunk.v1"):
    """New lines of a log can be read: up to `cursor`, in the units of the log's own address."""

    build_id: UUID
    cursor: int = Field(ge=0)


class SourceToken(BaseModel):
    """With what a project can be fetched: a name and a password for its host, until a moment.

    Both are None where the project is public and no account is linked.
    """

    model_config = ConfigDict(frozen=True)

    username: str | None = None
    password: str | None = Field(default=None, repr=False)
    expires_at: AwareDatetime | None = None


class AskSourceToken(Question[SourceToken], subject="ask.source_token.v1"):
    """A credential that can read just this project, the source of this repository."""

    answer_type: ClassVar[type[BaseModel]] = SourceToken

    repository_id: UUID
    project: str
