"""What a delivery says, as values: GitHub's payloads translated. Pure.

https://docs.github.com/en/webhooks/webhook-events-and-payloads
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from boatyard.github_gateway.refs import ZERO, Ref, is_sha

MAX_MESSAGE = 10_000
MAX_NAME = 255
ONLY_RERUNS = "Of checks only that one is wanted again matters."


class Unreadable(Exception):
    """The payload has not the shape that GitHub documents; the text says what is missing."""


@dataclass(frozen=True)
class RefPushed:
    """A branch or tag came to point at a commit. `sha` is the commit also where the tag is annotated."""

    project_id: int
    ref: Ref
    before: str
    sha: str
    message: str
    author: str
    committed_at: dt.datetime
    pushed_at: int
    """In seconds, by GitHub's clock."""
    pushed_by: str | None


@dataclass(frozen=True)
class RefDeleted:
    """A branch or tag is gone."""

    project_id: int
    ref: Ref
    before: str
    pushed_at: int
    pushed_by: str | None


@dataclass(frozen=True)
class RefsMayDiffer:
    """Something about refs happened of which a push tells more exactly, if it comes."""

    project_id: int


@dataclass(frozen=True)
class ProjectChanged:
    """A project is called otherwise, or its visibility changed."""

    project_id: int
    full_name: str
    private: bool
    default_branch: str


@dataclass(frozen=True)
class ProjectGone:
    """A project was deleted."""

    project_id: int


@dataclass(frozen=True)
class ProjectsWithdrawn:
    """An installation sees some projects no more."""

    installation_id: int
    project_ids: tuple[int, ...]


@dataclass(frozen=True)
class InstallationGone:
    """The App was removed from an account, or is suspended there."""

    installation_id: int
    reason: str


@dataclass(frozen=True)
class InstallationBack:
    """The App was installed, may act again, or sees more projects than before."""

    installation_id: int


@dataclass(frozen=True)
class AuthorizationRevoked:
    """A person took back what they had authorized."""

    github_id: int


@dataclass(frozen=True)
class HookGone:
    """A webhook of ours was deleted at GitHub."""

    hook_id: int


@dataclass(frozen=True)
class CheckRerequested:
    """Somebody wants the check run of a build of ours to be run again."""

    project_id: int
    app_id: int | None
    build_id: UUID
    by: str | None


@dataclass(frozen=True)
class ChecksRerequested:
    """Somebody wants all check runs of a commit to be run again."""

    project_id: int
    app_id: int | None
    sha: str
    by: str | None


@dataclass(frozen=True)
class Nothing:
    """There is nothing to do, and why."""

    why: str


Fact = (
    RefPushed
    | RefDeleted
    | RefsMayDiffer
    | ProjectChanged
    | ProjectGone
    | ProjectsWithdrawn
    | InstallationGone
    | InstallationBack
    | AuthorizationRevoked
    | HookGone
    | CheckRerequested
    | ChecksRerequested
    | Nothing
)


def translate(event: str, payload: dict[str, Any]) -> Fact:
    """What a delivery says; Unreadable if that can't be made out."""
    reader = _READERS.get(event)
    if reader is None:
        return Nothing("Nothing here depends on events of this kind.")
    try:
        return reader(payload)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise Unreadable(f"its payload has not the documented shape: {error!r}"[:300]) from error


def _push(payload: dict[str, Any]) -> Fact:
    ref = Ref.parse(payload["ref"])
    if ref is None:
        return Nothing(f"{payload['ref'][:100]!a} is neither a branch nor a tag.")
    repository = payload["repository"]
    pushed_by = _text((payload.get("pusher") or {}).get("name"))
    common = (int(repository["id"]), ref, _sha(payload["before"]))
    pushed_at = _seconds(repository["pushed_at"])
    if payload["deleted"] or payload["after"] == ZERO:
        return RefDeleted(*common, pushed_at=pushed_at, pushed_by=pushed_by)
    head = payload["head_commit"]
    if head is None:
        return Nothing(f"The {ref} leads to no commit.")
    return RefPushed(
        *common,
        sha=_sha(head["id"]),
        message=_clean(head["message"])[:MAX_MESSAGE],
        author=_text((head.get("author") or {}).get("name")) or "",
        committed_at=_moment(head["timestamp"]),
        pushed_at=pushed_at,
        pushed_by=pushed_by,
    )


