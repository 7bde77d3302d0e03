"""What the routes of linked accounts take and give."""

from __future__ import annotations

import datetime as dt

from pydantic import Field

from boatyard.github_gateway.identity.models import AppKind
from boatyard.github_gateway.identity.schemas import ReturnTo
from boatyard.shared.schemas import Input, Output


class LinkWish(Input):
    """Where to come back to once GitHub has authorized."""

    return_to: ReturnTo = Field(default="/", description="The page to come back to.")


class LinkForm(Output):
    """The page at GitHub to send the browser to."""

    authorize_url: str


class InstallationView(Output):
    """The GitHub App in one account or organization."""

    id: int
    account: str
    suspended: bool
    html_url: str = Field(description="Where its projects are chosen, and where it is removed.")


class GithubAccountView(Output):
    """The GitHub account that the caller's account is linked with, or what is to be done to link one."""

    linked: bool
    github_url: str
    configured: bool = Field(description="Whether this Boatyard is known at GitHub at all.")
    kind: AppKind | None = None
    login: str | None = None
    avatar_url: str | None = None
    linked_at: dt.datetime | None = None
    lost: str | None = Field(
        default=None, description="Why GitHub does not believe the link any more."
    )
    installations: list[InstallationView] = Field(
        default=[], description="Where the GitHub App sees projects; empty for an OAuth App."
    )
    install_url: str | None = Field(
        default=None, description="The page at GitHub where projects are chosen for the App."
    )
    repositories: list[str] = Field(
        default=[], description="The repositories that are built through this link."
    )
    to_do: str | None = Field(default=None, description="What has to be done next, and by whom.")


class Unlinked(Output):
    """What unlinking removed at GitHub and here, and what it left and why."""

    removed: list[str]
    kept: list[str]
