"""The API of one GitHub (REST, version 2022-11-28), as far as Boatyard calls it.

Every method takes the credential that it speaks with: a token, or the JWT of the App. None is kept here.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from boatyard.github_gateway.github import (
    CommitFacts,
    Dockerfiles,
    GithubDenied,
    GithubMissing,
    GithubRefused,
    Project,
    StatusState,
    User,
)
from boatyard.github_gateway.github import reading as read
from boatyard.github_gateway.github.addresses import Addresses
from boatyard.github_gateway.github.appclient import AppClient
from boatyard.github_gateway.github.checkclient import CheckClient
from boatyard.github_gateway.github.git import list_refs
from boatyard.github_gateway.github.hookclient import HookClient
from boatyard.github_gateway.github.transport import Transport
from boatyard.github_gateway.github.userclient import UserClient
from boatyard.github_gateway.refs import Ref

MAX_DOCKERFILES = 200
MAX_COMPARED = 300
"""GitHub lists so many changed files of a comparison and no more."""
MAX_DESCRIPTION = 140


class GithubClient:
    """Speaks to one GitHub. `close` it at the end.

    `app` is what the App does in its own name, `checks` its check runs, `users` what is about people, `hooks`
    what is about webhooks.
    """

    def __init__(self, addresses: Addresses, transport: Transport) -> None:
        self.addresses = addresses
        self._transport, self._api = transport, addresses.api
        self.app = AppClient(addresses, transport)
        self.checks = CheckClient(addresses, transport)
        self.users = UserClient(addresses, transport)
        self.hooks = HookClient(addresses, transport)

    async def close(self) -> None:
        """Close the connections."""
        await self._transport.close()

    async def user(self, token: str) -> User:
        """Whose token it is."""
        return read.user(await self._get("/user", token))

    async def project(self, token: str, full_name: str) -> Project:
        """A project by its name."""
        return read.project(await self._get(f"/repos/{quote(full_name)}", token))

    async def project_by_id(self, token: str, id: int) -> Project:
        """A project, wherever it moved."""
        return read.project(await self._get(f"/repositories/{id}", token))

    async def refs(self, token: str | None, full_name: str) -> dict[Ref, str]:
        """Every branch and tag of a project with the commit that it leads to."""
        return await list_refs(self._transport, self.addresses.clone_url(full_name), token)

    async def commit(self, token: str, full_name: str, ref: str) -> CommitFacts:
        """The commit that a hash or a full ref leads to."""
        return read.commit(await self._commit(token, full_name, ref))

    async def dockerfiles(self, token: str, full_name: str, ref: str) -> Dockerfiles:
        """The files of a tree that look like Dockerfiles, the nearest to the root first."""
        found = await self._commit(token, full_name, ref)
        with read.reading():
            tree = found["commit"]["tree"]["sha"]
        path = f"/repos/{quote(full_name)}/git/trees/{tree}?recursive=1"
        listed = await self._get(path, token)
        paths = read.dockerfile_paths(listed)
        whole = not listed.get("truncated") and len(paths) <= MAX_DOCKERFILES
        return Dockerfiles(tuple(paths[:MAX_DOCKERFILES]), complete=whole)

    async def changed_files(
        self, token: str, full_name: str, base: str, head: str
    ) -> tuple[str, ...] | None:
        """The files that changed from one commit to a later one; None where GitHub can't tell them all."""
        try:
            found = await self._get(f"/repos/{quote(full_name)}/compare/{base}...{head}", token)
        except (GithubMissing, GithubRefused, GithubDenied):
            return (
                None  # one of them is gone, they have no common history, or it is not for us to see
            )
        with read.reading():
            files = found.get("files") or []
            if len(files) >= MAX_COMPARED or found["status"] not in ("ahead", "identical"):
                return None
        return read.changed_paths(files)

    async def set_status(
        self,
        token: str,
        full_name: str,
        sha: str,
        *,
        state: StatusState,
        context: str,
        description: str,
        target_url: str,
    ) -> None:
        """Show at a commit where its build is."""
        await self._transport.ask(
            "POST",
            f"{self._api}/repos/{quote(full_name)}/statuses/{sha}",
            token=token,
            json={
                "state": state,
                "context": context,
                "description": description[:MAX_DESCRIPTION],
                "target_url": target_url,
            },
        )

    async def _commit(self, token: str, full_name: str, ref: str) -> Any:
        shortened = ref.removeprefix("refs/")  # GitHub takes heads/x and tags/x here
        path = f"/repos/{quote(full_name)}/commits/{quote(shortened, safe='')}"
        return await self._get(path, token)

    async def _get(self, path: str, token: str) -> Any:
        return await self._transport.json("GET", self._api + path, token=token)
