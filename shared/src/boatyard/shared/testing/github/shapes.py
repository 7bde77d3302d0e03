"""Answers and payloads in the shapes that GitHub publishes; a test holds them against GitHub's OpenAPI."""

from __future__ import annotations

import datetime as dt
from typing import Any

from boatyard.shared.testing.github.repositories import ZERO, BareRepository
from boatyard.shared.testing.github.world import (
    FakeApp,
    FakeCheckRun,
    FakeInstallation,
    FakeProject,
    Owner,
)


def _names(listed: str) -> tuple[str, ...]:
    return tuple(listed.split())


_USER_URLS = _names(
    "followers_url following_url gists_url starred_url subscriptions_url organizations_url repos_url "
    "events_url received_events_url"
)
_REPOSITORY_URLS = _names(
    "archive_url assignees_url blobs_url branches_url collaborators_url comments_url commits_url "
    "compare_url contents_url contributors_url deployments_url downloads_url events_url forks_url "
    "git_commits_url git_refs_url git_tags_url hooks_url issue_comment_url issue_events_url issues_url "
    "keys_url labels_url languages_url merges_url milestones_url notifications_url pulls_url releases_url "
    "stargazers_url statuses_url subscribers_url subscription_url tags_url teams_url trees_url"
)
_COUNTS = dict.fromkeys(
    _names(
        "forks forks_count open_issues open_issues_count size stargazers_count watchers "
        "watchers_count"
    ),
    0,
)
_FEATURES = dict.fromkeys(
    _names("has_downloads has_issues has_pages has_projects has_wiki has_discussions"), False
)
_ROLES = ("pull", "triage", "push", "maintain", "admin")


