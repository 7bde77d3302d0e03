"""What the fake GitHub knows: people, projects, the App, where it is installed, and who holds which token."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

from boatyard.shared.clock import Clock
from boatyard.shared.testing.github.repositories import BareRepository

PERMISSIONS = {"contents": "read", "metadata": "read", "statuses": "write", "checks": "write"}
"""Those of an App that was not made from a manifest."""


@dataclass
class Owner:
    """A person or an organization."""

    id: int
    login: str
    organization: bool = False


@dataclass
class FakeProject:
    """A repository at the fake GitHub; its content is a real bare Git repository."""

    id: int
    owner: Owner
    name: str
    private: bool
    git: BareRepository
    pushed_at: dt.datetime
    roles: dict[str, str] = field(default_factory=dict)
    """Who besides the owner may do what: `pull`, `push` or `admin`, by login."""

    @property
    def full_name(self) -> str:
        """`owner/name`."""
        return f"{self.owner.login}/{self.name}"

    def role(self, login: str | None) -> str | None:
        """What a person may do here."""
        if login == self.owner.login:
            return "admin"
        return self.roles.get(login or "") or (None if self.private else "pull")


@dataclass
class FakeApp:
    """A GitHub App, or an OAuth App where `private_key` is empty."""

    id: int
    slug: str
    name: str
    client_id: str
    client_secret: str
    private_key: str
    webhook_url: str
    webhook_secret: str
    setup_url: str = ""
    permissions: dict[str, str] = field(default_factory=lambda: dict(PERMISSIONS))
    """What it may ask of an installation."""
    events: tuple[str, ...] = ("push", "create", "delete", "repository", "check_run", "check_suite")
    expiring_tokens: bool = True


@dataclass
class FakeInstallation:
    """The App in an account, with the projects that were chosen, or all of the account's."""

    id: int
    account: Owner
    projects: set[int] | None = None
    suspended: bool = False


@dataclass
class FakeHook:
    """A webhook of a project, made by an OAuth App."""

    id: int
    project_id: int
    url: str
    secret: str
    content_type: str
    events: tuple[str, ...]


@dataclass
class Grant:
    """What a token stands for: a person, or an installation narrowed to projects and permissions.

    A `personal` one is the person's own, good for all that they can reach, and no matter of the App's.
    """

    login: str | None = None
    personal: bool = False
    installation_id: int | None = None
    projects: frozenset[int] = frozenset()
    permissions: dict[str, str] = field(default_factory=dict)
    expires_at: dt.datetime | None = None


@dataclass(frozen=True)
class FakeStatus:
    """A commit status that was set."""

    project_id: int
    sha: str
    state: str
    context: str
    description: str
    target_url: str


@dataclass
class FakeCheckRun:
    """A check run of the App, as it was last told; `told` is each status or conclusion that it went through."""

    id: int
    project_id: int
    name: str
    head_sha: str
    status: str = "queued"
    conclusion: str | None = None
    external_id: str = ""
    details_url: str = ""
    started_at: str | None = None
    completed_at: str | None = None
    title: str | None = None
    summary: str | None = None
    told: list[str] = field(default_factory=list)


class World:
    """Everything that is stored. Tests read it and change it as they like, between requests."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._ids = count(1001)
        self.owners: dict[str, Owner] = {}
        self.projects: dict[int, FakeProject] = {}
        self.app: FakeApp | None = None
        self.installations: dict[int, FakeInstallation] = {}
        self.hooks: dict[int, FakeHook] = {}
        self.tokens: dict[str, Grant] = {}
        self.refresh_tokens: dict[str, str] = {}
        self.codes: dict[str, str] = {}
        self.manifests: dict[str, FakeApp] = {}
        self.statuses: list[FakeStatus] = []
        self.check_runs: dict[int, FakeCheckRun] = {}
        self.signed_in: str | None = None
        """Whose browser visits the pages."""

    def next_id(self) -> int:
        """A number that nothing else has."""
        return next(self._ids)

    def owner(self, login: str, *, organization: bool = False) -> Owner:
        """The person or organization of that name, made if need be."""
        if login not in self.owners:
            self.owners[login] = Owner(self.next_id(), login, organization)
        return self.owners[login]

    def project(self, full_name: str) -> FakeProject | None:
        """The project of that name."""
        wanted = full_name.lower()
        return next((p for p in self.projects.values() if p.full_name.lower() == wanted), None)

    def code_for(self, login: str) -> str:
        """A code that a person's browser carries back to whoever asked."""
        code = secrets.token_hex(10)
        self.codes[code] = login
        return code

    def user_token(self, login: str, *, expires_in: int | None = None) -> str:
        """A token that speaks for a person."""
        token = ("ghu_" if self.is_github_app else "gho_") + secrets.token_hex(18)
        self.tokens[token] = Grant(login=login, expires_at=self._after(expires_in))
        return token

    def grant_password(self, login: str, password: str) -> None:
        """Let a person fetch and push with a password of their choice, as a personal access token does."""
        self.tokens[password] = Grant(login=login, personal=True)

    def refresh_token(self, login: str) -> str:
        """A token that renews a person's, once."""
        token = "ghr_" + secrets.token_hex(38)
        self.refresh_tokens[token] = login
        return token

    def installation_token(
        self, installation_id: int, projects: frozenset[int], permissions: dict[str, str]
    ) -> tuple[str, dt.datetime]:
        """A token that speaks for an installation, for an hour."""
        token = "ghs_" + secrets.token_hex(18)
        expires_at = self.clock.now() + dt.timedelta(hours=1)
        self.tokens[token] = Grant(
            installation_id=installation_id,
            projects=projects,
            permissions=permissions,
            expires_at=expires_at,
        )
        return token, expires_at

    @property
    def is_github_app(self) -> bool:
        """Whether the App is a GitHub App, and no OAuth App."""
        return self.app is not None and bool(self.app.private_key)

    def grant(self, token: str | None) -> Grant | None:
        """What a token stands for now."""
        grant = self.tokens.get(token or "")
        if grant is None or (grant.expires_at and grant.expires_at <= self.clock.now()):
            return None
        if grant.installation_id is not None:
            installation = self.installations.get(grant.installation_id)
            return None if installation is None or installation.suspended else grant
        return grant

    def installation_of(self, project: FakeProject) -> FakeInstallation | None:
        """The installation that a project is in."""
        return next((i for i in self.installations.values() if self.covers(i, project)), None)

    def covers(self, installation: FakeInstallation, project: FakeProject) -> bool:
        """Whether an installation takes in a project."""
        chosen = installation.projects is None or project.id in installation.projects
        return installation.account.login == project.owner.login and chosen

    def permission(self, grant: Grant | None, project: FakeProject) -> str | None:
        """What whoever holds a grant may do to a project: `pull`, `push`, `admin`, or nothing."""
        if grant is None:
            return None if project.private else "pull"
        if grant.installation_id is not None:
            installation = self.installations[grant.installation_id]
            seen = project.id in grant.projects and self.covers(installation, project)
            return "pull" if seen or not project.private else None
        role = project.role(grant.login)
        limited = self.is_github_app and not grant.personal
        hidden = limited and project.private and not self.installation_of(project)
        return None if hidden else role

    def reachable(self, login: str) -> Iterator[FakeProject]:
        """The projects that a person was given a role in."""
        for project in self.projects.values():
            if login == project.owner.login or login in project.roles:
                yield project

    def _after(self, seconds: int | None) -> dt.datetime | None:
        return None if seconds is None else self.clock.now() + dt.timedelta(seconds=seconds)
