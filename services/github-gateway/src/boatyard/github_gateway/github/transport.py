"""HTTP to one GitHub: errors as types, paging, patience, and no redirect to anywhere else."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx

from boatyard.github_gateway.github import (
    GithubBusy,
    GithubDenied,
    GithubMissing,
    GithubRefused,
    GithubUnavailable,
)
from boatyard.shared.clock import Clock

TIMEOUT = httpx.Timeout(20, connect=5)
AT_ONCE = 16
MAX_ANSWER = 64 * 1024 * 1024
"""Bytes of an answer: a tree of 100,000 entries, GitHub's limit, takes about 20 MB."""
MAX_REDIRECTS = 3
SAFE = frozenset({"GET", "HEAD"})
"""Methods that may be sent twice (RFC 9110, section 9.2.1)."""
DROPPED = (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError)
"""What happens where a server closes a kept connection at the moment at which it is used again."""
PAGE = 100
MAX_PAGES = 100
SECONDARY_SECONDS = 60.0
"""How long GitHub's documentation asks to wait where it names no time."""
API_VERSION = "2022-11-28"
USER_AGENT = "boatyard"


@dataclass(frozen=True)
class Answer:
    """What came back for a request."""

    status: int
    headers: httpx.Headers
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON, None for an empty one; GithubUnavailable if it is none."""
        if not self.body:
            return None
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise GithubUnavailable("GitHub answered no JSON") from error

    @property
    def following(self) -> str | None:
        """The address of the next page of a list."""
        links = httpx.Response(200, headers={"Link": self.headers.get("Link", "")}).links
        return links.get("next", {}).get("url")


class Transport:
    """A connection pool to one GitHub. `close` it at the end."""

    def __init__(self, clock: Clock, *, verify: ssl.SSLContext | bool = True) -> None:
        self._clock = clock
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._http = httpx.AsyncClient(
            timeout=TIMEOUT,
            trust_env=False,
            follow_redirects=False,
            verify=verify,
            headers={"User-Agent": USER_AGENT},
            limits=httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=8),
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def json(self, method: str, url: str, *, token: str | None = None, **more: Any) -> Any:
        """Ask, and read the answer as JSON; None for an empty answer."""
        return (await self.ask(method, url, token=token, **more)).json

    async def pages(self, url: str, *, token: str, most: int = MAX_PAGES) -> AsyncIterator[Any]:
        """The pages of a list, one after the other, until the list or `most` ends."""
        parts = urlsplit(url)
        following: str | None = f"{url}{'&' if parts.query else '?'}per_page={PAGE}"
        for _ in range(most):
            if following is None:
                return
            answer = await self.ask("GET", following, token=token)
            yield answer.json
            following = _same_host(url, answer.following) if answer.following else None

    async def ask(
        self,
        method: str,
        url: str,
        *,
        token: str | None = None,
        headers: dict[str, str] | None = None,
        repeatable: bool | None = None,
        **more: Any,
    ) -> Answer:
        """Send a request and raise what its status means; a redirect is followed to the same host only.

        What is `repeatable` does no harm when done twice, and is sent once more if the connection
        drops; without it, the method says so.
        """
        sent = {
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": API_VERSION,
            **({"Authorization": f"Bearer {token}"} if token else {}),
            **(headers or {}),
        }
        for _ in range(MAX_REDIRECTS + 1):
            answer = await self._send(
                method,
                url,
                repeatable=method in SAFE if repeatable is None else repeatable,
                headers=sent,
                **more,
            )
            if answer.status not in (301, 302, 307, 308):
                return self._checked(answer)
            url = _same_host(url, answer.headers.get("Location", ""))
        raise GithubUnavailable("GitHub redirects in circles")

    async def _send(self, method: str, url: str, *, repeatable: bool, **more: Any) -> Answer:
        try:
            async with self._slots, self._http.stream(method, url, **more) as answer:
                return Answer(answer.status_code, answer.headers, await _read(answer))
        except DROPPED as error:
            if repeatable:
                return await self._send(method, url, repeatable=False, **more)
            raise GithubUnavailable(
                f"GitHub dropped the request ({type(error).__name__})"
            ) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise GithubUnavailable(f"GitHub can't be reached ({type(error).__name__})") from error

    def _checked(self, answer: Answer) -> Answer:
        status = answer.status
        if status < 300 or status == 304:
            return answer
        busy = self._patience(answer)
        if busy is not None:
            raise GithubBusy(busy)
        words = _words(answer)
        if status in (401, 403, 451):
            raise GithubDenied(words)
        if status in (404, 410):
            raise GithubMissing(words)
        if status < 500:
            raise GithubRefused(words)
        raise GithubUnavailable(words)

    def _patience(self, answer: Answer) -> float | None:
        """Seconds to wait if the answer speaks of a rate limit (primary or secondary)."""
        if answer.status not in (403, 429):
            return None
        after = answer.headers.get("Retry-After", "")
        if after.isdigit():
            return float(after)
        if answer.headers.get("X-RateLimit-Remaining") == "0":
            reset = answer.headers.get("X-RateLimit-Reset", "")
            left = int(reset) - self._clock.now().timestamp() if reset.isdigit() else 0.0
            return max(left, 1.0)
        secondary = answer.status == 429 or b"secondary rate limit" in answer.body.lower()
        return SECONDARY_SECONDS if secondary else None


async def _read(answer: httpx.Response) -> bytes:
    parts, size = [], 0
    async for part in answer.aiter_bytes():
        size += len(part)
        if size > MAX_ANSWER:
            raise GithubUnavailable("GitHub's answer is larger than it can be")
        parts.append(part)
    return b"".join(parts)


def _same_host(url: str, target: str) -> str:
    """Where a redirect or a next page leads; GithubUnavailable if that is another server."""
    joined = urljoin(url, target)
    here, there = urlsplit(url), urlsplit(joined)
    if not target or (here.scheme, here.netloc) != (there.scheme, there.netloc):
        raise GithubUnavailable("GitHub redirects to another host, which is not followed")
    return joined


def _words(answer: Answer) -> str:
    """GitHub's own words for a refusal."""
    try:
        return f"GitHub says: {json.loads(answer.body)['message']}"[:300]
    except (ValueError, KeyError, TypeError, RecursionError):
        return f"GitHub answered {answer.status}"
