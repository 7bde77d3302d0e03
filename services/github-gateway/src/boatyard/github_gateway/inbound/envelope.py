"""A delivery as it arrives: its headers, its body in either of the two forms, and what it is about. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from pydantic_core import from_json

from boatyard.shared.errors import BadRequest

_GUID = re.compile(r"[A-Za-z0-9-]{1,64}")
_EVENT = re.compile(r"[a-z0-9_]{1,64}")
_DIGITS = re.compile(r"[0-9]{1,32}")
FORM = "application/x-www-form-urlencoded"

CONCERNING = frozenset(
    {
        "push",
        "create",
        "delete",
        "repository",
        "public",
        "installation",
        "installation_repositories",
        "installation_target",
        "github_app_authorization",
        "check_run",
        "check_suite",
        "meta",
        "ping",
    }
)
"""The kinds of event that something is done about; all others are recorded and left at that."""
RERUNS = frozenset({"check_run", "check_suite"})
"""Of these GitHub tells whenever a check of ours begins or ends; what matters is that one is wanted again."""


def concerns(event: str, action: str | None) -> bool:
    """Whether something is done about an event."""
    return event in CONCERNING and (event not in RERUNS or action == "rerequested")


@dataclass(frozen=True)
class Envelope:
    """What stands outside: which delivery this is, and of what kind."""

    guid: str
    event: str
    hook_id: str | None


@dataclass(frozen=True)
class Letter:
    """What stands inside: the JSON, and the few things that it is filed under."""

    json: bytes
    action: str | None
    project_id: int | None


def read_envelope(headers: Mapping[str, str]) -> Envelope:
    """The envelope; BadRequest if GitHub's headers are not there."""
    guid, event = headers.get("x-github-delivery", ""), headers.get("x-github-event", "")
    if not _GUID.fullmatch(guid) or not _EVENT.fullmatch(event):
        raise BadRequest(
            "not-a-delivery",
            "GitHub's deliveries carry the headers X-GitHub-Delivery and X-GitHub-Event.",
        )
    hook_id = headers.get("x-github-hook-id", "")
    return Envelope(guid, event, hook_id if _DIGITS.fullmatch(hook_id) else None)


def read_letter(body: bytes, content_type: str) -> Letter:
    """The JSON of a body, which may come as a form; BadRequest if there is none."""
    text = _unwrapped(body) if content_type.partition(";")[0].strip().lower() == FORM else body
    try:
        payload = from_json(text)
    except ValueError as error:
        raise BadRequest("broken-json", "The body is signed, but it is not valid JSON.") from error
    if not isinstance(payload, dict):
        raise BadRequest("broken-json", "The body is signed, but it is not a JSON object.")
    return Letter(json=text, action=_action(payload), project_id=_project_id(payload))


def digest(event: str, json: bytes) -> str:
    """By what a body is known again, whatever guid it comes under."""
    return hashlib.sha256(event.encode() + b"\n" + json).hexdigest()


def _unwrapped(body: bytes) -> bytes:
    try:
        fields = parse_qs(body.decode("ascii"), strict_parsing=True, max_num_fields=8)
        return fields["payload"][0].encode()
    except (ValueError, KeyError) as error:
        raise BadRequest(
            "broken-form", "The body is signed, but it is no form with the field payload."
        ) from error


def _action(payload: dict[str, Any]) -> str | None:
    action = payload.get("action")
    return action if isinstance(action, str) and _EVENT.fullmatch(action) else None


def _project_id(payload: dict[str, Any]) -> int | None:
    repository = payload.get("repository")
    id = repository.get("id") if isinstance(repository, dict) else None
    return id if isinstance(id, int) and not isinstance(id, bool) and 0 < id < 2**63 else None
