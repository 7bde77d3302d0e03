"""The public API over HTTP: every answer is a success, or a CommandError in the API's own words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from types import TracebackType
from typing import Any, Self

import httpx

from boatyard.cli.errors import CommandError
from boatyard.cli.sse import Event, events

PAGE = 100
"""How many items a request asks for; the API gives no more."""
SECONDS = 30.0
SILENT_SECONDS = 45.0
"""How long a stream may be silent; the server says every 15 seconds that it is there."""
_TOKEN = re.compile(r"[!-~]+")

Item = dict[str, Any]


class Interrupted(CommandError):
    """The server did not answer, or not to the end. Trying again may help."""


@dataclass(frozen=True)
class Listing:
    """The first items of a list, and whether there are more."""

    items: list[Item]
    more: bool


class Api:
    """One server, as whoever holds the token. Use it as `with`."""

    def __init__(self, server: str, token: str | None = None) -> None:
        self.server, self.token = server, token
        headers = {"User-Agent": f"boatyard-cli/{version('boatyard-cli')}"}
        if token:
            if not _TOKEN.fullmatch(
                token
            ):  # it is not repeated here: it may be one that was garbled
                raise CommandError("this is no access token: it holds what none of them does")
            headers["Authorization"] = f"Bearer {token}"
        try:
            self.http = httpx.Client(base_url=f"{server}/api/v1", headers=headers, timeout=SECONDS)
        except httpx.InvalidURL as error:
            raise CommandError(f"{server} is no address: {error}") from error

    def __enter__(self) -> Self:
        """Nothing is open yet."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connections."""
        self.http.close()

    def get(self, path: str, **query: Any) -> Any:
        """What is there. Parts of the query that are None or empty are left out."""
        return self._call("GET", path, params=_given(query))

    def post(self, path: str, body: Item | None = None) -> Any:
        """What came of it; None if there is nothing to say."""
        return self._call("POST", path, json=body)

    def put(self, path: str, body: Item) -> Any:
        """What it is like now, whatever it was."""
        return self._call("PUT", path, json=body)

    def patch(self, path: str, body: Item) -> Any:
        """What it is like now."""
        return self._call("PATCH", path, json=body)

    def delete(self, path: str, **query: Any) -> None:
        """Delete it."""
        self._call("DELETE", path, params=_given(query))

    def items(self, path: str, *, limit: int, **query: Any) -> Listing:
        """A list's first items, over as many pages as it takes."""
        found: list[Item] = []
        cursor: str | None = None
        while True:
            wanted = min(PAGE, limit - len(found))
            page = self.get(path, **query, limit=wanted, cursor=cursor)
            found += page["items"]
            cursor = page.get("next_cursor")
            if cursor is None or len(found) >= limit:
                return Listing(found[:limit], more=cursor is not None)

    def feed(self, path: str, *, after: str | None, limit: int) -> Listing:
        """What came after something, the oldest first, over as many pages as it takes."""
        found: list[Item] = []
        while len(found) <= limit:  # one too many says that there are more
            wanted = min(PAGE, limit + 1 - len(found))
            page = self.get(path, after=after, limit=wanted)
            found += page["items"]
            after = page["next_cursor"]
            if len(page["items"]) < wanted:
                break
        return Listing(found[:limit], more=len(found) > limit)

    def text(self, path: str) -> Iterator[bytes]:
        """A text piece by piece, as it comes."""
        with self._stream(path, {"Accept": "text/plain"}) as answer:
            yield from answer.iter_bytes()

    def events(self, path: str, *, after: str | None = None) -> Iterator[Event]:
        """A stream of server-sent events, from the one after `after` on, until it breaks off."""
        headers = {"Accept": "text/event-stream"}
        if after is not None:
            headers["Last-Event-ID"] = after
        with self._stream(path, headers) as answer:
            yield from events(answer.iter_bytes())

    @contextmanager
    def _stream(self, path: str, headers: dict[str, str]) -> Iterator[httpx.Response]:
        patience = httpx.Timeout(SECONDS, read=SILENT_SECONDS)
        try:
            with self.http.stream("GET", path, headers=headers, timeout=patience) as answer:
                if not answer.is_success:
                    answer.read()
                    raise self._refusal(answer)
                yield answer
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error

    def _call(self, method: str, path: str, **more: Any) -> Any:
        try:
            answer = self.http.request(method, path, **more)
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error
        if not answer.is_success:
            raise self._refusal(answer)
        document = _document(answer)
        if document is None and answer.content:
            raise CommandError(f"{self.server} {_strange(answer)}")
        return document

    def _unreachable(self, error: httpx.HTTPError) -> Interrupted:
        why = str(error) or type(error).__name__
        return Interrupted(
            f"Boatyard does not answer at {self.server} ({why}): see that it runs, and that this is its address"
        )

    def _refusal(self, answer: httpx.Response) -> CommandError:
        kind = Interrupted if answer.status_code in (502, 503, 504) else CommandError
        document = _document(answer)
        if not isinstance(document, dict) or "detail" not in document:
            return kind(f"{self.server} {_strange(answer)}")
        if answer.status_code == 401 and not answer.request.url.path.endswith("/session"):
            return kind(f"{_sentence(document)} Type: boatyard login {self.server}")
        return kind(_sentence(document))


def _given(values: Item) -> Item:
    return {name: value for name, value in values.items() if value not in (None, "")}


def _document(answer: httpx.Response) -> Any:
    try:
        return answer.json() if answer.content else None
    except ValueError:
        return None


def _sentence(problem: Item) -> str:
    """A problem document as one sentence: the fields at fault, as they are called here, or the detail."""
    faults: Iterable[Item] = problem.get("errors") or ()
    told = [f"{_field(fault['field'])}: {fault['reason']}" for fault in faults]
    return "; ".join(told) or str(problem["detail"])


def _field(place: str) -> str:
    """`body.include_tags.0` is `include_tags.0`: a person wrote options, not a body."""
    return place.removeprefix("body.").removeprefix("query.").removeprefix("path.")


def _strange(answer: httpx.Response) -> str:
    """What an answer is like that Boatyard did not give."""
    if answer.has_redirect_location:
        return f"leads to {answer.headers['Location']}: name the address that it leads to"
    return f"answered {answer.status_code}, and not as Boatyard does: see that this is its address"
