"""What happens to repositories. Published by catalog, which owns them."""

from __future__ import annotations

from uuid import UUID

from boatyard.shared.events.message import Event
from boatyard.shared.oci import RepositoryName


class RepositoryCreated(Event, subject="evt.repository.created.v1"):
    """A repository can be pushed to; by hand, or because somebody pushed to it."""

    repository_id: UUID
    repository: RepositoryName
    public: bool
    created_by: str | None = None


class RepositoryUpdated(Event, subject="evt.repository.updated.v1"):
    """The summary, the details or the visibility of a repository changed; `changed` names which."""

    repository_id: UUID
    repository: RepositoryName
    public: bool
    summary: str = ""
    changed: tuple[str, ...]
    updated_by: str | None = None


class RepositoryDeleted(Event, subject="evt.repository.deleted.v1"):
    """A repository and everything in it is gone; its name is free again once the registry is emptied."""

    repository_id: UUID
    repository: RepositoryName
    deleted_by: str | None = None
