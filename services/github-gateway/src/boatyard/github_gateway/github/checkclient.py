"""Check runs at GitHub, which only the App can make: with a token of its installation, and `checks: write`.

https://docs.github.com/en/rest/checks/runs
"""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import quote, urlencode

from boatyard.github_gateway.github import CheckRun, Conclusion
from boatyard.github_gateway.github import reading as read
from boatyard.github_gateway.github.addresses import Addresses
from boatyard.github_gateway.github.transport import Transport

MAX_SUMMARY = 65_535


class CheckClient:
    """The check runs' side of the API."""

    def __init__(self, addresses: Addresses, transport: Transport) -> None:
        self._api, self._transport = addresses.api, transport

    async def create(self, token: str, full_name: str, run: CheckRun) -> int:
        """Make a check run; its id."""
        body = {"name": run.name, "head_sha": run.head_sha, **_told(run)}
        found = await self._ask("POST", full_name, "/check-runs", token, json=body)
        with read.reading():
            return int(found["id"])

    async def update(self, token: str, full_name: str, id: int, run: CheckRun) -> None:
        """Tell what has become of a check run."""
        await self._patch(token, full_name, id, _told(run))

    async def end(
        self, token: str, full_name: str, id: int, conclusion: Conclusion, *, why: str
    ) -> None:
        """End a check run of which nothing more is known."""
        output = {"title": why, "summary": why}
        ended = {"status": "completed", "conclusion": conclusion, "output": output}
        await self._patch(token, full_name, id, ended)

    async def find(self, token: str, full_name: str, run: CheckRun) -> int | None:
        """The id of the newest check run of that name, if it is about the same build."""
        query = urlencode({"check_name": run.name, "per_page": 100})
        path = f"/commits/{run.head_sha}/check-runs?{query}"
        listed = await self._ask("GET", full_name, path, token)
        with read.reading():
            ids = [
                int(it["id"]) for it in listed["check_runs"] if it["external_id"] == run.external_id
            ]
        return max(ids, default=None)

    async def _patch(self, token: str, full_name: str, id: int, body: dict[str, Any]) -> None:
        path = f"/check-runs/{id}"
        await self._ask("PATCH", full_name, path, token, repeatable=True, json=body)

    async def _ask(self, method: str, full_name: str, path: str, token: str, **more: Any) -> Any:
        url = f"{self._api}/repos/{quote(full_name)}{path}"
        return await self._transport.json(method, url, token=token, **more)


def _told(run: CheckRun) -> dict[str, Any]:
    """What is told of a check run whenever something is; what is not known is left out."""
    told = {
        "details_url": run.details_url,
        "external_id": run.external_id,
        "status": run.status,
        "conclusion": run.conclusion,
        "started_at": _moment(run.started_at),
        "completed_at": _moment(run.completed_at),
        "output": {"title": run.title, "summary": run.summary[:MAX_SUMMARY]},
    }
    return {name: value for name, value in told.items() if value is not None}


def _moment(at: dt.datetime | None) -> str | None:
    return None if at is None else at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
