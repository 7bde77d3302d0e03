"""The manifest from which GitHub makes our App: what it may do, what it is told, where people come back. Pure.

https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
"""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import BaseModel, Field

from boatyard.github_gateway.github.hookclient import APP_EVENTS

PERMISSIONS = {"contents": "read", "metadata": "read", "checks": "write", "statuses": "write"}
"""Statuses are for where the check runs are not to be had, as in an App that was made without them."""
MAX_NAME = 34
"""Characters that GitHub takes as the name of an App."""


class HookAttributes(BaseModel):
    """Where GitHub delivers the App's events."""

    url: str
    active: bool = True


class Manifest(BaseModel):
    """The App that GitHub is asked to make, field by field as GitHub reads it."""

    name: str
    url: str
    hook_attributes: HookAttributes
    redirect_url: str
    callback_urls: list[str]
    setup_url: str
    setup_on_update: bool = True
    description: str = "Builds container images of what is pushed."
    public: bool = Field(description="Whether others than its owner may install it.")
    default_permissions: dict[str, str]
    default_events: list[str]


def manifest(*, public_url: str, events_url: str) -> Manifest:
    """The manifest of this Boatyard's App: it reads contents, shows how builds go, and may do nothing else."""
    base = public_url.rstrip("/")
    host = urlsplit(base).hostname or "boatyard"
    return Manifest(
        name=f"Boatyard {host}"[:MAX_NAME].rstrip("-. "),
        url=base,
        hook_attributes=HookAttributes(url=events_url),
        redirect_url=f"{base}/api/v1/github/app/callback",
        callback_urls=[f"{base}/api/v1/github/callback"],
        setup_url=f"{base}/api/v1/github/installed",
        public=True,
        default_permissions=dict(PERMISSIONS),
        default_events=list(APP_EVENTS),
    )
