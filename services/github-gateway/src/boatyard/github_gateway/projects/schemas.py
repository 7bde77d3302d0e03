"""What the routes of projects give."""

from __future__ import annotations

import datetime as dt

from pydantic import BaseModel, Field

from boatyard.shared.schemas import Output


class ProjectView(Output):
    """A project that can be picked."""

    id: int
    full_name: str = Field(examples=["octocat/hello"])
    private: bool
    default_branch: str
    html_url: str
    description: str
    pushed_at: dt.datetime | None
    writable: bool = Field(description="Whether I may push to it, which building from it asks for.")


class RefView(Output):
    """A branch or a tag."""

    name: str
    commit: str = Field(description="The commit that it leads to.")


class DockerfilesView(BaseModel):
    """The Dockerfiles of a project."""

    items: list[str]
    complete: bool = Field(description="False where the project is too large to be looked through.")
