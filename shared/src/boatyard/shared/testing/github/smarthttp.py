"""Git's smart HTTP protocol in front of the bare repositories, by Git's own http-backend."""

from __future__ import annotations

import asyncio
import base64
import subprocess
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from boatyard.shared.testing.github.events import Announcer
from boatyard.shared.testing.github.repositories import git_environment
from boatyard.shared.testing.github.world import FakeProject, World


class SmartHttp:
    """Serves the projects to git, to whoever may read or push them, and announces what was pushed."""

    def __init__(self, world: World, announcer: Announcer, folder: Path) -> None:
        self._world, self._announcer, self._folder = world, announcer, folder
        self.requests: list[tuple[str, str, str | None]] = []
        """Method, path and password of each request, so that a test sees who came with what."""

    def routes(self) -> list[Route]:
        """Where the projects are."""
        path = "/{owner}/{name}.git/{rest:path}"
        return [Route(path, self.serve, methods=["GET", "POST"])]

    async def serve(self, request: Request) -> Response:
        """Answer git."""
        password = _password(request)
        self.requests.append((request.method, request.url.path, password))
        project = self._world.project(
            f"{request.path_params['owner']}/{request.path_params['name']}"
        )
        asked = f"{request.url.path}?{request.url.query}"
        pushing = "git-receive-pack" in asked
        refusal = self._refusal(project, password, pushing=pushing)
        if refusal is not None or project is None:
            return refusal or _missing()
        body = await request.body()
        if pushing and request.method == "POST":
            return await self._push(request, project, body, password)
        return await asyncio.to_thread(self._backend, request, project, body)

    def _refusal(
        self, project: FakeProject | None, password: str | None, *, pushing: bool
    ) -> Response | None:
        grant = self._world.grant(password)
        if password is not None and grant is None:
            return _unauthorized()
        role = self._world.permission(grant, project) if project else None
        if role is None:
            return _missing() if grant else _unauthorized()
        if grant and grant.installation_id and "contents" not in grant.permissions:
            return PlainTextResponse("Write access to repository not granted.", 403)
        if pushing and role not in ("push", "admin"):
            return PlainTextResponse("Denied.", 403) if grant else _unauthorized()
        return None

    async def _push(
        self, request: Request, project: FakeProject, body: bytes, password: str | None
    ) -> Response:
        before = project.git.refs()
        answer = await asyncio.to_thread(self._backend, request, project, body)
        grant = self._world.grant(password)
        pusher = (grant.login if grant else None) or project.owner.login
        await asyncio.to_thread(
            self._announcer.announce, project, before, project.git.refs(), pusher=pusher
        )
        return answer

    def _backend(self, request: Request, project: FakeProject, body: bytes) -> Response:
        relative = project.git.folder.relative_to(self._folder)
        headers = request.headers
        done = subprocess.run(  # noqa: S603 - git's own program
            [_http_backend()],
            input=body,
            env={
                **git_environment(),
                "GIT_PROJECT_ROOT": str(self._folder),
                "GIT_HTTP_EXPORT_ALL": "1",
                "PATH_INFO": f"/{relative}/{request.path_params['rest']}",
                "QUERY_STRING": request.url.query,
                "REQUEST_METHOD": request.method,
                "CONTENT_TYPE": headers.get("content-type", ""),
                "CONTENT_LENGTH": str(len(body)),
                "HTTP_CONTENT_ENCODING": headers.get("content-encoding", ""),
                "GIT_PROTOCOL": headers.get("git-protocol", ""),
                "REMOTE_USER": "git",
            },
            capture_output=True,
            timeout=120,
            check=False,
        )
        return _cgi_response(done.stdout)


def _cgi_response(output: bytes) -> Response:
    head, _, body = output.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
    status = int(headers.pop("Status", "200").split()[0])
    return Response(body, status, headers)


def _password(request: Request) -> str | None:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    return base64.b64decode(value).decode().partition(":")[2]


def _unauthorized() -> Response:
    return PlainTextResponse(
        "Repository not found.", 401, {"WWW-Authenticate": 'Basic realm="GitHub"'}
    )


def _missing() -> Response:
    return PlainTextResponse("Repository not found.", 404)


@cache
def _http_backend() -> str:
    path = subprocess.run(
        ["git", "--exec-path"],  # noqa: S607 - the git of the machine, wherever it is
        capture_output=True,
        text=True,
        check=True,
    )
    return f"{path.stdout.strip()}/git-http-backend"
