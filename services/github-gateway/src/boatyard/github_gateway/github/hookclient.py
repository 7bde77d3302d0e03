"""Webhooks at GitHub: those that an OAuth App makes in projects, and what became of every delivery."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

from boatyard.github_gateway.github import GithubMissing, HookContent, HookDelivery
from boatyard.github_gateway.github import reading as read
from boatyard.github_gateway.github.addresses import Addresses
from boatyard.github_gateway.github.transport import Transport

EVENTS = ("push", "create", "delete", "repository")
"""What GitHub is asked to tell; it tells of installations and authorizations unasked."""
APP_EVENTS = (*EVENTS, "check_run", "check_suite")
"""What it tells an App besides: that somebody asks for a check to be run again."""
APP_HOOK = "/app/hook"
"""The App's one webhook, whose deliveries are read with the App's JWT."""


def project_hook(full_name: str, hook_id: int) -> str:
    """A project's webhook, whose deliveries are read with the token of who made it."""
    return f"/repos/{quote(full_name)}/hooks/{hook_id}"


class HookClient:
    """The webhooks' side of the API. A hook is named by its path."""

    def __init__(self, addresses: Addresses, transport: Transport) -> None:
        self._api, self._transport = addresses.api, transport

    async def create(self, token: str, full_name: str, *, url: str, secret: str) -> int:
        """Make a webhook in a project; its id."""
        config = {"url": url, "secret": secret, "content_type": "json", "insecure_ssl": "0"}
        body = {"name": "web", "active": True, "events": list(EVENTS), "config": config}
        found = await self._ask("POST", f"/repos/{quote(full_name)}/hooks", token, json=body)
        with read.reading():
            return int(found["id"])

    async def delete(self, token: str, hook: str) -> None:
        """Remove a webhook; nothing happens if it is gone already."""
        try:
            await self._ask("DELETE", hook, token)
        except GithubMissing:
            return

    async def deliveries(self, token: str, hook: str) -> AsyncIterator[HookDelivery]:
        """The attempts to deliver that GitHub remembers, the newest first."""
        pages = self._transport.pages(f"{self._api}{hook}/deliveries", token=token)
        async for page in pages:
            for found in page:
                yield read.hook_delivery(found)

    async def redeliver(self, token: str, hook: str, delivery_id: int) -> None:
        """Ask GitHub to deliver once more, under the same guid."""
        await self._ask("POST", f"{hook}/deliveries/{delivery_id}/attempts", token)

    async def content(self, token: str, hook: str, delivery_id: int) -> HookContent:
        """What was, or should have been, delivered."""
        found = await self._ask("GET", f"{hook}/deliveries/{delivery_id}", token)
        with read.reading():
            payload = found["request"]["payload"]
            return HookContent(found["event"], json.dumps(payload).encode())

    async def _ask(self, method: str, path: str, token: str, **more: Any) -> Any:
        return await self._transport.json(method, self._api + path, token=token, **more)
