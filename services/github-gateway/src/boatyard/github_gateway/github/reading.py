"""From GitHub's JSON to values; what has not the documented shape is GitHub's fault, not ours."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import Any

from boatyard.github_gateway.github import (
    CommitFacts,
    GithubUnavailable,
    HookDelivery,
    Installation,
    InstallationToken,
    NewApp,
    Project,
    User,
    UserToken,
)


@contextmanager
def reading() -> Iterator[None]:
    """Turn what goes wrong while an answer is read into GithubUnavailable."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise GithubUnavailable(
            f"GitHub's answer has not the documented shape ({type(error).__name__})"
        ) from error


def moment(text: str) -> dt.datetime:
    """A moment as GitHub writes it; one without a zone is in UTC."""
    read = dt.datetime.fromisoformat(text)
    return read if read.tzinfo else read.replace(tzinfo=dt.UTC)


def user(found: Any) -> User:
    """A person."""
    with reading():
        return User(int(found["id"]), found["login"], found.get("avatar_url") or "")


def project(found: Any) -> Project:
    """A repository at GitHub."""
    with reading():
        allowed = found.get("permissions") or {}
        pushed_at = found.get("pushed_at")
        return Project(
            id=int(found["id"]),
            full_name=found["full_name"],
            private=bool(found["private"]),
            default_branch=found.get("default_branch") or "main",
            html_url=found["html_url"],
            description=found.get("description") or "",
            pushed_at=moment(pushed_at) if pushed_at else None,
            writable=bool(allowed.get("push")),
            administrable=bool(allowed.get("admin")),
        )


def commit(found: Any) -> CommitFacts:
    """A commit."""
    with reading():
        inner = found["commit"]
        return CommitFacts(
            sha=found["sha"],
            message=inner["message"],
            author=(inner.get("author") or {}).get("name") or "",
            committed_at=moment((inner.get("committer") or inner.get("author"))["date"]),
        )


def dockerfile_paths(tree: Any) -> list[str]:
    """The files of a tree that are called as Dockerfiles are, the nearest to the root first."""
    with reading():
        files = (entry["path"] for entry in tree["tree"] if entry["type"] == "blob")
        return sorted(filter(_is_dockerfile, files), key=lambda path: (path.count("/"), path))


def _is_dockerfile(path: str) -> bool:
    name = PurePosixPath(path).name.lower()
    if name.endswith(".dockerignore"):
        return False
    exact = name in ("dockerfile", "containerfile")
    return exact or name.startswith("dockerfile.") or name.endswith(".dockerfile")


def changed_paths(files: list[dict[str, Any]]) -> tuple[str, ...]:
    """The files of a comparison; of one that was renamed both names."""
    names = (file.get(key) for file in files for key in ("filename", "previous_filename"))
    return tuple(name for name in names if name)


def installation(found: Any) -> Installation:
    """The App in an account."""
    with reading():
        return Installation(
            id=int(found["id"]),
            account=found["account"]["login"],
            account_id=int(found["account"]["id"]),
            suspended=found.get("suspended_at") is not None,
            html_url=found.get("html_url") or "",
        )


def installation_token(found: Any) -> InstallationToken:
    """A token of an installation."""
    with reading():
        return InstallationToken(found["token"], moment(found["expires_at"]))


def new_app(found: Any) -> NewApp:
    """What the manifest flow hands over."""
    with reading():
        return NewApp(
            app_id=int(found["id"]),
            slug=found["slug"],
            name=found["name"],
            html_url=found["html_url"],
            client_id=found["client_id"],
            client_secret=found["client_secret"],
            private_key=found["pem"],
            webhook_secret=found["webhook_secret"] or "",
        )


def user_token(found: Any) -> UserToken:
    """What a code or a refresh token was exchanged for."""
    with reading():
        return UserToken(
            access=found["access_token"],
            expires_in=_seconds(found.get("expires_in")),
            refresh=found.get("refresh_token") or None,
            refresh_expires_in=_seconds(found.get("refresh_token_expires_in")),
        )


def _seconds(given: Any) -> int | None:
    return int(given) if given else None


def hook_delivery(found: Any) -> HookDelivery:
    """One attempt to deliver an event."""
    with reading():
        return HookDelivery(
            id=int(found["id"]),
            guid=found["guid"],
            event=found["event"],
            delivered_at=moment(found["delivered_at"]),
            action=found["action"],
            ok=found["status"] == "OK",
        )
