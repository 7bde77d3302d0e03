"""What the routes of the App take and give."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import Field, SecretStr, StringConstraints

from boatyard.github_gateway.identity.manifest import Manifest
from boatyard.github_gateway.identity.models import AppKind
from boatyard.shared.schemas import Input, Output
from boatyard.shared.text import Line, Text

GithubName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$")]
ReturnTo = Annotated[
    str,
    StringConstraints(
        max_length=255,
        pattern=r"^/(?:[A-Za-z0-9_.~!$&'()*+,;=:@%?-][A-Za-z0-9_.~!$&'()*+,;=:@%/?-]*)?$",
    ),
]
"""A page of this Boatyard: a path, never an address elsewhere."""


class ManifestWish(Input):
    """For whom GitHub is to make the App."""

    organization: GithubName | None = Field(
        default=None,
        description="The GitHub organization that owns it; the visitor themself if left out.",
    )
    return_to: ReturnTo = Field(default="/", description="The page to come back to.")


class ManifestForm(Output):
    """A form that the administrator's browser posts to GitHub: `manifest` as JSON to `action`."""

    action: str
    manifest: Manifest


class AppCredentials(Input):
    """An App that exists already: a GitHub App (with `app_id` and `private_key`), or an OAuth App without."""

    kind: AppKind
    name: Annotated[Line, StringConstraints(min_length=1, max_length=100)] = "Boatyard"
    app_id: int | None = Field(default=None, gt=0, lt=2**53)
    slug: GithubName | None = Field(
        default=None, description="The last part of the GitHub App's address, `/apps/<slug>`."
    )
    client_id: Annotated[Line, StringConstraints(min_length=1, max_length=100)] = Field(
        examples=["Iv23liExampleExample"]
    )
    client_secret: SecretStr = Field(min_length=1, max_length=200, examples=["0123456789abcdef"])
    private_key: SecretStr | None = Field(default=None, max_length=10_000)
    webhook_secret: SecretStr | None = Field(
        default=None,
        max_length=200,
        description="What signs the App's deliveries; made if left out, as an OAuth App needs it.",
    )


class AppView(Output):
    """The App that Boatyard is at GitHub. Its secrets are never shown."""

    configured: bool
    github_url: str
    events_url: str = Field(description="Where GitHub has to reach this Boatyard.")
    kind: AppKind | None = None
    app_id: int | None = None
    slug: str | None = None
    name: str | None = None
    client_id: str | None = None
    created_at: dt.datetime | None = None
    created_by: str | None = None
    last_delivery_at: dt.datetime | None = Field(
        default=None,
        description="When GitHub last got through to this Boatyard; null if it never did.",
    )
    to_do: Text | None = Field(default=None, description="What an administrator has to do next.")
