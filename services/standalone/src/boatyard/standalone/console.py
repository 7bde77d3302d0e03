"""Serves the console: its built files, and its one page for every address that is not the API's.

What has a hash in its name is kept by browsers for a year; the page itself is asked for each time, so that a
new version is used at once. The page's Content-Security-Policy lets nothing in but our own files: no inline
script at all, and no inline style without the nonce of that one answer.
"""

from __future__ import annotations

import mimetypes
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from boatyard.shared import health
from boatyard.shared.http import OPENAPI_PATH
from boatyard.shared.service import Service

NOT_BUILT = """\
The console has not been built, so there is nothing to see here. `make run` builds it, or says why it can't.
The API works without it: see /api/docs.
"""
NONCE_HOLE = "__CSP_NONCE__"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self'; "
    "font-src 'self'; connect-src 'self'; form-action {forms}; base-uri 'none'; frame-ancestors 'none'"
)
_ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"


@dataclass(frozen=True)
class File:
    """A built file, read once, with the compressed forms that the build made of it."""

    body: bytes
    media_type: str
    compressed: dict[str, bytes]
    cache: str

    def response(self, accepted: str) -> Response:
        """The answer, compressed as the browser takes it."""
        offered = {part.split(";")[0].strip() for part in accepted.split(",")}
        encoding = next((name for name in self.compressed if name in offered), None)
        headers = {"Cache-Control": self.cache, "Vary": "Accept-Encoding", **_SAFE}
        if encoding is not None:
            headers["Content-Encoding"] = encoding
        body = self.compressed[encoding] if encoding else self.body
        return Response(body, headers=headers, media_type=self.media_type)


_SAFE = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"}


class Console:
    """The console in front of the API: what is not the API's is the console's.

    `folder` holds what the build made; without it, a sentence says so. `api` are paths of the API: whatever
    begins as one of them does is passed on. `forms_to` are origins besides our own
    to which the page may send a form: GitHub's, to make a GitHub App there.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        folder: Path,
        api: Iterable[str],
        forms_to: Iterable[str] = (),
    ) -> None:
        self._app = app
        self._api = frozenset(_first_part(path) for path in api)
        self._forms = " ".join(["'self'", *forms_to])
        page = folder / "index.html"
        self._page = page.read_text() if page.is_file() else None
        self._files = dict(_built(folder)) if self._page is not None else {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what is the console's, and pass on the rest."""
        if (
            scope["type"] != "http"
            or scope["method"] not in {"GET", "HEAD"}
            or _first_part(scope["path"]) in self._api
        ):
            await self._app(scope, receive, send)
            return
        await self._answer(scope)(scope, receive, send)

    def _answer(self, scope: Scope) -> Response:
        if self._page is None:
            return PlainTextResponse(NOT_BUILT, status_code=503, headers=_SAFE)
        if file := self._files.get(scope["path"]):
            return file.response(Headers(scope=scope).get("accept-encoding", ""))
        if _first_part(scope["path"]) == "assets":
            return PlainTextResponse("There is no such file.\n", status_code=404, headers=_SAFE)
        return self._page_with_nonce(self._page)

    def _page_with_nonce(self, page: str) -> Response:
        nonce = secrets.token_urlsafe(16)
        policy = POLICY.format(nonce=nonce, forms=self._forms)
        headers = {"Cache-Control": _ASK_AGAIN, "Content-Security-Policy": policy, **_SAFE}
        return Response(page.replace(NONCE_HOLE, nonce), headers=headers, media_type="text/html")


def add_console(
    app: FastAPI, services: Iterable[Service], *, folder: Path | None, forms_to: Iterable[str] = ()
) -> None:
    """Put the console in front of the application of these services."""
    routers = [health.router, *(router for service in services for router in service.routers)]
    paths = [getattr(route, "path", "") for router in routers for route in router.routes]
    app.add_middleware(
        Console,
        folder=folder or _of_checkout(),
        api=[OPENAPI_PATH, *paths],
        forms_to=tuple(forms_to),
    )


def _of_checkout() -> Path:
    """Where the build of the checkout that this code is in puts the console."""
    return Path(__file__).resolve().parents[5] / "console" / "dist"


def _first_part(path: str) -> str:
    return path.strip("/").split("/", 1)[0]


def _built(folder: Path) -> Iterable[tuple[str, File]]:
    compressed = tuple(suffix for _, suffix in _ENCODINGS)
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if (
            not path.is_file()
            or path.suffix in compressed
            or name == "index.html"
            or name[0] == "."
        ):
            continue
        hashed = name.startswith("assets/")
        yield (
            f"/{name}",
            File(
                body=path.read_bytes(),
                media_type=mimetypes.guess_type(name)[0] or "application/octet-stream",
                compressed={
                    encoding: twin.read_bytes()
                    for encoding, suffix in _ENCODINGS
                    if (twin := path.with_name(path.name + suffix)).is_file()
                },
                cache=_FOR_EVER if hashed else _ASK_AGAIN,
            ),
        )
