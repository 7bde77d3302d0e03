"""What happens to the tags of the registry. Published by registry-notifier, which owns tag state."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from boatyard.shared.events.message import Event
from boatyard.shared.oci import MAX_SIZE, Digest, RepositoryName, Tag


class TagOrigin(StrEnum):
    """How a change of a tag became known."""

    PUSH = "push"
    """The registry said so when it happened."""
    RECONCILE = "reconcile"
    """The sweep found it: the registry had forgotten to say so, and who did it is not known."""


class ImageParts(BaseModel):
    """What an image consists of: its configuration, and how many bytes travel in all. Sizes are in bytes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    config: Digest
    config_size: int = Field(ge=0, le=MAX_SIZE)
    size: int = Field(ge=0, le=MAX_SIZE)


class TagPushed(Event, subject="evt.tag.pushed.v1"):
    """A tag in the registry now points at a manifest it did not point at before.

    One per change, whatever the number of platforms. `sequence` counts the changes of this one tag,
    from 1, so that a reader can tell an old fact from a new one. `image` is there where the registry said what
    the manifest lists, and that is one image.
    """

    repository: RepositoryName
    tag: Tag
    digest: Digest
    media_type: str = ""
    sequence: int = Field(ge=1)
    previous_digest: Digest | None = None
    pushed_by: str | None = None
    origin: TagOrigin = TagOrigin.PUSH
    image: ImageParts | None = None


class TagDeleted(Event, subject="evt.tag.deleted.v1"):
    """A tag is gone from the registry; `digest` is what it pointed at last."""

    repository: RepositoryName
    tag: Tag
    digest: Digest
    sequence: int = Field(ge=1)
    deleted_by: str | None = None
    origin: TagOrigin = TagOrigin.PUSH


class ManifestPulled(Event, subject="evt.manifest.pulled.v1"):
    """Somebody fetched a manifest: by tag where `tag` is given, by digest otherwise."""

    repository: RepositoryName
    tag: Tag | None = None
    digest: Digest
    pulled_by: str | None = None
