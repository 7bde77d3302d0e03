"""The announcements of which the samples show every format, and how a sample is written."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any
from uuid import UUID

from boatyard.shared.signing import SymmetricKey
from boatyard.webhook_dispatcher.formats import (
    Announcement,
    EventType,
    Format,
    Links,
    Prepared,
    Secrets,
    prepare,
)

ID = UUID("0197a7d2-9f3c-7c1e-8a52-3f5e8c0d1b77")
HAPPENED = dt.datetime(2026, 1, 2, 3, 4, 5, 678000, dt.UTC)
SENT = dt.datetime(2026, 1, 2, 3, 4, 6, 120000, dt.UTC)
LINKS = Links(public_url="https://boatyard.example", registry_host="registry.example:5000")
KEY = SymmetricKey.parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
SECRETS = Secrets((KEY,), robot="SEC-of-the-robot")
URL = "https://hooks.example/send?key=a%2Fb"

ABOUT = {"repository": "team/app", "namespace": "team", "name": "app"}
DIGEST = "sha256:8a9e9863dbb6e10edb5adfe917c00da84e1700fa76e7ed02476aa6e6fb8ee0d8"
TAG = {"tag": "v1.2", "digest": DIGEST, "sequence": 7, "origin": "push"}
BUILD = {
    "build": 42,
    "tags": ["v1.2"],
    "project": "ada/app",
    "ref": "refs/heads/main",
    "commit": "5f3c1e9" + "0" * 33,
    "author": "Ada",
    "message": "Load the cargo",
    "cause": "push",
    "caused_by": None,
}
FINISHED = {"started_at": "2026-01-02T03:03:00.000Z", "seconds": {"fetch": 1.5, "build": 60.0}}
DATA: dict[EventType, dict[str, Any]] = {
    EventType.TAG_PUSHED: {
        **TAG,
        "media_type": "application/vnd.oci.image.index.v1+json",
        "previous_digest": None,
        "pushed_by": "ada",
    },
    EventType.TAG_DELETED: {**TAG, "deleted_by": "ada"},
    EventType.REPOSITORY_UPDATED: {
        "public": True,
        "summary": "Größe & <Maß>",
        "changed": ["summary", "public"],
        "updated_by": "ada",
    },
    EventType.REPOSITORY_DELETED: {"deleted_by": None},
    EventType.BUILD_STARTED: BUILD,
    EventType.BUILD_SUCCEEDED: {
        **BUILD,
        "status": "succeeded",
        "digest": DIGEST,
        "reason": None,
        "detail": None,
        **FINISHED,
    },
    EventType.BUILD_FAILED: {
        **BUILD,
        "status": "failed",
        "digest": None,
        "reason": "step-failed",
        "detail": "the Dockerfile's step 3 ended with status 1",
        **FINISHED,
    },
    EventType.BUILD_CANCELED: {
        **BUILD,
        "status": "superseded",
        "digest": None,
        "reason": "superseded",
        "detail": "a newer push is built",
        **FINISHED,
    },
}


def announcement(type: EventType = EventType.TAG_PUSHED, **changes: Any) -> Announcement:
    return Announcement(ID, type, HAPPENED, {**ABOUT, **DATA[type], **changes})


def request(format: Format, about: Announcement) -> Prepared:
    return prepare(format, about, url=URL, at=SENT, secrets=SECRETS, links=LINKS)


def body(format: Format, about: Announcement) -> Any:
    return json.loads(request(format, about).body)


def sample(format: Format, type: EventType) -> dict[str, Any]:
    made = request(format, announcement(type))
    return {"url": made.url, "headers": dict(made.headers), "body": json.loads(made.body)}
