"""What the registry posts: the notification envelope of CNCF distribution 2.8 and 3.

Source: distribution's `notifications/event.go`. It is another system's format, so unknown fields are ignored;
every string is bounded well above what the registry can send, so that nothing real is ever refused.
"""

from __future__ import annotations

import re

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

MEDIA_TYPE = re.compile(
    r"application/(?:vnd\.docker\.distribution\.events\.v[12]\+)?json", re.IGNORECASE
)
"""Distribution 2.8 says `…events.v1+json`, distribution 3 says `…events.v2+json`; the format is the same."""
MAX_EVENTS = 1000
"""Events of one envelope. The registry sends one."""
_LONG = 1024


class Foreign(BaseModel):
    """A part of the envelope."""

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)


class Target(Foreign):
    """What an event is about. Which fields are there depends on the action; see `translate`."""

    repository: str = Field(max_length=_LONG, examples=["team/app"])
    tag: str = Field(default="", max_length=_LONG, examples=["v1"])
    digest: str = Field(default="", max_length=_LONG, examples=["sha256:" + "0" * 64])
    media_type: str = Field(default="", alias="mediaType", max_length=_LONG)


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


class Envelope(Foreign):
    """What one request of the registry carries."""

    events: tuple[RegistryEvent, ...] = Field(max_length=MAX_EVENTS)