def _ref_hint(payload: dict[str, Any]) -> Fact:
    return RefsMayDiffer(int(payload["repository"]["id"]))


def _repository(payload: dict[str, Any]) -> Fact:
    repository = payload["repository"]
    if payload["action"] == "deleted":
        return ProjectGone(int(repository["id"]))
    return ProjectChanged(
        int(repository["id"]),
        full_name=_text(repository["full_name"]) or "",
        private=bool(repository["private"]),
        default_branch=_text(repository.get("default_branch")) or "main",
    )


def _public(payload: dict[str, Any]) -> Fact:
    return _repository({**payload, "action": "publicized"})


def _installation(payload: dict[str, Any]) -> Fact:
    id, action = int(payload["installation"]["id"]), payload["action"]
    reasons = {
        "deleted": "The GitHub App was uninstalled.",
        "suspend": "The installation of the GitHub App is suspended.",
    }
    if action in reasons:
        return InstallationGone(id, reasons[action])
    return InstallationBack(id)


def _installation_repositories(payload: dict[str, Any]) -> Fact:
    id = int(payload["installation"]["id"])
    removed = tuple(int(repository["id"]) for repository in payload["repositories_removed"])
    return ProjectsWithdrawn(id, removed) if removed else InstallationBack(id)


def _authorization(payload: dict[str, Any]) -> Fact:
    if payload["action"] != "revoked":
        return Nothing("Only a revocation matters.")
    return AuthorizationRevoked(int(payload["sender"]["id"]))


def _meta(payload: dict[str, Any]) -> Fact:
    return HookGone(int(payload["hook_id"]))


def _check_run(payload: dict[str, Any]) -> Fact:
    run = payload["check_run"]
    if payload["action"] != "rerequested":
        return Nothing(ONLY_RERUNS)
    try:
        build_id = UUID(run["external_id"])
    except ValueError:
        return Nothing("This check run is about no build.")
    return CheckRerequested(*_check(payload, run), build_id=build_id, by=_sender(payload))


def _check_suite(payload: dict[str, Any]) -> Fact:
    suite = payload["check_suite"]
    if payload["action"] != "rerequested":
        return Nothing(ONLY_RERUNS)
    sha = _sha(suite["head_sha"])
    return ChecksRerequested(*_check(payload, suite), sha=sha, by=_sender(payload))


def _check(payload: dict[str, Any], check: dict[str, Any]) -> tuple[int, int | None]:
    """Of which project a check is, and of which App."""
    app = check.get("app")
    return int(payload["repository"]["id"]), int(app["id"]) if app else None


def _sender(payload: dict[str, Any]) -> str | None:
    return _text((payload.get("sender") or {}).get("login"))


def _ping(payload: dict[str, Any]) -> Fact:
    return Nothing("GitHub tried whether it reaches us: it does.")


def _target(payload: dict[str, Any]) -> Fact:
    return InstallationBack(int(payload["installation"]["id"]))


_READERS = {
    "push": _push,
    "create": _ref_hint,
    "delete": _ref_hint,
    "repository": _repository,
    "public": _public,
    "installation": _installation,
    "installation_repositories": _installation_repositories,
    "installation_target": _target,
    "github_app_authorization": _authorization,
    "check_run": _check_run,
    "check_suite": _check_suite,
    "meta": _meta,
    "ping": _ping,
}


def _sha(text: str) -> str:
    if not is_sha(text):
        raise ValueError("a commit's hash has 40 hexadecimal digits")
    return text


def _seconds(given: object) -> int:
    """Of a push event the seconds since 1970, of every other a moment in words."""
    if isinstance(given, int) and 0 <= given < 2**33:
        return given
    return int(_moment(str(given)).timestamp())


def _moment(text: str) -> dt.datetime:
    read = dt.datetime.fromisoformat(text)
    return read if read.tzinfo else read.replace(tzinfo=dt.UTC)


def _text(given: object) -> str | None:
    return _clean(given)[:MAX_NAME] if isinstance(given, str) and given else None


def _clean(text: str) -> str:
    """Text that every database can keep."""
    return text.replace("\x00", "").encode(errors="replace").decode()
