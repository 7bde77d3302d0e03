import datetime as dt
from typing import Any

import pytest

from boatyard.shared.events import (
    BuildCause,
    BuildFinished,
    BuildSource,
    BuildStarted,
    BuildStatus,
    ManifestPulled,
    Message,
    RepositoryCreated,
    RepositoryDeleted,
    RepositoryUpdated,
    TagDeleted,
    TagOrigin,
    TagPushed,
    new_id,
)
from boatyard.webhook_dispatcher.announcements import announce
from boatyard.webhook_dispatcher.formats import EventType

AT = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
DIGEST, OLDER = (f"sha256:{digit * 64}" for digit in "ab")
ABOUT = {"repository": "team/app", "namespace": "team", "name": "app"}


def announced(message: Message) -> tuple[EventType, dict[str, Any]]:
    made = announce(message)
    assert made is not None
    assert (made.id, made.occurred_at) == (message.id, message.occurred_at)
    return made.type, dict(made.data)


def test_a_pushed_tag_is_announced_with_what_it_pointed_to_before() -> None:
    message = TagPushed(
        repository="team/app",
        tag="v1",
        digest=DIGEST,
        media_type="application/vnd.oci.image.index.v1+json",
        sequence=3,
        previous_digest=OLDER,
        pushed_by="ada",
        occurred_at=AT,
    )
    assert announced(message) == (
        EventType.TAG_PUSHED,
        {
            **ABOUT,
            "tag": "v1",
            "digest": DIGEST,
            "sequence": 3,
            "origin": "push",
            "media_type": "application/vnd.oci.image.index.v1+json",
            "previous_digest": OLDER,
            "pushed_by": "ada",
        },
    )


def test_what_is_not_known_of_a_push_is_null() -> None:
    message = TagPushed(
        repository="team/app", tag="v1", digest=DIGEST, sequence=1, origin=TagOrigin.RECONCILE
    )
    _, data = announced(message)
    assert data["media_type"] is None
    assert data["previous_digest"] is None
    assert data["pushed_by"] is None
    assert data["origin"] == "reconcile"


def test_a_deleted_tag_is_announced_with_what_it_pointed_to_last() -> None:
    message = TagDeleted(
        repository="team/app", tag="v1", digest=DIGEST, sequence=4, deleted_by="ada"
    )
    assert announced(message) == (
        EventType.TAG_DELETED,
        {
            **ABOUT,
            "tag": "v1",
            "digest": DIGEST,
            "sequence": 4,
            "origin": "push",
            "deleted_by": "ada",
        },
    )


def test_a_changed_repository_is_announced_with_what_changed() -> None:
    message = RepositoryUpdated(
        repository_id=new_id(),
        repository="team/app",
        public=True,
        summary="An app",
        changed=("summary", "public"),
    )
    assert announced(message) == (
        EventType.REPOSITORY_UPDATED,
        {
            **ABOUT,
            "public": True,
            "summary": "An app",
            "changed": ["summary", "public"],
            "updated_by": None,
        },
    )


def test_a_deleted_repository_is_announced() -> None:
    message = RepositoryDeleted(repository_id=new_id(), repository="team/app", deleted_by="ada")
    assert announced(message) == (EventType.REPOSITORY_DELETED, {**ABOUT, "deleted_by": "ada"})


BUILD_ID = new_id()
FACTS: dict[str, Any] = {
    "build_id": BUILD_ID,
    "number": 42,
    "repository_id": new_id(),
    "repository": "team/app",
    "group": "a rule and a ref",
    "order": 1,
    "tags": ("v1", "latest"),
    "source": BuildSource(
        project="ada/app",
        clone_url="https://github.example/ada/app",
        ref="refs/heads/main",
        commit="5f" * 20,
        author="Ada",
        message="Load the cargo\n\nAll of it.",
    ),
    "cause": BuildCause.PUSH,
}
BUILD = {
    **ABOUT,
    "build": 42,
    "tags": ["v1", "latest"],
    "project": "ada/app",
    "ref": "refs/heads/main",
    "commit": "5f" * 20,
    "author": "Ada",
    "message": "Load the cargo",
    "cause": "push",
    "caused_by": None,
}


def test_the_start_of_a_build_is_announced() -> None:
    assert announced(BuildStarted(**FACTS)) == (EventType.BUILD_STARTED, BUILD)


def test_that_another_worker_took_a_build_is_not_announced() -> None:
    assert announce(BuildStarted(**FACTS, attempt=2)) is None


@pytest.mark.parametrize(
    ("status", "type"),
    [
        (BuildStatus.SUCCEEDED, EventType.BUILD_SUCCEEDED),
        (BuildStatus.FAILED, EventType.BUILD_FAILED),
        (BuildStatus.TIMED_OUT, EventType.BUILD_FAILED),
        (BuildStatus.CANCELED, EventType.BUILD_CANCELED),
        (BuildStatus.SUPERSEDED, EventType.BUILD_CANCELED),
    ],
)
def test_every_end_of_a_build_is_announced(status: BuildStatus, type: EventType) -> None:
    finished = BuildFinished(
        **FACTS,
        status=status,
        digest=DIGEST,
        reason="a-code",
        detail="A sentence.",
        started_at=AT,
        seconds={"build": 1.5},
    )
    assert announced(finished) == (
        type,
        {
            **BUILD,
            "status": status.value,
            "digest": DIGEST,
            "reason": "a-code",
            "detail": "A sentence.",
            "started_at": "2026-01-02T03:04:05.000Z",
            "seconds": {"build": 1.5},
        },
    )


@pytest.mark.parametrize("status", [BuildStatus.QUEUED, BuildStatus.BUILDING])
def test_an_end_that_is_none_is_not_announced(status: BuildStatus) -> None:
    assert announce(BuildFinished(**FACTS, status=status)) is None


@pytest.mark.parametrize(
    "message",
    [
        ManifestPulled(repository="team/app", digest=DIGEST),
        RepositoryCreated(repository_id=new_id(), repository="team/app", public=False),
    ],
    ids=lambda message: type(message).__name__,
)
def test_other_facts_are_not_announced(message: Message) -> None:
    assert announce(message) is None
