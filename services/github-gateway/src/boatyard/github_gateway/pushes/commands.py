"""The job that a push gives to builder. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from boatyard.github_gateway.pushes.arrivals import group
from boatyard.github_gateway.pushes.models import Push
from boatyard.github_gateway.refs import Ref
from boatyard.github_gateway.sources.models import BuildRule, Source
from boatyard.shared.events import (
    BuildCause,
    BuildImage,
    BuildRecipe,
    BuildSource,
    BuildStatus,
)

UNFINISHED = (BuildStatus.QUEUED, BuildStatus.BUILDING)


def build_image(
    source: Source,
    row: BuildRule,
    push: Push,
    tags: Sequence[str],
    *,
    id: UUID,
    cause: BuildCause,
    clone_url: str,
    now: dt.datetime,
    caused_by: str | None = None,
) -> BuildImage:
    """The command to build what a push brought, by a rule."""
    ref = Ref.parse(push.ref)
    if ref is None:
        raise ValueError(f"{push.ref} is neither a branch nor a tag")
    return BuildImage(
        id=id,
        occurred_at=now,
        repository_id=source.repository_id,
        repository=source.repository,
        rule_id=row.id,
        group=group(row.id, ref),
        order=push.order,
        tags=tuple(tags),
        source=BuildSource(
            project=source.project,
            clone_url=clone_url,
            ref=push.ref,
            commit=push.sha,
            author=push.author,
            message=push.message,
            submodules=source.submodules,
            lfs=source.lfs,
        ),
        cause=cause,
        caused_by=caused_by or push.pushed_by,
        recipe=BuildRecipe(
            dockerfile=row.dockerfile,
            context=row.context,
            arguments=row.arguments,
            timeout_seconds=row.timeout_seconds,
        ),
        supersede_running=row.supersede_running,
    )
