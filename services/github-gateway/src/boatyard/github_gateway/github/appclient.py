"""What the GitHub App does in its own name: it is made, installed, and narrows tokens to what is needed."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from boatyard.github_gateway.github import GithubMissing, Installation, InstallationToken, NewApp
from boatyard.github_gateway.github import reading as read
from boatyard.github_gateway.github.addresses import Addresses
from boatyard.github_gateway.github.transport import Transport


class AppClient:
    """The App's side of the API; `jwt` is the token that the App signs for itself."""

    def __init__(self, addresses: Addresses, transport: Transport) -> None:
        self._api, self._transport = addresses.api, transport

    async def convert(self, code: str) -> NewApp:
        """Fetch the App that was just made from its manifest; GithubMissing if the code is no longer good."""
        path = f"/app-manifests/{quote(code, safe='')}/conversions"
        return read.new_app(await self._ask("POST", path, None))

    async def name(self, jwt: str) -> str:
        """The name of the App whose JWT it is: proof that GitHub knows the key."""
        found = await self._ask("GET", "/app", jwt)
        with read.reading():
            return str(found["name"])

    async def installation_for(self, jwt: str, full_name: str) -> Installation | None:
        """The installation through which the App sees a project."""
        try:
            found = await self._ask("GET", f"/repos/{quote(full_name)}/installation", jwt)
        except GithubMissing:
            return None
        return read.installation(found)

    async def token(
        self, jwt: str, installation_id: int, *, project_id: int, permissions: dict[str, str]
    ) -> InstallationToken:
        """A token for one project and these permissions, good for an hour."""
        found = await self._ask(
            "POST",
            f"/app/installations/{installation_id}/access_tokens",
            jwt,
            repeatable=True,
            json={"repository_ids": [project_id], "permissions": permissions},
        )
        return read.installation_token(found)

    async def uninstall(self, jwt: str, installation_id: int) -> None:
        """Remove the App from an account; nothing happens if it is gone already."""
        try:
            await self._ask("DELETE", f"/app/installations/{installation_id}", jwt)
        except GithubMissing:
            return

    async def set_webhook(self, jwt: str, *, url: str, secret: str) -> None:
        """Tell GitHub where it delivers the App's events, and what signs them."""
        config = {"url": url, "secret": secret, "content_type": "json", "insecure_ssl": "0"}
        await self._ask("PATCH", "/app/hook/config", jwt, json=config)

    async def _ask(self, method: str, path: str, jwt: str | None, **more: Any) -> Any:
        return await self._transport.json(method, self._api + path, token=jwt, **more)
