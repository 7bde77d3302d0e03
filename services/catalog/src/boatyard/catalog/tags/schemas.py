"""What the tag routes take and give."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from boatyard.catalog.repositories.commands import Commands
from boatyard.shared.oci import Digest
from boatyard.shared.schemas import Input, Output
from boatyard.shared.text import Line

TagSort = Literal["name", "-name", "pushed", "-pushed", "pulls", "-pulls"]
Origin = Literal["push", "reconcile"]


class PlatformView(Output):
    """A platform that the image runs on."""

    os: str = Field(examples=["linux"])
    architecture: str = Field(examples=["amd64"])
    variant: str | None = None
    digest: str
    size: int = Field(description="Bytes, compressed, as it travels.")


class TagView(Output):
    """A tag and the image behind it."""

    name: str = Field(examples=["1.0"])
    digest: str
    media_type: str
    described: bool = Field(
        description="False while size, platforms and labels are still being read from the registry."
    )
    size: int | None = Field(description="Bytes, compressed; of all platforms together.")
    platforms: list[PlatformView]
    labels: dict[str, str]
    image_created_at: dt.datetime | None
    pushed_at: dt.datetime
    pushed_by: str | None = Field(
        description="Who, or `build:7` for the repository's build 7. Null if the registry did not say.",
        examples=["anna"],
    )
    origin: Origin = Field(
        description="`reconcile`: found later, since the registry had not reported it."
    )
    remark: str
    pull_count: int
    last_pulled_at: dt.datetime | None
    pull_by_tag: Commands
    pull_by_digest: Commands


class TagRemark(Input):
    """A note on a tag, for people."""

    remark: Annotated[Line, StringConstraints(max_length=500)] = Field(
        examples=["rolled out on Friday"]
    )


class TagChangeView(Output):
    """One entry of a tag's history."""

    sequence: int
    kind: Literal["pushed", "deleted"]
    digest: str = Field(description="What it pointed at from then on, or until it was deleted.")
    at: dt.datetime
    by: str | None = Field(description="As `pushed_by` of a tag.", examples=["build:7"])
    origin: Origin


class RestoreTag(Input):
    """What a tag is to point at again."""

    digest: Digest = Field(
        description="One of the digests in the tag's history.", examples=["sha256:" + "0a1b" * 16]
    )
