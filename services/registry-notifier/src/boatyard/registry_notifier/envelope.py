"""What the registry posts: the notification envelope of CNCF distribution 2.8 and 3.

Source: distribution's `notifications/event.go`. It is another system's format, so unknown fields are ignored.
"""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from boatyard.shared.oci import MAX_SIZE

MEDIA_TYPE = re.compile(
    r"application/(?:vnd\.docker\.distribution\.events\.v[12]\+)?json", re.IGNORECASE
)
"""Distribution 2.8 says `…events.v1+json`, distribution 3 says `…events.v2+json`; the format is the same."""
EVENTS_PATH = "/registry/events"
MAX_ENVELOPE = 8 * 1024 * 1024
"""Bytes. An event repeats the client's User-Agent, of which the registry takes 1 MiB, and each byte of it can
become the six of a `\\u003c`. A notification that is refused would hold up all others behind it.
"""
_LONG = 1024
"""Characters; well above what the registry can send."""


def _or_nothing(value: Any, read: ValidatorFunctionWrapHandler) -> Any:
    try:
        return read(value)
    except ValidationError:
        return ()


class Foreign(BaseModel):
    """A part of the envelope."""

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)


class Reference(Foreign):
    """A part of what was pushed, such as an image's configuration or a layer. `size` is in bytes."""

    digest: str = Field(max_length=_LONG)
    size: int = Field(ge=0, le=MAX_SIZE)


class Target(Foreign):
    """What an event is about. Which fields are there depends on the action; see `translate`."""

    repository: str = Field(max_length=_LONG, examples=["team/app"])
    tag: str = Field(default="", max_length=_LONG, examples=["v1"])
    digest: str = Field(default="", max_length=_LONG, examples=["sha256:" + "0" * 64])
    media_type: str = Field(default="", alias="mediaType", max_length=_LONG)
    references: Annotated[tuple[Reference, ...], WrapValidator(_or_nothing)] = ()
    """What a manifest that was pushed lists, in its order; nothing if the registry does not say, or oddly."""


class Actor(Foreign):
    """Who did it: the subject of the token that they showed; nobody where the registry asks for none."""

    name: str = Field(default="", max_length=_LONG)


class Source(Foreign):
    """Which process of the registry says so. It takes a new `instance_id` whenever it starts."""

    instance_id: str = Field(default="", alias="instanceID", pattern=r"^[!-~]{0,64}$")


class HttpRequest(Foreign):
    """The request that caused the event."""

    method: str = Field(default="", max_length=64)


class RegistryEvent(Foreign):
    """One thing that happened in the registry. Its `id` stays the same when it is sent again."""

    id: str = Field(pattern=r"^[!-~]{1,64}$", examples=["c14e515e-a270-4465-afea-d39736c3ca59"])
    timestamp: AwareDatetime
    action: str = Field(max_length=64, examples=["push"])
    target: Target
    actor: Actor = Actor()
    source: Source = Source()
    request: HttpRequest = HttpRequest()


class Unreadable(BaseModel):
    """An event of a shape that is not known here, and what is wrong with it."""

    model_config = ConfigDict(frozen=True)

    reason: str


def _or_unreadable(value: Any, read: ValidatorFunctionWrapHandler) -> Any:
    try:
        return read(value)
    except ValidationError as error:
        return Unreadable(reason=_in_words(error))


def _in_words(error: ValidationError) -> str:
    faults = error.errors(include_url=False, include_input=False, include_context=False)
    return "; ".join(f"{'.'.join(map(str, f['loc']))}: {f['msg']}" for f in faults)[:_LONG]


class Envelope(Foreign):
    """What one request of the registry carries.

    An event that can't be read is no reason to refuse it: the registry would send it again for ever, and
    nothing that happened later.
    """

    events: tuple[Annotated[RegistryEvent | Unreadable, WrapValidator(_or_unreadable)], ...]


ENVELOPE_IN_OPENAPI = {
    "required": True,
    "description": "The notification envelope of CNCF distribution; fields that it has besides are ignored.",
    "content": {
        "application/vnd.docker.distribution.events.v1+json": {
            "schema": {
                "type": "object",
                "required": ["events"],
                "properties": {"events": {"type": "array", "items": {"type": "object"}}},
            },
            "example": {
                "events": [
                    {
                        "id": "320678d8-ca14-430f-8bb6-4ca139cd83f7",
                        "timestamp": "2030-01-01T00:00:00Z",
                        "action": "push",
                        "target": {
                            "mediaType": "application/vnd.oci.image.manifest.v1+json",
                            "digest": "sha256:" + "0a1b" * 16,
                            "repository": "team/app",
                            "tag": "1.0",
                        },
                        "actor": {"name": "captain"},
                    }
                ]
            },
        }
    },
}
