"""GitHub as Boatyard uses it: what can go wrong, and the values that its API answers with.

Everything below is about one GitHub: github.com, or an Enterprise Server at a URL of the operator's choice. The
client is the only code that speaks to it; the tests run it against a GitHub of their own that answers over real
HTTP, in the shapes that GitHub publishes.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum


class GithubError(Exception):
    """The base of what the client raises. The text is for people and holds no secret.

    GithubError
    ├── GithubUnavailable   it can't be reached or is broken: try again later
    ├── GithubBusy          it asks for patience: `retry_after` says how many seconds
    ├── GithubDenied        the credential is no longer good, or not good for this
    ├── GithubMissing       there is none, or the credential may not know of it
    └── GithubRefused       it understood, and won't
    """


class GithubUnavailable(GithubError):
    """It can't be reached, or answers nonsense."""


class GithubBusy(GithubError):
    """A rate limit is used up."""

    def __init__(self, retry_after: float) -> None:
        super().__init__(f"GitHub asks to wait {retry_after:.0f} seconds")
        self.retry_after = retry_after


class GithubDenied(GithubError):
    """The credential is not believed, or may not do this."""


class GithubMissing(GithubError):
    """There is none that the credential can see."""


class GithubRefused(GithubError):
    """The request is understood and can't be fulfilled (422, or a code that was used already)."""


@dataclass(frozen=True)
class NewApp:
    """A GitHub App as the manifest flow hands it over, secrets included."""

    app_id: int
    slug: str
    name: str
    html_url: str
    client_id: str
    client_secret: str = field(repr=False)
    private_key: str = field(repr=False)
    webhook_secret: str = field(repr=False)


@dataclass(frozen=True)
class UserToken:
    """What speaks for a user who authorized the App; expiring ones come with one that renews them."""

    access: str = field(repr=False)
    expires_in: int | None = None
    refresh: str | None = field(default=None, repr=False)
    refresh_expires_in: int | None = None


@dataclass(frozen=True)
class InstallationToken:
    """What speaks for an installation, narrowed to some repositories and permissions."""

    token: str = field(repr=False)
    expires_at: dt.datetime


@dataclass(frozen=True)
class User:
    """A GitHub account of a person."""

    id: int
    login: str
    avatar_url: str


@dataclass(frozen=True)
class Installation:
    """The App in one GitHub account or organization."""

    id: int
    account: str
    account_id: int
    suspended: bool
    html_url: str


@dataclass(frozen=True)
class Project:
    """A repository at GitHub. Its `id` stays when it is renamed or transferred."""

    id: int
    full_name: str
    private: bool
    default_branch: str
    html_url: str
    description: str
    pushed_at: dt.datetime | None
    writable: bool
    """Whether the user who asks may push to it."""
    administrable: bool
    """Whether the user who asks may change its settings, its webhooks among them."""


@dataclass(frozen=True)
class CommitFacts:
    """A commit as a build record shows it."""

    sha: str
    message: str
    author: str
    committed_at: dt.datetime


@dataclass(frozen=True)
class Dockerfiles:
    """The Dockerfiles in a tree; `complete` is false where GitHub cut a huge tree short."""

    paths: tuple[str, ...]
    complete: bool


@dataclass(frozen=True)
class HookDelivery:
    """One attempt of GitHub to deliver an event to us."""

    id: int
    guid: str
    event: str
    action: str | None
    delivered_at: dt.datetime
    ok: bool


@dataclass(frozen=True)
class HookContent:
    """What GitHub sent, or tried to send."""

    event: str
    payload: bytes = field(repr=False)


class StatusState(StrEnum):
    """The states of a commit status at GitHub."""

    PENDING = "pending"
    SUCCESS = "success"
    FAILURE = "failure"
    ERROR = "error"


class CheckStatus(StrEnum):
    """Where a check run is."""

    QUEUED = "queued"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"


class Conclusion(StrEnum):
    """How a check run ended. Where a check is required, only a success lets a change through."""

    SUCCESS = "success"
    FAILURE = "failure"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"


@dataclass(frozen=True, kw_only=True)
class CheckRun:
    """A check run as GitHub is told of it; `external_id` is how we know it again."""

    name: str
    head_sha: str
    external_id: str
    details_url: str
    status: CheckStatus
    conclusion: Conclusion | None
    started_at: dt.datetime | None
    completed_at: dt.datetime | None
    title: str
    summary: str
