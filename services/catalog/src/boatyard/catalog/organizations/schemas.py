"""What the organization routes take and give."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import Field, StringConstraints

from boatyard.catalog.tokens.schemas import ScopeView
from boatyard.shared.events import Role
from boatyard.shared.oci import Name
from boatyard.shared.schemas import Input, Moment, Output
from boatyard.shared.text import Line

Description = Annotated[Line, StringConstraints(max_length=200)]


class NewOrganization(Input):
    """An organization to be made."""

    name: Name = Field(description="Also its namespace; it never changes.", examples=["team"])
    description: Description = ""


class OrganizationChange(Input):
    """What to change about an organization."""

    description: Description = Field(examples=["Everything for the shop"])


class OrganizationView(Output):
    """An organization, and what the caller is there."""

    name: str = Field(examples=["team"])
    description: str
    role: Role = Field(description="The caller's role.")
    created_at: dt.datetime


class MemberRole(Input):
    """What a member is to be."""

    role: Role


class MemberView(Output):
    """A member of an organization."""

    username: str = Field(examples=["captain"])
    role: Role
    joined_at: dt.datetime


class NewRobot(Input):
    """A robot to be made."""

    name: Name = Field(examples=["ci"])
    description: Description = ""
    role: Role = Role.WRITER
    scopes: list[ScopeView] | None = Field(
        default=None,
        max_length=50,
        min_length=1,
        description="Narrows what its role lets it do. Without: everything in the organization.",
    )
    expires_at: Moment | None = Field(
        default=None,
        description="When its secret ends; never, if left out.",
        examples=["2030-01-01T00:00:00Z"],
    )


class RobotChange(Input):
    """What to change about a robot; what is left out stays."""

    description: Description | None = None
    role: Role | None = None
    disabled: bool | None = None


class NewSecret(Input):
    """A new secret for a robot."""

    expires_at: Moment | None = Field(
        default=None,
        description="When it ends; as the old one does, if left out, and never, if null.",
        examples=["2030-01-01T00:00:00Z"],
    )


class RobotView(Output):
    """A robot account."""

    name: str = Field(examples=["ci"])
    username: str = Field(description="What it signs in as.", examples=["team+ci"])
    description: str
    role: Role
    disabled: bool
    scopes: list[ScopeView]
    hint: str = Field(description="How its secret begins.")
    created_at: dt.datetime
    expires_at: dt.datetime | None
    last_used_at: dt.datetime | None


class MadeRobot(RobotView):
    """A robot with the secret that was just made."""

    secret: str = Field(description="Keep it: it is not shown again.")