def iso(moment: dt.datetime) -> str:
    """A moment as GitHub writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def owner(base: str, it: Owner) -> dict[str, Any]:
    """A person or an organization."""
    url = f"{base}/api/v3/users/{it.login}"
    return {
        "id": it.id,
        "node_id": f"U_{it.id}",
        "login": it.login,
        "avatar_url": f"{base}/avatars/{it.login}",
        "gravatar_id": "",
        "html_url": f"{base}/{it.login}",
        "url": url,
        "type": "Organization" if it.organization else "User",
        "site_admin": False,
        **{name: f"{url}/{name.removesuffix('_url')}" for name in _USER_URLS},
    }


def private_user(base: str, it: Owner, *, at: dt.datetime) -> dict[str, Any]:
    """The account that a token speaks for."""
    nothing = dict.fromkeys(
        ("name", "company", "blog", "location", "email", "hireable", "bio", "twitter_username")
    )
    numbers = dict.fromkeys(
        _names(
            "public_repos public_gists followers following private_gists total_private_repos "
            "owned_private_repos disk_usage collaborators"
        ),
        0,
    )
    return {
        **owner(base, it),
        **nothing,
        **numbers,
        "two_factor_authentication": True,
        "created_at": iso(at),
        "updated_at": iso(at),
    }


def repository(base: str, it: FakeProject, role: str | None) -> dict[str, Any]:
    """A project as a list or an event shows it."""
    url = f"{base}/api/v3/repos/{it.full_name}"
    rank = _ROLES.index(role) if role in _ROLES else -1
    return {
        "id": it.id,
        "node_id": f"R_{it.id}",
        "name": it.name,
        "full_name": it.full_name,
        "owner": owner(base, it.owner),
        "private": it.private,
        "visibility": "private" if it.private else "public",
        "html_url": f"{base}/{it.full_name}",
        "url": url,
        **{name: f"{url}/{name.removesuffix('_url')}" for name in _REPOSITORY_URLS},
        "clone_url": f"{base}/{it.full_name}.git",
        "git_url": f"git://{base.split('://', 1)[1]}/{it.full_name}.git",
        "ssh_url": f"git@{base.split('://', 1)[1]}:{it.full_name}.git",
        "svn_url": f"{base}/{it.full_name}",
        "mirror_url": None,
        "homepage": None,
        "description": f"The project {it.name}",
        "language": None,
        "license": None,
        "default_branch": "main",
        "archived": False,
        "disabled": False,
        "fork": False,
        "topics": [],
        "created_at": iso(it.pushed_at),
        "updated_at": iso(it.pushed_at),
        "pushed_at": iso(it.pushed_at),
        "permissions": {name: number <= rank for number, name in enumerate(_ROLES)},
        **_COUNTS,
        **_FEATURES,
    }


def full_repository(base: str, it: FakeProject, role: str | None) -> dict[str, Any]:
    """A project as it is shown alone."""
    return {**repository(base, it, role), "network_count": 0, "subscribers_count": 0}


def installation(
    base: str, it: FakeInstallation, app: FakeApp, *, at: dt.datetime
) -> dict[str, Any]:
    """The App in an account."""
    return {
        "id": it.id,
        "account": owner(base, it.account),
        "access_tokens_url": f"{base}/api/v3/app/installations/{it.id}/access_tokens",
        "repositories_url": f"{base}/api/v3/installation/repositories",
        "html_url": f"{base}/settings/installations/{it.id}",
        "app_id": app.id,
        "app_slug": app.slug,
        "target_id": it.account.id,
        "target_type": "Organization" if it.account.organization else "User",
        "repository_selection": "all" if it.projects is None else "selected",
        "permissions": app.permissions,
        "events": list(app.events),
        "created_at": iso(at),
        "updated_at": iso(at),
        "single_file_name": None,
        "suspended_by": None,
        "suspended_at": iso(at) if it.suspended else None,
    }


def integration(base: str, app: FakeApp, maker: Owner, *, at: dt.datetime) -> dict[str, Any]:
    """The App itself."""
    return {
        "id": app.id,
        "slug": app.slug,
        "node_id": f"A_{app.id}",
        "client_id": app.client_id,
        "owner": owner(base, maker),
        "name": app.name,
        "description": None,
        "external_url": base,
        "html_url": f"{base}/apps/{app.slug}",
        "created_at": iso(at),
        "updated_at": iso(at),
        "permissions": app.permissions,
        "events": list(app.events),
    }


def commit(base: str, it: FakeProject, sha: str) -> dict[str, Any]:
    """A commit."""
    fields = it.git.git("show", "-s", "--format=%T%x00%an%x00%ae%x00%aI%x00%cI%x00%P%x00%B", sha)
    tree, name, email, authored, committed, parents, message = fields.split("\0", 6)
    url = f"{base}/api/v3/repos/{it.full_name}/commits/{sha}"
    person = {"name": name, "email": email}
    return {
        "url": url,
        "sha": sha,
        "node_id": f"C_{sha}",
        "html_url": f"{base}/{it.full_name}/commit/{sha}",
        "comments_url": f"{url}/comments",
        "commit": {
            "url": url,
            "author": {**person, "date": authored},
            "committer": {**person, "date": committed},
            "message": message.rstrip("\n"),
            "comment_count": 0,
            "tree": {"sha": tree, "url": f"{base}/api/v3/repos/{it.full_name}/git/trees/{tree}"},
        },
        "author": None,
        "committer": None,
        "parents": [{"sha": parent, "url": url} for parent in parents.split()],
    }


def changed_file(base: str, status: str, path: str) -> dict[str, Any]:
    """A file that differs between two commits."""
    return {
        "sha": ZERO,
        "filename": path,
        "status": status,
        "additions": 1,
        "deletions": 0,
        "changes": 1,
        "blob_url": f"{base}/blob/{path}",
        "raw_url": f"{base}/raw/{path}",
        "contents_url": f"{base}/contents/{path}",
    }


def pushed_commit(base: str, it: FakeProject, sha: str) -> dict[str, Any]:
    """A commit as a push event shows it."""
    git: BareRepository = it.git
    fields = git.git("show", "-s", "--format=%T%x00%an%x00%ae%x00%cI%x00%B", sha)
    tree, name, email, committed, message = fields.split("\0", 4)
    files = git.changes(sha)
    person = {"name": name, "email": email, "username": name.lower()}
    return {
        "id": sha,
        "tree_id": tree,
        "distinct": True,
        "message": message.rstrip("\n"),
        "timestamp": committed,
        "url": f"{base}/{it.full_name}/commit/{sha}",
        "author": person,
        "committer": person,
        "added": list(files.added),
        "removed": list(files.removed),
        "modified": list(files.modified),
    }


def check_run(base: str, it: FakeProject, run: FakeCheckRun, app: dict[str, Any]) -> dict[str, Any]:
    """A check run; those of one commit are a suite."""
    url = f"{base}/api/v3/repos/{it.full_name}/check-runs/{run.id}"
    return {
        "id": run.id,
        "node_id": f"CR_{run.id}",
        "name": run.name,
        "head_sha": run.head_sha,
        "external_id": run.external_id,
        "url": url,
        "html_url": f"{base}/{it.full_name}/runs/{run.id}",
        "details_url": run.details_url,
        "status": run.status,
        "conclusion": run.conclusion,
        "started_at": run.started_at,
        "completed_at": run.completed_at,
        "output": {
            "title": run.title,
            "summary": run.summary,
            "text": None,
            "annotations_count": 0,
            "annotations_url": f"{url}/annotations",
        },
        "check_suite": {"id": suite_id(run.head_sha)},
        "app": app,
        "pull_requests": [],
    }


def suite_id(sha: str) -> int:
    """The number of the suite of a commit's check runs."""
    return int(sha[:8], 16) + 1
