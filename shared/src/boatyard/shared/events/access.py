"""Who may do what: the questions that catalog answers for the other services."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from boatyard.shared.events.message import Question


class Verb(StrEnum):
    """What can be done to a repository. A token's scope lists them; a role stands for a set of them."""

    PULL = "pull"
    PUSH = "push"
    DELETE = "delete"
    ADMIN = "admin"


class Role(StrEnum):
    """What a member of an organization, or the owner of a namespace, is there."""

    READER = "reader"
    WRITER = "writer"
    ADMIN = "admin"


class TokenScope(BaseModel):
    """What a token is good for: these verbs on the repositories that match.

    `repository` is `namespace/name`, `namespace/*`, or `*` for all that the token's owner can reach.
    """

    model_config = ConfigDict(frozen=True)

    repository: str
    verbs: frozenset[Verb]


class CredentialKind(StrEnum):
    """How a caller showed who they are."""

    ANONYMOUS = "anonymous"
    SESSION = "session"
    TOKEN = "token"  # noqa: S105 - the kind of a credential, not one


class Access(BaseModel):
    """What one caller is and may do.

    `verbs` speaks of the repository that was asked about and is empty without one; `repository_id` is
    None when there is none of that name or the caller may not know of it. `roles` are the caller's roles by
    namespace, their own namespace among them; `scopes` narrow it all for a token, and are None for a session;
    `expires_at` is when the token ends, if it ever does.
    A robot has a username (`organization+robot`) and roles, and no account.
    """

    model_config = ConfigDict(frozen=True)

    authenticated: bool = False
    username: str | None = None
    account_id: UUID | None = None
    administrator: bool = False
    roles: dict[str, Role] = {}
    scopes: tuple[TokenScope, ...] | None = None
    expires_at: AwareDatetime | None = None
    repository_id: UUID | None = None
    repository_public: bool = False
    verbs: frozenset[Verb] = frozenset()


class AskAccess(Question[Access], subject="ask.access.v1"):
    """Who is this, and what may they do to this repository?

    The secret itself never travels: `credential_sha256` is the hexadecimal SHA-256 of the session's or
    the token's secret, which is what catalog stores.
    """

    answer_type: ClassVar[type[BaseModel]] = Access

    kind: CredentialKind
    credential_sha256: str | None = None
    repository: str | None = None


class RegistryToken(BaseModel):
    """A bearer token for the registry and the seconds for which it is good.

    `refusal` says, for people, why a build can't push with it although it wants to.
    """

    model_config = ConfigDict(frozen=True)

    token: str
    expires_in: int
    refusal: str | None = None


BUILDS = "build:"
"""What the names begin with under which builds push; their numbers follow."""


class RegistryActor(StrEnum):
    """The names under which Boatyard itself speaks to the registry.

    No account can have them, since a colon is not legal in a username: what the registry reports of these
    actors is known to be our own doing.
    """

    READER = "boatyard:reader"
    """Reads manifests to describe them; its pulls are not counted."""
    SWEEPER = "boatyard:sweeper"
    """Removes a tag where the registry can't do so itself; its pushes are no versions."""


class AskRegistryToken(Question[RegistryToken], subject="ask.registry_token.v1"):
    """A token with which a service of ours may speak to the registry, for these scopes.

    `actor` is a RegistryActor, or the name of the user in whose name something is done. `scopes` are written as
    in the distribution specification: `repository:team/app:pull`, `registry:catalog:*`.
    """

    answer_type: ClassVar[type[BaseModel]] = RegistryToken

    actor: str
    scopes: tuple[str, ...]
