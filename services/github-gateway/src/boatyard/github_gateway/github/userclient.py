"""What is about people: they authorize us, list what they can reach, and take it back."""

from __future__ import annotations

import base64
from typing import Any

from boatyard.github_gateway.github import (
    GithubMissing,
    GithubRefused,
    Installation,
    Project,
    UserToken,
)
from boatyard.github_gateway.github import reading as read
from boatyard.github_gateway.github.addresses import Addresses
from boatyard.github_gateway.github.transport import Transport


class UserClient:
    """The users' side of the API."""

    def __init__(self, addresses: Addresses, transport: Transport) -> None:
        self._addresses, self._transport = addresses, transport

    async def exchange(self, client_id: str, client_secret: str, code: str) -> UserToken:
        """The token for a code that a user came back with; GithubRefused if the code is no longer good."""
        return await self._token(client_id=client_id, client_secret=client_secret, code=code)

    async def refresh(self, client_id: str, client_secret: str, token: str) -> UserToken:
        """A new token for an expiring one; the refresh token is used up by it."""
        return await self._token(
            client_id=client_id,
            client_secret=client_secret,
            grant_type="refresh_token",
            refresh_token=token,
        )

    async def revoke(self, client_id: str, client_secret: str, token: str) -> None:
        """Take back what a user authorized; nothing happens if it was taken back already."""
        basic = base64.b64encode(f"{client_id}:{client_secret}".encode()).decode()
        try:
            await self._transport.ask(
                "DELETE",
                f"{self._addresses.api}/applications/{client_id}/grant",
                headers={"Authorization": f"Basic {basic}"},
                json={"access_token": token},
            )
        except (GithubMissing, GithubRefused):
            return

    async def installations(self, token: str) -> list[Installation]:
        """The installations of the App that the user can reach."""
        pages = self._transport.pages(f"{self._addresses.api}/user/installations", token=token)
        with read.reading():
            return [read.installation(i) async for page in pages for i in page["installations"]]

    async def installed_projects(self, token: str, installation_id: int) -> list[Project]:
        """The projects of an installation that the user can reach."""
        path = f"/user/installations/{installation_id}/repositories"
        pages = self._transport.pages(self._addresses.api + path, token=token)
        with read.reading():
            return [read.project(found) async for page in pages for found in page["repositories"]]

    async def projects(self, token: str) -> list[Project]:
        """The projects that the user can reach, for an OAuth App, which has no installations."""
        pages = self._transport.pages(
            f"{self._addresses.api}/user/repos?sort=full_name", token=token
        )
        return [read.project(found) async for page in pages for found in page]

    async def _token(self, **asked: str) -> UserToken:
        found: Any = await self._transport.json(
            "POST",
            f"{self._addresses.web}/login/oauth/access_token",
            headers={"Accept": "application/json"},
            data=asked,
        )
        if isinstance(found, dict) and "error" in found:  # a refusal comes with the status 200
            raise GithubRefused(f"GitHub says: {found.get('error_description', found['error'])}")
        return read.user_token(found)
